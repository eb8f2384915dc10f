"""The path of a tensor in a nested structure, printed as the expression that reaches it."""

from __future__ import annotations

import attrs


@attrs.frozen
class Path:
    """A position below a call argument (or below the outputs).

    Attributes:
        root: The argument's name, or ``output``.
        steps: Mapping keys (str) and sequence indices (int) from the root to the position.

    Example:
        >>> print(Path("inputs").child("a").child(0))
        inputs['a'][0]
    """

    root: str
    steps: tuple[str | int, ...] = ()

    def child(self, step: str | int) -> Path:
        """The path one step further down."""
        return Path(self.root, (*self.steps, step))

    def __str__(self) -> str:
        return self.root + "".join(f"[{step!r}]" for step in self.steps)
