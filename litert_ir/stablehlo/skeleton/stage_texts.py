"""Write a module as text after each stage of its conversion to a skeleton."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from litert_ir.errors import ConversionError
from litert_ir.errors.paths import legible
from litert_ir.stablehlo.dump import PointDump
from litert_ir.stablehlo.mlir.creation import attribute_of
from litert_ir.stablehlo.mlir.external_buffers import EXTERNAL_CONSTANT
from litert_ir.stablehlo.mlir.interfaces import Module, Operation
from litert_ir.stablehlo.mlir.walk import operations
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.weights.text import weight_text

_MOST_NUMBERS = 16
"""Constants of more elements are elided."""
_VALUE = "litert_ir.value"


class StageTexts:
    """Writes a module to numbered files, such as ``05_lower_complex_numbers.mlir``.

    The module stays as it is. A text parses again, up to the constants that are elided in it.

    Args:
        dump: The folder of the files; None to write nothing.
    """

    def __init__(self, dump: PointDump | None) -> None:
        self._dump = dump
        self._written = 0

    def write(self, step: str, module: Module, rewriter: Rewriter | None = None) -> None:
        """Write the module.

        Args:
            step: The name of the last stage.
            module: In any dialect.
            rewriter: Where given, an attribute of each external constant says how the weight is
                computed.

        Raises:
            ConversionError: When the file cannot be written.
        """
        if self._dump is None:
            return
        with _valued(module, rewriter, self._dump):
            text = module.operation.get_asm(large_elements_limit=_MOST_NUMBERS)
        path = self._dump.folder / f"{self._written:02}_{step.replace(' ', '_')}.mlir"
        self._written += 1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConversionError(
                "The text of a module cannot be written.",
                where=legible(path),
                received=f"{type(error).__name__}: {error.strerror}",
                advice="free the folder, or leave the dump out",
            ) from error


@contextlib.contextmanager
def _valued(module: Module, rewriter: Rewriter | None, dump: PointDump) -> Iterator[None]:
    """Show external constants with their expressions, for the time of printing."""
    shown: list[Operation] = []
    try:
        for op in operations(module):
            if rewriter is None or op.name != EXTERNAL_CONSTANT:
                continue
            expr = rewriter.expr(op.results[0])
            if expr is not None:
                op.attributes[_VALUE] = attribute_of(weight_text(expr, dump.names))
                shown.append(op)
        yield
    finally:
        for op in shown:
            del op.attributes[_VALUE]
