"""Report the errors of a quantized file's tensors: a table for a reader, JSON for a program."""

from __future__ import annotations

import math
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from litert_ir.errors.shown import bytes_text
from litert_ir.verification.layer_errors import LayerErrors, TensorError


def print_layers(errors: LayerErrors, most: int) -> None:
    """Print the tensors with the largest errors, and the number of others."""
    table = Table()
    table.add_column("layer", overflow="fold")
    table.add_column("tensor", no_wrap=True)
    table.add_column("type", no_wrap=True)
    for heading in ("size", "error", "SQNR"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in errors.worst(most):
        table.add_row(Text(row.label), row.kind.value, row.dtype, *_numbers(row))
    console = Console(file=sys.stdout)
    console.print(table)
    console.print(Text(_summary(errors, most)), soft_wrap=True)


def layers_document(errors: LayerErrors, most: int) -> dict[str, object]:
    """Return the tensors with the largest errors as JSON types; sizes in bytes, ratios in dB."""
    return {
        "samples": errors.samples,
        "tensors": len(errors.rows),
        "worst": [_document(row) for row in errors.worst(most)],
        "unmatched": list(errors.unmatched),
    }


def _numbers(row: TensorError) -> tuple[str, str, str]:
    ratio = "" if row.relative_error == 0 else f"{row.sqnr_db:.1f} dB"
    return bytes_text(row.size_bytes), _percent(row.relative_error), ratio


def _percent(error: float) -> str:
    """Format an error as a percentage no wider than its column."""
    return f"{error:.3%}" if error < 100 else "infinite" if math.isinf(error) else f"{error:.2g} x"


def _summary(errors: LayerErrors, most: int) -> str:
    left_out = len(errors.rows) - most
    more = f"; {left_out} more with smaller errors (--max-rows)" if left_out > 0 else ""
    unmatched = len(errors.unmatched)
    others = f"; {unmatched} that cannot be compared" if unmatched else ""
    return (
        f"error: root mean square of the difference over that of the float values, over "
        f"{errors.samples} input(s){more}{others}"
    )


def _document(row: TensorError) -> dict[str, object]:
    return {
        "name": row.name,
        "layer": row.layer,
        "kind": row.kind.value,
        "dtype": row.dtype,
        "size_bytes": row.size_bytes,
        "relative_error": row.relative_error,
        "sqnr_db": row.sqnr_db,
    }
