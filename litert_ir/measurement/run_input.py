"""The inputs that a file ran on, as results tell them."""

from __future__ import annotations

import attrs

from litert_ir.measurement.fitted_inputs import FittedInput


@attrs.frozen(kw_only=True)
class RunInput:
    """An input that a file ran on.

    Attributes:
        name: Its name.
        shape: Its sizes.
        dtype: Its element type by numpy name.
        source: The origin of its values, such as ``random``.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    source: str

    @classmethod
    def of(cls, fitted: FittedInput) -> RunInput:
        """Describe an input."""
        return cls(
            name=fitted.name,
            shape=tuple(fitted.values.shape),
            dtype=str(fitted.values.dtype),
            source=fitted.source,
        )

    def __str__(self) -> str:
        return f"{self.name} {self.shape} {self.dtype}, {self.source}"
