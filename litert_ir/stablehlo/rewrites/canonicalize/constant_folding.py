"""Fold operations that depend on no input."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import empty_module, evaluated, parse
from litert_ir.stablehlo.mlir.creation import at_end
from litert_ir.stablehlo.mlir.functions import MAIN, make_function
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    array_of,
    dtype_of,
    dtype_of_type,
    is_broadcast,
    is_static,
    nbytes_of,
    producer,
    shape_of,
    shape_of_type,
    users,
)
from litert_ir.stablehlo.rewrites.engine.literals import literal
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import BIG_LITERAL, Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import broadcast
from litert_ir.stablehlo.weights.elementwise_functions import DTYPES

_MOST_ELEMENTS = 1 << 22
"""The largest value to fold, in elements: a second's work for the interpreter."""

_SMALL = 1 << 12
"""Bytes below which a constant is stored as it is."""

_COMPUTED = tuple(
    f"stablehlo.{name}"
    for name in (
        *("abs", "add", "and", "broadcast_in_dim", "ceil", "clamp", "compare", "concatenate"),
        *(
            "convert",
            "cosine",
            "divide",
            "dot_general",
            "exponential",
            "exponential_minus_one",
            "floor",
            "gather",
        ),
        *("iota", "log", "log_plus_one", "logistic", "maximum", "minimum", "multiply", "negate"),
        *("not", "or", "pad", "power", "reduce", "remainder", "reshape", "reverse"),
        *("round_nearest_afz", "round_nearest_even", "rsqrt", "select", "shift_left"),
        *("shift_right_arithmetic", "shift_right_logical", "sign", "sine", "slice", "sqrt"),
        *("subtract", "tan", "tanh", "transpose", "xor"),
    )
)
_WEIGHED = {
    "stablehlo.dot_general": (0, 1),
    "stablehlo.convolution": (1,),
    "stablehlo.gather": (1,),
    "tfl.gather": (1,),
}
"""The operands that make the operation cheaper when they are weights."""
_REPEATING = "stablehlo.broadcast_in_dim"


@pattern(
    *(name for name in _COMPUTED if name != _REPEATING),
    after={"compare_positions": "A mask of a dynamic size would be folded at the size at hand."},
)
def fold_constants(op: Operation, rewriter: Rewriter) -> bool:
    """Fold what is computed from constants alone into a constant, if it is small.

    Before:
        func.func @main(%x: tensor<3xi32>) -> tensor<3xi32> {
          %two = stablehlo.constant dense<2> : tensor<3xi32>
          %0 = stablehlo.iota dim = 0 : tensor<3xi32>
          %1 = stablehlo.multiply %0, %two : tensor<3xi32>
          %2 = stablehlo.add %x, %1 : tensor<3xi32>
          return %2 : tensor<3xi32>
        }

    After:
        func.func @main(%x: tensor<3xi32>) -> tensor<3xi32> {
          %c = stablehlo.constant dense<[0, 2, 4]> : tensor<3xi32>
          %0 = stablehlo.add %x, %c : tensor<3xi32>
          return %0 : tensor<3xi32>
        }

    Broadcasts stay: LiteRT's ops broadcast.
    """
    (value,) = op.results if len(op.results) == 1 else (None,)
    if value is None or not is_static(value) or nbytes_of(value) >= BIG_LITERAL:
        return False
    known = _Known(rewriter)
    if not known.holds(value) or all(map(known.holds, _takers(value))):
        return False
    return rewriter.replace(op, _compact(compute(value), rewriter))


