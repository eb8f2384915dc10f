"""Find identity matrices: constants, comparisons of counted rows with columns, or named ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.enumerations import direction_of
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    integer,
    op_name,
    producer,
    shape_of,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

IDENTITY = "litert_ir.identity"
"""A custom call without operands whose type ends with the matrix's columns."""

_PASSED_ON = ("stablehlo.reshape", "stablehlo.convert")


@pattern(IDENTITY)
def spell_identity(op: Operation, rewriter: Rewriter) -> bool:
    """Materialize an identity matrix that a custom call stands for.

    Before:
        func.func @main() -> tensor<2x2xf32> {
          %0 = stablehlo.custom_call @litert_ir.identity() : () -> tensor<2x2xf32>
          return %0 : tensor<2x2xf32>
        }

    After:
        func.func @main() -> tensor<2x2xf32> {
          %cst = stablehlo.constant dense<[[1.000000e+00, 0.000000e+00], [0.000000e+00,
              1.000000e+00]]> : tensor<2x2xf32>
          return %cst : tensor<2x2xf32>
        }
    """
    shape = shape_of(op.results[0])
    matrix = np.eye(shape[-1], dtype=dtype_of(op.results[0]))
    return rewriter.replace(op, rewriter.constant(matrix.reshape(shape)))


def is_identity(kernel: Value, rewriter: Rewriter) -> bool:
    """Tell whether a value is an identity matrix in a shape whose last dimension is its columns."""
    shape = shape_of(kernel)
    if len(shape) < 2 or math.prod(shape[:-1]) != shape[-1]:
        return False
    op = producer(kernel)
    while op is not None and op.name in _PASSED_ON:
        op = producer(op.operands[0])
    if op is None:
        return False
    if op_name(op) == IDENTITY:
        return True
    if op.name == "stablehlo.compare":
        return _is_diagonal(op, shape[-1], rewriter)
    array = rewriter.array(op.results[0])
    return array is not None and is_identity_matrix(array.reshape(shape))


def _is_diagonal(op: Operation, size: int, rewriter: Rewriter) -> bool:
    """Tell whether a comparison is that of row with column numbers in a square matrix."""
    if direction_of(op) != "EQ" or shape_of(op.results[0]) != (size, size):
        return False
    return sorted(_counted_axis(operand, rewriter) for operand in op.operands) == [0, 1]


def _counted_axis(value: Value, rewriter: Rewriter) -> int:
    """The dimension along which a value counts from 0; -1 for other values."""
    op = producer(value)
    if op is not None and op.name == "stablehlo.add":
        counted = [each for each in op.operands if rewriter.splat(each) != 0]
        op = producer(counted[0]) if len(counted) == 1 else None
    if op is None or op.name != "stablehlo.iota":
        return -1
    return integer(op, "iota_dimension", -1)


def is_identity_matrix(array: NDArray[Any]) -> bool:
    """Tell whether an array is an identity matrix in a shape that ends with its columns."""
    size = array.shape[-1]
    matrix = array.reshape(size, size)
    return bool((np.diagonal(matrix) == 1).all()) and np.count_nonzero(matrix) == size
