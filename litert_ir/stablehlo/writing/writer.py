"""Write a LiteRT file from its skeleton, one weight at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from flatbuffers.table import Table

from litert_ir.backends.litert.files import packed
from litert_ir.errors import ConversionError
from litert_ir.ir.estimate import LARGEST_FLATBUFFER, Layout
from litert_ir.stablehlo.weights.evaluate import Parameters
from litert_ir.stablehlo.weights.expressions import WeightExpr
from litert_ir.stablehlo.writing.layout import (
    Place,
    fitting_layout,
    is_inline,
    place_all,
)
from litert_ir.stablehlo.writing.payloads import Payload, take_payloads

# Slots of the vtables, from the schema: `Model.buffers`, `Buffer.data`, `Buffer.offset`.
_BUFFERS, _DATA, _OFFSET = 12, 4, 6
_TO_BE_PATCHED = 2
"""The placeholder of an offset: 0 is left out as the default, and 1 is reserved."""


@attrs.frozen(kw_only=True)
class StreamedFile:
    """A LiteRT file that is computed while it is written: the content of an `Artifact`.

    Attributes:
        layout: The place of its weights.
        tables: The flatbuffer up to its first constant.
        places: The payloads behind the tables, with their offsets.
        parameters: Gives the variables, when they are written.
    """

    layout: Layout
    tables: bytes = attrs.field(repr=False)
    places: tuple[Place, ...] = attrs.field(repr=False)
    parameters: Parameters = attrs.field(repr=False)

    @property
    def size_bytes(self) -> int:
        """The size of the file."""
        return self.places[-1].end if self.places else len(self.tables)

    def pieces(self) -> Iterator[bytes | memoryview]:
        """The file from its first byte to its last; the same bytes each time.

        A piece has at most 8 MiB, tables and constants aside, and is valid until the next
        one is asked for.
        """
        yield self.tables
        for place in self.places:
            yield place.padding
            yield from place.payload.chunks(self.parameters)


def file_pieces(
    model: Any,
    weights: Sequence[WeightExpr],
    parameters: Parameters,
    layout: Layout | None = None,
) -> StreamedFile:
    """Plan the file of a skeleton and its weights.

    Weights are only looked at to find equal ones, of which one is stored; see
    `litert_ir.stablehlo.writing.shared_buffers.first_equal`.

    Args:
        model: The `ModelT` of a LiteRT file whose external buffers have indices of ``weights``
            as offsets; it is changed.
        weights: The expressions of the big weights.
        parameters: Gives the variables by their index; not written to.
        layout: Where the weights shall stand; by default in one flatbuffer where it is
            safely below 2 GiB.

    Raises:
        ConversionError: When the weights do not fit the skeleton, or not into the layout.
    """
    payloads = take_payloads(model, weights, parameters)
    tables = _packed(model, payloads, layout or Layout.INLINE)
    chosen = layout or fitting_layout(len(tables), payloads)
    if layout is None and chosen is not Layout.INLINE:
        tables = _packed(model, payloads, chosen)
    places = place_all(len(tables), payloads, chosen)
    _check_reach([place for place in places if place.inline])
    for place in places:
        _point_at(tables, place)
    return StreamedFile(layout=chosen, tables=bytes(tables), places=places, parameters=parameters)


def _packed(model: Any, payloads: Sequence[Payload], layout: Layout) -> bytearray:
    """Pack the flatbuffer with all fields but the payloads' offsets."""
    for payload in payloads:
        buffer = model.buffers[payload.buffer]
        if is_inline(payload, layout):
            buffer.data = np.zeros(0, np.uint8)
        else:
            buffer.data, buffer.offset, buffer.size = None, _TO_BE_PATCHED, payload.nbytes
    return packed(model)


def _check_reach(inline: Sequence[Place]) -> None:
    if inline and inline[-1].end > LARGEST_FLATBUFFER:
        raise ConversionError(
            "The file does not fit into one flatbuffer.",
            expected=f"at most {LARGEST_FLATBUFFER:,} bytes",
            received=f"{inline[-1].end:,} bytes",
            advice=f"leave the layout open, or ask for {Layout.OFFSET}",
        )


def _point_at(tables: bytearray, place: Place) -> None:
    """Write a payload's offset into its buffer: a vector's relative one, or that in the file."""
    root = Table(tables, struct.unpack_from("<I", tables)[0])
    element = root.Vector(root.Offset(_BUFFERS)) + 4 * place.payload.buffer
    buffer = Table(tables, root.Indirect(element))
    if place.inline:
        field = buffer.Pos + buffer.Offset(_DATA)
        struct.pack_into("<I", tables, field, place.start - 4 - field)
    else:
        struct.pack_into("<Q", tables, buffer.Pos + buffer.Offset(_OFFSET), place.start)