@pattern(*_WEIGHED)
def fold_constant_weight(op: Operation, rewriter: Rewriter) -> bool:
    """Fold what is computed from constants alone into a weight, where one is of use.

    Before:
        func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
          %0 = stablehlo.iota dim = 0 : tensor<2x2xf32>
          %1 = stablehlo.dot_general %x, %0, contracting_dims = [1] x [0] : (tensor<1x2xf32>,
              tensor<2x2xf32>) -> tensor<1x2xf32>
          return %1 : tensor<1x2xf32>
        }

    After:
        func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
          %cst = stablehlo.constant dense<[[0.000000e+00, 0.000000e+00], [1.000000e+00,
              1.000000e+00]]> : tensor<2x2xf32>
          %0 = stablehlo.dot_general %x, %cst, contracting_dims = [1] x [0] : (tensor<1x2xf32>,
              tensor<2x2xf32>) -> tensor<1x2xf32>
          return %0 : tensor<1x2xf32>
        }
    """
    replaced = False
    for position in _WEIGHED[op.name]:
        value = op.operands[position]
        if (
            rewriter.expr(value) is None
            and not is_broadcast(value)
            and _Known(rewriter).holds(value)
        ):
            weight = rewriter.weight(literal(compute(value)))
            replaced = rewriter.replace_operand(op, position, weight)
    return replaced


def _compact(array: NDArray[Any], rewriter: Rewriter) -> Value:
    """A constant as the broadcast of an array without the dimensions in which it is constant."""
    if array.nbytes < _SMALL:
        return rewriter.constant(array)
    compact = array
    for axis, size in enumerate(array.shape):
        first = compact.take([0], axis) if size > 1 else compact
        if size > 1 and np.array_equal(
            np.broadcast_to(first, compact.shape), compact, equal_nan=True
        ):
            compact = first
    constant = rewriter.constant(compact)
    return broadcast(constant, array.shape, range(array.ndim), rewriter)


def _takers(value: Value) -> list[Value | None]:
    """Return the values computed from a value directly or through broadcasts."""
    found: list[Value | None] = []
    for user in users(value):
        results = list(user.results)
        if user.name == _REPEATING:
            found.extend(_takers(results[0]))
        else:
            found.extend(results or [None])
    return found


def is_constant(value: Value, rewriter: Rewriter) -> bool:
    """Tell whether a value depends on constants alone, however long the computation.

    Such a value may be folded at one size of the model's inputs and not at a longer one; both have
    to lead to the same operators.
    """
    return _Known(rewriter, math.inf).holds(value)


class _Known:
    """Finds the values that depend on constants alone.

    Args:
        rewriter: Remembers them.
        most: Elements that a value on the way may have.
    """

    def __init__(self, rewriter: Rewriter, most: float = _MOST_ELEMENTS) -> None:
        self._most = most
        self._memory = rewriter.memory(f"known of at most {most} elements")

    def holds(self, value: Value | None) -> bool:
        """Tell whether a value can be computed here."""
        if value is None:
            return False
        if value not in self._memory:
            self._memory[value] = self._find_out(value)
        return bool(self._memory[value])

    def _find_out(self, value: Value) -> bool:
        op = producer(value)
        if op is None or not is_static(value) or math.prod(shape_of(value)) > self._most:
            return False
        if dtype_of(value) not in DTYPES:
            return False
        if op.name == "stablehlo.constant":
            return True
        return op.name in _COMPUTED and all(map(self.holds, op.operands))


def compute(value: Value) -> NDArray[Any]:
    """The elements of a value that depends on constants alone, by the reference interpreter."""
    order: dict[Operation, None] = {}
    _collect(producer(value), order)
    module = empty_module()
    block = make_function(module, MAIN, [], [value.type], private=False)
    copies: dict[Value, Value] = {}
    end = at_end(block)
    for op in order:
        copy = end.copy(op)
        for position, operand in enumerate(op.operands):
            copy.operands[position] = copies[operand]
        copies.update(zip(op.results, copy.results, strict=True))
    end.create("func.return", [copies[value]], [])
    return _result_of(str(module))


@functools.lru_cache(maxsize=128)
def _result_of(module: str) -> NDArray[Any]:
    """Evaluate a module; at another size of the model's inputs the result is mostly the same."""
    (result,) = evaluated(parse(module))
    array = np.array(array_of(result, shape_of_type(result.type), dtype_of_type(result.type)))
    array.flags.writeable = False
    return array


def _collect(op: Operation | None, order: dict[Operation, None]) -> None:
    """An operation and all below it, in the order in which they can be computed."""
    if op is None or op in order:
        return
    for operand in op.operands:
        _collect(producer(operand), order)
    order[op] = None
