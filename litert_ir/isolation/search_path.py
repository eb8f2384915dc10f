"""Where the child process finds modules: exactly where this one does, in the same order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

_START = Path(__file__).with_name("start.py")


def search_path() -> tuple[str, ...]:
    """The entries of ``sys.path``, absolute where they are folders of the current one."""
    return tuple(dict.fromkeys(map(_absolute, sys.path)))


def start_arguments(descriptors: tuple[int, int]) -> list[str]:
    """What Python is called with to start a child process.

    ``PYTHONPATH`` stays as the user set it, so that what Python itself imports as it starts
    (``sitecustomize``) is what it imported here; the search path is an argument.

    Args:
        descriptors: What the child inherits: its connection and its lifeline.
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
    """What is no folder is for import hooks; the current folder may be gone."""
    try:
        return str(Path(entry).absolute()) if Path(entry).exists() else entry
    except OSError:
        return entry


def _isolation_flags() -> Iterator[str]:
    """The options under which this process looks for modules in fewer places than usual."""
    flags = {
        "-I": sys.flags.isolated,
        "-E": sys.flags.ignore_environment,
        "-s": sys.flags.no_user_site,
        "-S": sys.flags.no_site,
    }
    return (option for option, is_set in flags.items() if is_set)
