"""Fill tables of weights in the child process for tests: it loads LiteRT's MLIR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import empty_module, mlir_context
from litert_ir.stablehlo.mlir.creation import at_end
from litert_ir.stablehlo.mlir.external_buffers import BUFFER, EXTERNAL_CONSTANT
from litert_ir.stablehlo.mlir.functions import MAIN, make_function
from litert_ir.stablehlo.mlir.values import constant_array, tensor_type
from litert_ir.stablehlo.mlir.walk import operations
from litert_ir.stablehlo.rewrites.engine.weight_table import WeightTable
from litert_ir.stablehlo.weights.expressions import WeightExpr


def numbered(
    made: Sequence[WeightExpr], referred: Sequence[WeightExpr]
) -> tuple[tuple[WeightExpr, ...], int, list[WeightExpr | None]]:
    """Number the weights of a module.

    Args:
        made: The weights that a table is asked for, in order.
        referred: Those of them that the module refers to, in order.

    Returns:
        The weights by number, how many different references the module has then, and what the
        references stood for before.
    """
    with mlir_context():
        module, table = empty_module(), WeightTable()
        end = at_end(make_function(module, MAIN, [], []))
        for expr in made:
            table.refer(expr)
        for expr in referred:
            kind = tensor_type(expr.shape, expr.dtype)
            end.create(EXTERNAL_CONSTANT, [], [kind], {BUFFER: table.refer(expr)})
        constants = [op for op in operations(module) if op.name == EXTERNAL_CONSTANT]
        before = [table.expr(op) for op in constants]
        weights = table.number(module)
        return weights, len({op.attributes[BUFFER] for op in constants}), before


def placed(arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """The constants that a module holds after those that were kept from it are placed."""
    with mlir_context():
        module, table = empty_module(), WeightTable()
        end = at_end(make_function(module, MAIN, [], []))
        for array in arrays:
            kind = tensor_type(array.shape, array.dtype.name)
            end.create(EXTERNAL_CONSTANT, [], [kind], {BUFFER: table.keep(array)})
        table.place_kept(module)
        end.create("func.return", [], [])
        module.operation.verify()
        found = [op for op in operations(module) if op.name == "arith.constant"]
        return [np.array(constant_array(op)) for op in found]
