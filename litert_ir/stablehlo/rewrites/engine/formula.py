"""Write elementwise arithmetic on values as formulas."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Value
from litert_ir.stablehlo.mlir.values import dtype_of, shape_of, tensor_type
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import broadcast, compare


@attrs.frozen(eq=False)
class Formula:
    """A value that Python's operators make StableHLO operations of.

    Operands are formulas of its type, whose shapes broadcast as numpy's do, or numbers.

    Attributes:
        value: The value of the formula.
        rewriter: Makes the operations.

    Example: ``(Formula(x, rewriter) * 2.0 + 1.0).value``
    """

    value: Value
    rewriter: Rewriter

    def __add__(self, other: Formula | float) -> Formula:
        return self._with("add", self, other)

    def __radd__(self, other: float) -> Formula:
        return self + other

    def __sub__(self, other: Formula | float) -> Formula:
        return self._with("subtract", self, other)

    def __rsub__(self, other: float) -> Formula:
        return self._with("subtract", other, self)

    def __mul__(self, other: Formula | float) -> Formula:
        return self._with("multiply", self, other)

    def __rmul__(self, other: float) -> Formula:
        return self * other

    def __truediv__(self, other: Formula | float) -> Formula:
        return self._with("divide", self, other)

    def __rtruediv__(self, other: float) -> Formula:
        return self._with("divide", other, self)

    def __and__(self, other: Formula) -> Formula:
        return self._with("and", self, other)

    def maximum(self, other: Formula | float) -> Formula:
        """The greater of two."""
        return self._with("maximum", self, other)

    def minimum(self, other: Formula | float) -> Formula:
        """The lesser of two."""
        return self._with("minimum", self, other)

    def apply(self, name: str) -> Formula:
        """Another elementwise operation of StableHLO, such as ``abs``."""
        made = self.rewriter.op(f"stablehlo.{name}", [self.value], self.value.type)
        return Formula(made, self.rewriter)

    def compare(self, direction: str, other: Formula | float) -> Formula:
        """Compare elementwise in a direction such as ``LT``."""
        left, right = self._broadcast(self, other)
        return Formula(compare(left, direction, right, self.rewriter), self.rewriter)

    def select(self, chosen: Formula | float, other: Formula | float) -> Formula:
        """One value where this holds, another one where it does not; not both are numbers."""
        yes, no = self._broadcast(chosen, other)
        condition = self.repeated(shape_of(yes))
        made = self.rewriter.op("stablehlo.select", [condition, yes, no], yes.type)
        return Formula(made, self.rewriter)

    def convert(self, dtype: str) -> Formula:
        """The numbers in another type."""
        kind = tensor_type(shape_of(self.value), dtype)
        return Formula(self.rewriter.op("stablehlo.convert", [self.value], kind), self.rewriter)

    def bitcast(self, dtype: str) -> Formula:
        """The bits as another type of the same width."""
        kind = tensor_type(shape_of(self.value), dtype)
        return Formula(self.rewriter.op("tfl.bitcast", [self.value], kind), self.rewriter)

    def repeated(self, shape: tuple[int, ...]) -> Value:
        """The value in a shape that its own broadcasts to."""
        rank = len(shape_of(self.value))
        return broadcast(self.value, shape, range(len(shape) - rank, len(shape)), self.rewriter)

    def polynomial(self, coefficients: Sequence[float]) -> Formula:
        """A polynomial of it, by its coefficients from the constant one on."""
        *others, highest = coefficients
        result = self * highest + others[-1]
        for coefficient in reversed(others[:-1]):
            result = result * self + coefficient
        return result

    def _with(self, name: str, left: Formula | float, right: Formula | float) -> Formula:
        sides = self._broadcast(left, right)
        made = self.rewriter.op(f"stablehlo.{name}", sides, sides[0].type)
        return Formula(made, self.rewriter)

    def _broadcast(self, *sides: Formula | float) -> list[Value]:
        """Values of one shape."""
        formulas = [side for side in sides if isinstance(side, Formula)]
        shape = np.broadcast_shapes(*(shape_of(side.value) for side in formulas))
        like = dtype_of(formulas[0].value)
        return [
            side.repeated(shape)
            if isinstance(side, Formula)
            else self.rewriter.splat_constant(np.asarray(side, like), shape)
            for side in sides
        ]
