"""The weights and constants that a module refers to instead of holding them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.creation import before
from litert_ir.stablehlo.mlir.external_buffers import (
    BUFFER,
    EXTERNAL_CONSTANT,
    external_buffer,
)
from litert_ir.stablehlo.mlir.interfaces import Attribute, Module, Operation
from litert_ir.stablehlo.mlir.walk import operations
from litert_ir.stablehlo.weights.expressions import WeightExpr
from litert_ir.stablehlo.weights.parameters import parameters_of

_WEIGHTS = "weights"
_KEPT = "kept"


class WeightTable:
    """Big weights as expressions, and kept constants, by the attributes that refer to them.

    An attribute is unique in a context, through all passes: its text is never read.
    """

    def __init__(self) -> None:
        self._references: dict[WeightExpr, Attribute] = {}
        self._exprs: dict[Attribute, WeightExpr] = {}
        self._kept: dict[Attribute, NDArray[Any]] = {}

    def refer(self, expr: WeightExpr) -> Attribute:
        """The attribute of an external constant that stands for a weight."""
        if expr not in self._references:
            reference = external_buffer(_WEIGHTS, len(self._references))
            self._references[expr] = reference
            self._exprs[reference] = expr
        return self._references[expr]

    def keep(self, array: NDArray[Any]) -> Attribute:
        """The attribute of an external constant that `place_kept` turns into a constant again."""
        reference = external_buffer(_KEPT, len(self._kept))
        self._kept[reference] = np.asarray(array, order="C")
        return reference

    def expr(self, op: Operation) -> WeightExpr | None:
        """The weight that an operation is; None for all but external constants of weights."""
        return self._exprs.get(op.attributes[BUFFER]) if op.name == EXTERNAL_CONSTANT else None

    def count_uses(self, module: Module) -> Counter[int]:
        """Count the uses of the big weights in a module, by parameter."""
        found = Counter[int]()
        for op in operations(module):
            expr = self.expr(op)
            if expr is not None:
                uses = len(list(op.results[0].uses))
                found.update(dict.fromkeys(parameters_of(expr), uses))
        return found

    def number(self, module: Module) -> tuple[WeightExpr, ...]:
        """Number a module's external constants in the order of their uses, in place.

        The weights that the rewrites referred to in between differ between modules of one model.

        Returns:
            The weights, by number. The table refers to them no more.
        """
        found = {op: expr for op in operations(module) if (expr := self.expr(op)) is not None}
        numbers = {expr: number for number, expr in enumerate(dict.fromkeys(found.values()))}
        for op, expr in found.items():
            op.attributes[BUFFER] = external_buffer(_WEIGHTS, numbers[expr])
        self._references.clear()
        self._exprs.clear()
        return tuple(numbers)

    def place_kept(self, module: Module) -> None:
        """Put the constants that were kept into a module, in place.

        Args:
            module: In the TFL dialect, after the passes that would compute with them.
        """
        for op in operations(module):
            array = self._kept.get(op.attributes[BUFFER]) if op.name == EXTERNAL_CONSTANT else None
            if array is None:
                continue
            kind = op.results[0].type
            made = before(op).value("arith.constant", [], kind, {"value": array})
            op.results[0].replace_all_uses_with(made)
            op.erase()
