"""Give the child process the module search path of this one, in the same order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

_START = Path(__file__).with_name("start.py")


def search_path() -> tuple[str, ...]:
    """Return the entries of ``sys.path``, made absolute where they are relative folders."""
    return tuple(dict.fromkeys(map(_absolute, sys.path)))


def start_arguments(descriptors: tuple[int, int]) -> list[str]:
    """Return Python's arguments to start a child process.

    ``PYTHONPATH`` stays as the user set it, so that Python's imports at its start
    (``sitecustomize``) are the same as here; the search path is an argument.

    Args:
        descriptors: The descriptors that the child inherits: its connection and its lifeline.
    """
    return [
        "-P",  # neither the folder of the script nor the current one
        "-u",
        *_isolation_flags(),
        str(_START),
        *map(str, descriptors),
        *search_path(),
    ]


def _absolute(entry: str) -> str:
    """Make an entry absolute; those that are no folders are for import hooks."""
    try:
        return str(Path(entry).absolute()) if Path(entry).exists() else entry
    except OSError:
        return entry


def _isolation_flags() -> Iterator[str]:
    """Yield the options that restrict where this process looks for modules."""
    flags = {
        "-I": sys.flags.isolated,
        "-E": sys.flags.ignore_environment,
        "-s": sys.flags.no_user_site,
        "-S": sys.flags.no_site,
    }
    return (option for option, is_set in flags.items() if is_set)
