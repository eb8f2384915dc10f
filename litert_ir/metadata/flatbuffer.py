"""Read and write flatbuffers of TFLite's metadata schema as trees of tables."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import flatbuffers
import numpy as np
from flatbuffers.table import Table
from numpy.typing import DTypeLike

from litert_ir.metadata.schema_tables import FILE_IDENTIFIER, ROOT, TABLES, UNIONS

Node = dict[str, Any]
"""A table: the values of its fields that are set, tables and vectors of tables included. A table
in a union has its own name under `MEMBER`."""

MEMBER = "member"

_SCALARS: Mapping[str, DTypeLike] = {
    "byte": np.int8,
    "ubyte": np.uint8,
    "int": np.int32,
    "uint": np.uint32,
    "float": np.float32,
}
_FIRST_SLOT, _SLOT_BYTES = 4, 2
_OFFSET_BYTES = 4
_BYTES_ALIGNMENT = 16
"""``force_align`` of ``CustomMetadata.data``."""


def tree_of(content: bytes) -> Node:
    """Read a flatbuffer.

    Raises:
        ValueError: When it is no such flatbuffer, or damaged; so do the others.
        struct.error: The same.
        IndexError: The same.
        TypeError: The same.
        UnicodeDecodeError: The same.
    """
    if content[4:8] != FILE_IDENTIFIER:
        raise ValueError(f"the metadata's identifier is not {FILE_IDENTIFIER.decode()}")
    return _Reader(content).table(struct.unpack_from("<I", content)[0], ROOT)


def flatbuffer_of(tree: Node) -> bytes:
    """Write a tree; equal trees give equal bytes."""
    builder = flatbuffers.Builder(1024)
    builder.Finish(_written(builder, ROOT, tree), file_identifier=FILE_IDENTIFIER)
    return bytes(builder.Output())


def _slots(name: str) -> Iterator[tuple[int, str, str]]:
    """The slot, name and type of each field of a table; of a union the slot of its number."""
    slot = 0
    for field, kind in TABLES[name].items():
        yield slot, field, kind
        slot += 2 if kind in UNIONS else 1


@attrs.define
class _Reader:
    """The reader of one flatbuffer.

    Attributes:
        content: The flatbuffer.
        budget: The elements that it may still have: each takes a byte of it, unless offsets
            that are damaged lead to one place again and again.
    """

    content: bytes
    budget: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.budget = len(self.content)

    def table(self, position: int, name: str) -> Node:
        self._spend(1)
        table = Table(self.content, position)
        found: Node = {}
        for slot, field, kind in _slots(name):
            value = self._field(table, slot, kind)
            if value is not None:
                found[field] = value
        return found

    def _field(self, table: Table, slot: int, kind: str) -> Any:
        offset = table.Offset(_FIRST_SLOT + _SLOT_BYTES * slot)
        if not offset:
            return None
        place = table.Pos + offset
        if kind in UNIONS:
            return self._member(table, slot, UNIONS[kind][int(self.content[place]) - 1])
        if kind in _SCALARS:
            return _scalar(kind, self.content, place)
        return self._referred(place, kind)

    def _member(self, table: Table, slot: int, name: str) -> Node | None:
        offset = table.Offset(_FIRST_SLOT + _SLOT_BYTES * (slot + 1))
        if not offset:
            return None
        place = table.Pos + offset
        return {MEMBER: name, **self.table(self._target(place), name)}

    def _referred(self, place: int, kind: str) -> Any:
        """The string, the vector or the table that an offset leads to."""
        position = self._target(place)
        if kind == "string":
            return self._bytes(position).decode("utf-8")
        if kind in TABLES:
            return self.table(position, kind)
        return self._vector(position, kind.strip("[]"))

    def _vector(self, position: int, kind: str) -> Any:
        if kind == "ubyte":
            return self._bytes(position)
        count = self._number(position)
        self._spend(count)
        start = position + _OFFSET_BYTES
        places = range(start, start + _OFFSET_BYTES * count, _OFFSET_BYTES)
        if kind in _SCALARS:  # the schema has vectors of four bytes alone
            return [_scalar(kind, self.content, place) for place in places]
        return [self._referred(place, kind) for place in places]

    def _bytes(self, position: int) -> bytes:
        count = self._number(position)
        self._spend(count)
        found = self.content[position + _OFFSET_BYTES : position + _OFFSET_BYTES + count]
        if len(found) < count:
            raise ValueError("a string of the metadata ends behind them")
        return found

    def _target(self, place: int) -> int:
        return place + self._number(place)

    def _number(self, place: int) -> int:
        return int(struct.unpack_from("<I", self.content, place)[0])

    def _spend(self, count: int) -> None:
        self.budget -= count
        if self.budget < 0:
            raise ValueError("the metadata have more elements than bytes")


def _scalar(kind: str, content: bytes, place: int) -> int | float:
    value: int | float = np.frombuffer(content, _SCALARS[kind], 1, place)[0].item()
    return value


def _written(builder: Any, name: str, node: Node) -> int:
    """Write a table behind all that it refers to, and return its offset."""
    known = {field: node[field] for _, field, _ in _slots(name) if node.get(field) is not None}
    references = {
        field: _reference(builder, kind, known[field])
        for _, field, kind in _slots(name)
        if field in known and kind not in _SCALARS
    }
    builder.StartObject(sum(2 if kind in UNIONS else 1 for kind in TABLES[name].values()))
    for slot, field, kind in _slots(name):
        if field not in known:
            continue
        if kind in _SCALARS:
            _put_scalar(builder, slot, kind, known[field])
            continue
        if kind in UNIONS:
            number = UNIONS[kind].index(known[field][MEMBER]) + 1
            builder.PrependUint8Slot(slot, number, 0)
            slot += 1  # noqa: PLW2901  (the second slot of a union)
        builder.PrependUOffsetTRelativeSlot(slot, references[field], 0)
    return int(builder.EndObject())


def _put_scalar(builder: Any, slot: int, kind: str, value: float) -> None:
    put = {
        "byte": builder.PrependInt8Slot,
        "int": builder.PrependInt32Slot,
        "uint": builder.PrependUint32Slot,
        "float": builder.PrependFloat32Slot,
    }[kind]
    put(slot, value, 0)


def _reference(builder: Any, kind: str, value: Any) -> int:
    if kind == "string":
        return int(builder.CreateString(value))
    if kind in UNIONS:
        return _written(builder, value[MEMBER], value)
    if kind in TABLES:
        return _written(builder, kind, value)
    return _written_vector(builder, kind.strip("[]"), value)


def _written_vector(builder: Any, kind: str, items: Sequence[Any]) -> int:
    if kind == "ubyte":
        builder.StartVector(1, len(items), _BYTES_ALIGNMENT)
        for byte in reversed(bytes(items)):
            builder.PrependByte(byte)
        return int(builder.EndVector())
    if kind in _SCALARS:
        return int(builder.CreateNumpyVector(np.array(items, _SCALARS[kind])))
    offsets = [_reference(builder, kind, item) for item in items]
    builder.StartVector(_OFFSET_BYTES, len(offsets), _OFFSET_BYTES)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())
