"""The interface of rewrite patterns to a module: read it, and change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.external_buffers import BUFFER, EXTERNAL_CONSTANT
from litert_ir.stablehlo.mlir.interfaces import Attribute, Module, Operation, Value
from litert_ir.stablehlo.mlir.values import tensor_type
from litert_ir.stablehlo.rewrites.engine.builder import Builder
from litert_ir.stablehlo.rewrites.engine.reader import Reader
from litert_ir.stablehlo.weights.evaluate import evaluate
from litert_ir.stablehlo.weights.expressions import Broadcast, WeightExpr
from litert_ir.stablehlo.weights.parameters import parameters_of

BIG_WEIGHT = 1 << 16
"""Bytes from which on a weight stays outside of the module, as an expression."""

BIG_LITERAL = 1 << 19
"""The same threshold for weights of numbers alone, without a variable.

Such numbers often depend on the sizes of the inputs, and must be visible in the files of all
sizes that a model is traced at.
"""


class Rewriter(Builder, Reader):
    """Reads and changes a module, one operation at a time.

    Nothing is erased here: a replaced operation has no uses any more, and is removed after the
    sweep.

    Args:
        values: The values of the small parameters, by index.

    Attributes:
        varying: For each argument of the function its dynamic dimensions, but for the batch;
            empty where nothing is known of that.
        has_dynamic_batch: Whether an argument may have another batch in another run.
    """

    def __init__(self, values: Mapping[int, NDArray[Any]]) -> None:
        super().__init__()
        self.varying: dict[Value, tuple[int, ...]] = {}
        self.has_dynamic_batch = False
        self._values = values
        self._module: Module | None = None
        self._changed = False

    @property
    def changed(self) -> bool:
        """Tell whether anything was replaced since the sweep began."""
        return self._changed

    def begin_sweep(self, module: Module) -> None:
        """Begin a sweep: nothing is changed yet."""
        self._module = module
        self._changed = False

    def replace(self, op: Operation, *values: Value) -> bool:
        """Replace the results of an operation by these values; return True."""
        for result, value in zip(op.results, values, strict=True):
            result.replace_all_uses_with(value)
        self._changed = True
        return True

    def replace_by(
        self,
        op: Operation,
        name: str,
        operands: Iterable[Value],
        attributes: Mapping[str, Any] | None = None,
    ) -> bool:
        """Replace an operation by another one with the same result types; return True.

        Args:
            op: The operation.
            name: The other one's; see `op` for this and the rest.
            operands: The values that it takes.
            attributes: Its attributes.
        """
        results = [result.type for result in op.results]
        return self.replace(op, *self.op_with_results(name, operands, results, attributes))

    def replace_operand(self, op: Operation, position: int, value: Value) -> bool:
        """Replace an operand of an operation; return True."""
        op.operands[position] = value
        self._changed = True
        return True

    def weight(self, expr: WeightExpr) -> Value:
        """A weight as a value: a constant if it is small and can be computed here."""
        if isinstance(expr, Broadcast) and not expr.source.shape and self._known(expr.source):
            return self.splat_constant(evaluate(expr.source, self._values.__getitem__), expr.shape)
        if _is_small(expr) and self._known(expr):
            return self.constant(evaluate(expr, self._values.__getitem__))
        return self._external(self.weights.refer(expr), expr.shape, expr.dtype)

    def keep(self, array: NDArray[Any]) -> Value:
        """A constant that neither patterns nor the converter fold.

        `WeightTable.place_kept` puts its elements into the converted module.
        """
        return self._external(self.weights.keep(array), array.shape, array.dtype.name)

    def is_shared(self, expr: WeightExpr) -> bool:
        """Tell whether the parameters of a big weight are stored for another use as well.

        A change of such a weight may store it twice.
        """
        if expr.nbytes < BIG_WEIGHT:
            return False
        if self._module is None:
            return False
        uses = self.uses_of_parameters(self._module)
        return any(uses[index] > 1 for index in parameters_of(expr))

    def _external(self, reference: Attribute, shape: tuple[int, ...], dtype: str) -> Value:
        return self.op(EXTERNAL_CONSTANT, [], tensor_type(shape, dtype), {BUFFER: reference})

    def _known(self, expr: WeightExpr) -> bool:
        return all(index in self._values for index in parameters_of(expr))


def _is_small(expr: WeightExpr) -> bool:
    return expr.nbytes < (BIG_WEIGHT if parameters_of(expr) else BIG_LITERAL)
