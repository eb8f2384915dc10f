"""Create operations at an insertion point, with attributes from Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.stablehlo.mlir.bindings import ir
from litert_ir.stablehlo.mlir.interfaces import Attribute, Block, Location, Operation, Type, Value
from litert_ir.stablehlo.mlir.values import tensor_type

Attributes = Mapping[str, Any]
"""Attributes by name, as `attribute_of` takes them."""


@attrs.frozen
class Place:
    """An insertion point for operations, one after the other, with their location.

    Attributes:
        point: The insertion point.
        location: The location of the operations; None where it is unknown.
    """

    point: Any
    location: Location | None

    def create(
        self,
        name: str,
        operands: Iterable[Value],
        results: Sequence[Type],
        attributes: Attributes | None = None,
        *,
        regions: int = 0,
    ) -> Operation:
        """Create an operation.

        Args:
            name: With the dialect, such as ``tfl.gelu``.
            operands: The values it takes.
            results: The types of what it gives.
            attributes: By name; see `attribute_of`.
            regions: The number of its regions, which have no blocks.
        """
        made: Operation = ir.Operation.create(
            name,
            results=list(results),
            operands=list(operands),
            attributes={key: attribute_of(item) for key, item in (attributes or {}).items()},
            regions=regions,
            loc=self.location,
            ip=self.point,
        )
        return made

    def value(
        self,
        name: str,
        operands: Iterable[Value],
        result: Type,
        attributes: Attributes | None = None,
    ) -> Value:
        """Create an operation with one result, and return the result."""
        (value,) = self.create(name, operands, [result], attributes).results
        return value

    def copy(self, op: Operation) -> Operation:
        """Copy an operation, with its own location."""
        clone: Any = op.clone
        copied: Operation = clone(self.point)
        return copied


def before(op: Operation) -> Place:
    """The point in front of an operation, with its location."""
    return Place(ir.InsertionPoint(op), op.location)


def after(op: Operation) -> Place:
    """The point behind an operation, with its location."""
    return Place(ir.InsertionPoint.after(op), op.location)


def at_start(block: Block, location: Location | None = None) -> Place:
    """The point at the start of a block."""
    return Place(ir.InsertionPoint.at_block_begin(block), location)


def at_end(block: Block, location: Location | None = None) -> Place:
    """The point at the end of a block."""
    return Place(ir.InsertionPoint(block), location)


def attribute_of(item: Any) -> Attribute:
    """Convert a Python value to an attribute.

    Args:
        item: Ints become i32 attributes, floats those of f32, bools and strings their own, tuples
            of ints arrays of i64, and arrays elements of a tensor; attributes stay as they are.
    """
    made: Attribute
    match item:
        case bool():
            made = ir.BoolAttr.get(item)
        case int():
            made = ir.IntegerAttr.get(ir.IntegerType.get_signless(32), item)
        case float():
            made = ir.FloatAttr.get(ir.F32Type.get(), item)
        case str():
            made = ir.StringAttr.get(item)
        case tuple():
            made = ir.DenseI64ArrayAttr.get(list(item))
        case np.ndarray():
            kind = tensor_type(item.shape, item.dtype.name)
            made = ir.DenseElementsAttr.get(np.asarray(item, order="C"), type=kind)
        case _:
            made = item
    return made


def int64(number: int) -> Attribute:
    """An i64 attribute."""
    made: Attribute = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), number)
    return made


def unit() -> Attribute:
    """The unit attribute, which counts by being present."""
    made: Attribute = ir.UnitAttr.get()
    return made


def symbol(name: str) -> Attribute:
    """A reference to a function."""
    made: Attribute = ir.FlatSymbolRefAttr.get(name)
    return made


def mirror_mode(name: str) -> Attribute:
    """The ``mode`` of a `tfl.mirror_pad`: ``REFLECT`` or ``SYMMETRIC``."""
    made: Attribute = ir.Attribute.parse(f"#tfl<mirror_pad_attr {name}>")
    return made


def none_type() -> Type:
    """The type of the placeholder for an operand that is left out."""
    made: Type = ir.NoneType.get()
    return made
