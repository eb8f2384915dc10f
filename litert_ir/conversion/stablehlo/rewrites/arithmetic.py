"""Arithmetic for which LiteRT has no op, or its converter a wrong one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from litert_ir.conversion.stablehlo.rewrites.mlir_values import (
    both_orders,
    dtype_of,
    is_static,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.conversion.stablehlo.rewrites.pattern import pattern
from litert_ir.conversion.stablehlo.rewrites.rewriter import Rewriter
from litert_ir.conversion.stablehlo.rewrites.shaping import compare, direction_of, reshape

_MOST_DIMENSIONS = 4
"""Of LiteRT's comparisons, where a side is a number."""
_SIGNED = frozenset({"int8", "int16", "int32"})


@pattern("stablehlo.is_finite")
def compare_with_infinity(op: Any, rewriter: Rewriter) -> bool:
    """A number is finite if it is not as large as infinity.

    Before: ``stablehlo.is_finite %x``
    After: ``%a = stablehlo.abs %x``, ``stablehlo.compare LT, %a, %infinity``.
    """
    size = rewriter.op("stablehlo.abs", op.operands, op.operands[0].type)
    return rewriter.replace(op, compare(size, "LT", rewriter.filled(size, math.inf), rewriter))


@pattern("stablehlo.compare")
def compare_flat(op: Any, rewriter: Rewriter) -> bool:
    """A comparison of many dimensions with one number is done in one dimension.

    Before: ``stablehlo.compare EQ, %x, %zero : tensor<2x2x3x3x1xf32>``
    After: the same of ``tensor<36xf32>``, between reshapes: LiteRT's ops broadcast up to four
    dimensions.
    """
    left, right = op.operands
    shape = shape_of(left)
    if len(shape) <= _MOST_DIMENSIONS or not is_static(left):
        return False
    if rewriter.splat(left) is None and rewriter.splat(right) is None:
        return False
    flat = [_flat(side, rewriter) for side in (left, right)]
    found = compare(flat[0], direction_of(op), flat[1], rewriter)
    return rewriter.replace(op, reshape(found, shape, rewriter))


def _flat(value: Any, rewriter: Rewriter) -> Any:
    shape = (math.prod(shape_of(value)),)
    array = rewriter.array(value)
    if rewriter.splat(value) is not None and array is not None:
        return rewriter.splat_constant(array.reshape(-1)[0], shape)
    return reshape(value, shape, rewriter)


@pattern("stablehlo.select")
def floor_mod(op: Any, rewriter: Rewriter) -> bool:
    """JAX' remainder with the sign of the divisor becomes `tfl.floor_mod`.

    Before: ``%r = stablehlo.remainder %x, %y``, ``%s = stablehlo.add %r, %y``,
    ``stablehlo.select %p, %s, %r`` where ``%p`` says that the signs of ``%r`` and ``%y`` differ
    After: ``"tfl.floor_mod"(%x, %y)``.
    """
    condition, corrected, value = op.operands
    remainder, total = producer(value), producer(corrected)
    if remainder is None or remainder.name != "stablehlo.remainder":
        return False
    if total is None or total.name != "stablehlo.add" or not _asks_for_rest(condition, value):
        return False
    divisor = remainder.operands[1]
    if not any(left == value and _same(right, divisor) for left, right in both_orders(total)):
        return False
    operands = list(remainder.operands)
    return rewriter.replace(op, rewriter.op("tfl.floor_mod", operands, op.results[0].type))


def _asks_for_rest(condition: Any, remainder: Any) -> bool:
    """Whether a condition says that a remainder is not zero, and something else."""
    op = producer(condition)
    if op is None or op.name != "stablehlo.and":
        return False
    makers = [producer(operand) for operand in op.operands]
    return any(
        maker is not None
        and maker.name == "stablehlo.compare"
        and direction_of(maker) == "NE"
        and maker.operands[0] == remainder
        for maker in makers
    )


def _same(left: Any, right: Any) -> bool:
    """Whether two values are one, or equal broadcasts of one."""
    if left == right:
        return True
    first, second = producer(left), producer(right)
    if first is None or second is None or first.name != second.name:
        return False
    constants = first.name == "stablehlo.constant"
    if constants:
        return bool(first.attributes["value"] == second.attributes["value"])
    return first.name == "stablehlo.broadcast_in_dim" and first.operands[0] == second.operands[0]


@pattern("stablehlo.remainder")
def remainder_of_dividend(op: Any, rewriter: Rewriter) -> bool:
    """A remainder has the sign of the dividend, where LiteRT's has that of the divisor.

    Before: ``stablehlo.remainder %x, %y``
    After: ``sign(x) * floor_mod(|x|, |y|)`` of floats, ``x - x / y * y`` of integers.
    """
    if dtype_of(op.results[0]) in ("float32", "float16"):
        return rewriter.replace(op, _float_remainder(*op.operands, rewriter))
    if dtype_of(op.results[0]) == "int32":
        return rewriter.replace(op, _integer_remainder(*op.operands, rewriter))
    return False


def _float_remainder(x: Any, y: Any, rewriter: Rewriter) -> Any:
    kind = x.type
    sizes = [rewriter.op("stablehlo.abs", [value], kind) for value in (x, y)]
    remainder = rewriter.op("tfl.floor_mod", sizes, kind)
    sign = rewriter.op("stablehlo.sign", [x], kind)
    return rewriter.op("stablehlo.multiply", [sign, remainder], kind)


