"""Find the layers of a quantized file that are worth their bytes in float."""

from __future__ import annotations

import attrs

from litert_ir.errors.shown import bytes_text
from litert_ir.explanation.layer_error import share_text


@attrs.frozen(kw_only=True)
class Skip:
    """A layer to leave in float, and what that brings.

    Attributes:
        layer: The path of the layer, for a rule ``path=skip``.
        removes: The share of the outputs' error that goes, as predicted: what the error that the
            layer adds does to the outputs of the Keras model, if errors of layers are independent.
        measured: The same as measured with a file made so; None where none was made.
        left: The outputs' error in that file, else as predicted, relative to the outputs.
        bytes: The bytes by which the file grows; those of the files, where one was made.
        command: The command that makes such a file, with all rules up to this one.
    """

    layer: str
    removes: float
    measured: float | None = None
    left: float
    bytes: int
    command: str
    note: str = attrs.field(default="", repr=False)

    def row(self) -> tuple[str, ...]:
        """Return the cells of a table's row."""
        measured = "" if self.measured is None else share_text(self.measured)
        return (
            self.layer,
            share_text(self.removes),
            measured,
            share_text(self.left),
            f"{'-' if self.bytes < 0 else '+'}{bytes_text(abs(self.bytes))}",
        )
