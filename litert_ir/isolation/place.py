"""Record whether this process is a child for native work, which may crash."""

from __future__ import annotations

IDLE_VARIABLE = "LITERT_IR_IDLE_S"
"""The environment variable with the seconds after which an idle child ends."""

_is_child = False


def mark_child() -> None:
    """Mark this process as such a child."""
    global _is_child  # noqa: PLW0603 - a fact about the process
    _is_child = True


def is_child() -> bool:
    """Return whether native work may run in this process: no further child is needed."""
    return _is_child
