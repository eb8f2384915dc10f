"""Make operations and constants at a place in a module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import ir
from litert_ir.stablehlo.mlir.interfaces import Operation, Type, Value
from litert_ir.stablehlo.mlir.values import (
    CONSTANT_OP,
    dtype_of,
    shape_of,
    splat_attribute,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.literals import is_splat


class Builder:
    """Makes operations in front of one that is there, with its location."""

    def __init__(self) -> None:
        self._at: Any = None

    def move_to(self, op: Operation) -> None:
        """Insert in front of this operation, with its location, from now on."""
        self._at = op

    def op(
        self,
        name: str,
        operands: Iterable[Value],
        result: Type,
        attributes: Mapping[str, Any] | None = None,
    ) -> Value:
        """A new operation with one result; gives the result.

        Args:
            name: With the dialect, such as ``tfl.gelu``.
            operands: The values it takes.
            result: The type of what it gives.
            attributes: Python ints become i32 attributes, bools and strings their own,
                tuples of ints arrays of i64; MLIR attributes stay as they are.
        """
        (value,) = self.op_with_results(name, operands, [result], attributes)
        return value

    def op_with_results(
        self,
        name: str,
        operands: Iterable[Value],
        results: Sequence[Type],
        attributes: Mapping[str, Any] | None = None,
    ) -> list[Value]:
        """As `op`, with any number of results."""
        made = ir.Operation.create(
            name,
            results=list(results),
            operands=list(operands),
            attributes={key: _attribute(item) for key, item in (attributes or {}).items()},
            loc=self._at.location,
            ip=ir.InsertionPoint(self._at),
        )
        return list(made.results)

    def constant(self, array: NDArray[Any]) -> Value:
        """A constant in the module; splats take no room."""
        array = np.asarray(array)
        if array.size > 1 and is_splat(array):
            return self.splat_constant(array.reshape(-1)[0], array.shape)
        kind = tensor_type(array.shape, array.dtype.name)
        data = ir.DenseElementsAttr.get(np.ascontiguousarray(array), type=kind)
        return self.op(CONSTANT_OP, [], kind, {"value": data})

    def splat_constant(self, element: Any, shape: tuple[int, ...]) -> Value:
        """A constant of one number, a numpy scalar, all over; it takes no room."""
        one = np.asarray(element)
        kind = tensor_type(shape, one.dtype.name)
        return self.op(CONSTANT_OP, [], kind, {"value": splat_attribute(kind, one.tobytes())})

    def filled(self, like: Value, number: float) -> Value:
        """A constant of the type of another value, all of one number."""
        return self.splat_constant(np.asarray(number, dtype=dtype_of(like)), shape_of(like))

    def no_value(self) -> Value:
        """What stands for an operand that is left out, such as a bias."""
        return self.op("tfl.no_value", [], ir.NoneType.get(), {"value": ir.UnitAttr.get()})


def _attribute(item: Any) -> Any:
    """A Python value as an MLIR attribute."""
    match item:
        case bool():
            return ir.BoolAttr.get(item)
        case int():
            return ir.IntegerAttr.get(ir.IntegerType.get_signless(32), item)
        case float():
            return ir.FloatAttr.get(ir.F32Type.get(), item)
        case str():
            return ir.StringAttr.get(item)
        case tuple():
            return ir.DenseI64ArrayAttr.get(list(item))
        case _:
            return item