def _integer_remainder(x: Any, y: Any, rewriter: Rewriter) -> Any:
    """As XLA has it: what is divided by zero stays."""
    kind, divisor = x.type, y
    if rewriter.splat(y) in (None, 0.0):
        is_zero = compare(y, "EQ", rewriter.filled(y, 0), rewriter)
        divisor = rewriter.op("stablehlo.select", [is_zero, rewriter.filled(y, 1), y], kind)
    quotient = rewriter.op("stablehlo.divide", [x, divisor], kind)
    multiple = rewriter.op("stablehlo.multiply", [quotient, y], kind)
    return rewriter.op("stablehlo.subtract", [x, multiple], kind)


@pattern("stablehlo.round_nearest_afz")
def round_away_from_zero(op: Any, rewriter: Rewriter) -> bool:
    """Halves are rounded away from zero.

    Before: ``stablehlo.round_nearest_afz %x``
    After: ``sign(x) * floor(|x| + 0.5)``.
    """
    value, kind = op.operands[0], op.results[0].type
    size = rewriter.op("stablehlo.abs", [value], kind)
    raised = rewriter.op("stablehlo.add", [size, rewriter.filled(size, 0.5)], kind)
    rounded = rewriter.op("stablehlo.floor", [raised], kind)
    sign = rewriter.op("stablehlo.sign", [value], kind)
    return rewriter.replace(op, rewriter.op("stablehlo.multiply", [sign, rounded], kind))


@pattern("stablehlo.cbrt")
def cubic_root(op: Any, rewriter: Rewriter) -> bool:
    """Negative numbers have cubic roots too.

    Before: ``stablehlo.cbrt %x``
    After: ``sign(x) * power(|x|, 1/3)``.
    """
    value, kind = op.operands[0], op.results[0].type
    size = rewriter.op("stablehlo.abs", [value], kind)
    root = rewriter.op("stablehlo.power", [size, rewriter.filled(size, 1 / 3)], kind)
    sign = rewriter.op("stablehlo.sign", [value], kind)
    return rewriter.replace(op, rewriter.op("stablehlo.multiply", [sign, root], kind))


@pattern("stablehlo.xor")
def differ(op: Any, rewriter: Rewriter) -> bool:
    """One of two booleans is true if they differ.

    Before: ``stablehlo.xor %a, %b : tensor<2xi1>``
    After: ``stablehlo.compare NE, %a, %b``.
    """
    if dtype_of(op.results[0]) != "bool":
        return False
    return rewriter.replace(op, compare(op.operands[0], "NE", op.operands[1], rewriter))


@pattern("stablehlo.and", "stablehlo.or")
def combine_bits(op: Any, rewriter: Rewriter) -> bool:
    """The bits that two integers share, or have together, by arithmetic.

    Before: ``stablehlo.and %a, %b : tensor<2xi32>``
    After: with ``h = a >> 1`` and ``k = b >> 1``, the shared bits above the lowest are
    ``(h + k - (h xor k)) >> 1``; the lowest is the product of ``a - 2 h`` and ``b - 2 k``.
    What they have together is ``a + b`` less what they share.
    """
    if dtype_of(op.results[0]) not in _SIGNED:
        return False
    left, right = op.operands
    shared = _shared_bits(left, right, rewriter)
    if op.name == "stablehlo.and":
        return rewriter.replace(op, shared)
    kind = op.results[0].type
    total = rewriter.op("stablehlo.add", [left, right], kind)
    return rewriter.replace(op, rewriter.op("stablehlo.subtract", [total, shared], kind))


def _shared_bits(left: Any, right: Any, rewriter: Rewriter) -> Any:
    kind = left.type

    def of(name: str, *operands: Any) -> Any:
        return rewriter.op(name, operands, kind)

    one = rewriter.filled(left, 1)
    halves = [of("tfl.right_shift", side, one) for side in (left, right)]
    lowest = [
        of("stablehlo.subtract", side, of("stablehlo.add", half, half))
        for side, half in zip((left, right), halves, strict=True)
    ]
    apart = of("tfl.bitwise_xor", *halves)
    doubled = of("stablehlo.subtract", of("stablehlo.add", *halves), apart)
    upper = of("tfl.right_shift", doubled, one)
    return of("stablehlo.add", of("stablehlo.add", upper, upper), of("stablehlo.multiply", *lowest))


@pattern("stablehlo.shift_left")
def shift_by_multiplying(op: Any, rewriter: Rewriter) -> bool:
    """A shift to the left by a known number is a multiplication.

    Before: ``stablehlo.shift_left %x, %three``
    After: ``stablehlo.multiply %x, %eight``.
    """
    value, places = op.operands
    known, dtype = rewriter.known_array(places), dtype_of(value)
    if known is None or dtype not in _SIGNED:
        return False
    bits = np.dtype(dtype).itemsize * 8
    powers = np.where(known.astype(np.int64) < bits, 2 ** (known.astype(np.int64) % bits), 0)
    factors = rewriter.constant(powers.astype(dtype))
    kind = tensor_type(shape_of(value), dtype)
    return rewriter.replace(op, rewriter.op("stablehlo.multiply", [value, factors], kind))
