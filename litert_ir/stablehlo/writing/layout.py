"""The layout of a LiteRT file: the offset of each part, computed from sizes alone."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import attrs

from litert_ir.ir.estimate import Layout, layout_for
from litert_ir.stablehlo.writing.payloads import Constant, Payload

_LENGTH_BYTES = 4
"""The bytes in front of a vector's elements, which hold their number."""

_CONSTANT_ALIGNMENT = 16
"""Bytes; `force_align` of `Buffer.data` in the schema."""

_WEIGHT_ALIGNMENT = 64
"""Bytes; a cache line, and the strictest that XNNPACK's kernels want."""


@attrs.frozen(kw_only=True)
class Place:
    """The offset of a payload in the file.

    Attributes:
        payload: The payload.
        inline: Whether it is a vector of the flatbuffer.
        gap: Bytes between what stands in front of it and itself.
        start: Its first byte's position in the file.
    """

    payload: Payload
    inline: bool
    gap: int
    start: int

    @property
    def padding(self) -> bytes:
        """Return the bytes that fill the gap: zeros, and a vector's length."""
        length = struct.pack("<I", self.payload.nbytes) if self.inline else b""
        return length.rjust(self.gap, b"\0")

    @property
    def end(self) -> int:
        """The offset behind its last byte."""
        return self.start + self.payload.nbytes


def fitting_layout(table_bytes: int, payloads: Sequence[Payload]) -> Layout:
    """`Layout.INLINE` where the file is safely below 2 GiB.

    Args:
        table_bytes: Size of the flatbuffer without the payloads, at most.
        payloads: All that is stored.
    """
    gaps = (_LENGTH_BYTES + _WEIGHT_ALIGNMENT) * len(payloads)
    total = table_bytes + gaps + sum(payload.nbytes for payload in payloads)
    return layout_for(total)


def is_inline(payload: Payload, layout: Layout) -> bool:
    """Tell whether a payload is a vector of the flatbuffer; a skeleton's constants always are."""
    return layout is Layout.INLINE or isinstance(payload.source, Constant)


def place_all(table_bytes: int, payloads: Sequence[Payload], layout: Layout) -> tuple[Place, ...]:
    """Put payloads one after the other, behind the tables."""
    places, position = [], table_bytes
    for payload in payloads:
        inline = is_inline(payload, layout)
        constant = isinstance(payload.source, Constant)
        alignment = _CONSTANT_ALIGNMENT if constant else _WEIGHT_ALIGNMENT
        start = _rounded_up(position + (_LENGTH_BYTES if inline else 0), alignment)
        place = Place(payload=payload, inline=inline, gap=start - position, start=start)
        places.append(place)
        position = place.end
    return tuple(places)


def _rounded_up(position: int, alignment: int) -> int:
    return -(-position // alignment) * alignment
