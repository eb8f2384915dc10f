"""Whether this process is a child for native work, which may crash as it is."""

from __future__ import annotations

IDLE_VARIABLE = "LITERT_IR_IDLE_S"
"""The environment variable with the seconds after which a child that has nothing to do ends."""

_is_child = False


def mark_child() -> None:
    """Say that this process is such a child."""
    global _is_child  # noqa: PLW0603 - a fact about the process
    _is_child = True


def is_child() -> bool:
    """Whether native work here harms nobody: no further child is needed for it."""
    return _is_child
