"""Create operations and constants at an insertion point of a module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.creation import before, none_type, unit
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
    """Creates operations in front of an existing one, with its location."""

    _at: Operation

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
            attributes: As `litert_ir.stablehlo.mlir.creation.attribute_of` takes them.
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
        return list(before(self._at).create(name, operands, results, attributes).results)

    def constant(self, array: NDArray[Any]) -> Value:
        """A constant in the module; a splat stores one element."""
        array = np.asarray(array)
        if array.size > 1 and is_splat(array):
            return self.splat_constant(array.reshape(-1)[0], array.shape)
        kind = tensor_type(array.shape, array.dtype.name)
        return self.op(CONSTANT_OP, [], kind, {"value": array})

    def splat_constant(self, element: Any, shape: tuple[int, ...]) -> Value:
        """A splat of one numpy scalar."""
        one = np.asarray(element)
        kind = tensor_type(shape, one.dtype.name)
        return self.op(CONSTANT_OP, [], kind, {"value": splat_attribute(kind, one.tobytes())})

    def filled(self, like: Value, number: float) -> Value:
        """A splat of the type of another value."""
        return self.splat_constant(np.asarray(number, dtype=dtype_of(like)), shape_of(like))

    def no_value(self) -> Value:
        """The placeholder of an operand that is left out, such as a bias."""
        return self.op("tfl.no_value", [], none_type(), {"value": unit()})
