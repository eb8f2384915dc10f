"""Constants whose elements are in a buffer outside of the module."""

from __future__ import annotations

from litert_ir.stablehlo.mlir.bindings import ir
from litert_ir.stablehlo.mlir.interfaces import Attribute

EXTERNAL_CONSTANT = "tfl.external_const"
BUFFER = "external_buffer"
"""The attribute of an `EXTERNAL_CONSTANT` that identifies its buffer."""


def external_buffer(group: str, index: int) -> Attribute:
    """The attribute that refers to a buffer of a group; the file has the index as its offset."""
    buffer: Attribute = ir.Attribute.parse(
        f'#tfl.external_buffer<group_name = "{group}", offset = {index}, length = 1, '
        'packing = "raw">'
    )
    return buffer
