"""Read the constants and weights of a module, with a cache."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import cached_in_context
from litert_ir.stablehlo.mlir.interfaces import Attribute, Module, Operation, Value
from litert_ir.stablehlo.mlir.values import (
    CONSTANT_OP,
    constant_array,
    dtype_of,
    dtype_of_type,
    integers,
    producer,
    shape_of,
    splat_element,
)
from litert_ir.stablehlo.rewrites.engine.literals import constant_expr
from litert_ir.stablehlo.rewrites.engine.weight_table import WeightTable
from litert_ir.stablehlo.weights.elementwise_functions import DTYPES
from litert_ir.stablehlo.weights.expressions import WeightExpr


class Reader:
    """Reads the values of a module.

    Attributes:
        weights: The weights that the module refers to, and the constants that are kept from it.
    """

    def __init__(self) -> None:
        self.weights = WeightTable()
        self._exprs: dict[Value, WeightExpr | None] = {}
        self._uses: Counter[int] | None = None
        self._memories: dict[str, dict[Any, Any]] = {}

    def forget(self) -> None:
        """Clear the caches once operations were erased, as new ones may reuse their identity."""
        self._exprs.clear()
        self._uses = None
        self._memories.clear()

    def memory(self, name: str) -> dict[Any, Any]:
        """The cache of a pattern's facts about values, cleared when operations are erased."""
        return self._memories.setdefault(name, {})

    def expr(self, value: Value) -> WeightExpr | None:
        """Return the expression of a constant or a weight; None for any other value."""
        if value not in self._exprs:
            self._exprs[value] = self._read_expr(value)
        return self._exprs[value]

    def _read_expr(self, value: Value) -> WeightExpr | None:
        op = producer(value)
        if op is None or not _is_constant(op):
            return None if op is None else self.weights.expr(op)
        return constant_expr(op.attributes["value"])

    def array(self, value: Value) -> NDArray[Any] | None:
        """The elements of a constant; None for weights and everything else."""
        op = producer(value)
        return None if op is None or not _is_constant(op) else constant_array(op)

    def known_array(self, value: Value) -> NDArray[Any] | None:
        """The elements of a constant, seen through broadcasts, as a view."""
        op = producer(value)
        if op is None or op.name != "stablehlo.broadcast_in_dim":
            return self.array(value)
        source = self.known_array(op.operands[0])
        if source is None:
            return None
        aligned = [1] * len(shape_of(value))
        dimensions = integers(op, "broadcast_dimensions")
        for size, dimension in zip(source.shape, dimensions, strict=True):
            aligned[dimension] = size
        order = np.argsort(dimensions)
        return np.broadcast_to(source.transpose(order).reshape(aligned), shape_of(value))

    def splat(self, value: Value) -> float | None:
        """The number that all elements of a value are, seen through broadcasts; None if none."""
        op = producer(value)
        if op is None:
            return None
        if op.name in ("stablehlo.broadcast_in_dim", "stablehlo.convert", "stablehlo.reshape"):
            return self.splat(op.operands[0])
        return _splat_number(op.attributes["value"]) if _is_constant(op) else None

    def uses_of_parameters(self, module: Module) -> Counter[int]:
        """Count the uses of the big weights in a module, by parameter."""
        if self._uses is None:
            self._uses = self.weights.count_uses(module)
        return self._uses


def _is_constant(op: Operation) -> bool:
    """Tell whether an operation is a constant of a type that weights have, too."""
    return op.name == CONSTANT_OP and dtype_of(op.results[0]) in DTYPES


@cached_in_context
def _splat_number(attribute: Attribute) -> float | None:
    element = splat_element(attribute, dtype_of_type(attribute.type))
    return None if element is None else float(element)
