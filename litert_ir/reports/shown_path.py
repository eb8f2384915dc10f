"""Show a path as one would type it."""

from __future__ import annotations

from pathlib import Path


def shown_path(path: Path | None) -> str:
    """Return a path relative to the current folder if it is below it; "" for none."""
    if path is None:
        return ""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the current folder was removed
        return str(path)
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
