"""Lower arithmetic of integers and booleans for which LiteRT has no op."""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.enumerations import direction_of
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import compare

_SIGNED = frozenset({"int8", "int16", "int32"})
_EXACT = 1 << 24
"""The bound up to which float32 represents all whole numbers."""
_NARROW = frozenset({"int8", "uint8", "uint16"})
"""Types that LiteRT's kernels add and multiply as quantized numbers alone, or not at all."""
_CONVERTED = {
    "stablehlo.add": _NARROW | {"uint32"},
    "stablehlo.subtract": _NARROW | {"uint32"},
    "stablehlo.multiply": _NARROW,
}


@pattern(*_CONVERTED)
def compute_wider(op: Operation, rewriter: Rewriter) -> bool:
    """Lower arithmetic of integers for which LiteRT has no kernel to that of 32 bits.

    Before:
        func.func @main(%x: tensor<2xi8>, %y: tensor<2xi8>) -> tensor<2xi8> {
          %0 = stablehlo.multiply %x, %y : tensor<2xi8>
          return %0 : tensor<2xi8>
        }

    After:
        func.func @main(%x: tensor<2xi8>, %y: tensor<2xi8>) -> tensor<2xi8> {
          %0 = stablehlo.convert %x : (tensor<2xi8>) -> tensor<2xi32>
          %1 = stablehlo.convert %y : (tensor<2xi8>) -> tensor<2xi32>
          %2 = stablehlo.multiply %0, %1 : tensor<2xi32>
          %3 = stablehlo.convert %2 : (tensor<2xi32>) -> tensor<2xi8>
          return %3 : tensor<2xi8>
        }

    The conversion back keeps the lowest bits.
    """
    kind = op.results[0].type
    if dtype_of(op.results[0]) not in _CONVERTED[op.name]:
        return False
    wide = tensor_type(shape_of(op.results[0]), "int32")
    sides = [rewriter.op("stablehlo.convert", [side], wide) for side in op.operands]
    computed = rewriter.op(op.name, sides, wide)
    return rewriter.replace(op, rewriter.op("stablehlo.convert", [computed], kind))


@pattern("stablehlo.divide")
def divide_by_shifting(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a division of an unsigned integer by a power of two to a shift.

    Before:
        func.func @main(%x: tensor<2xui32>) -> tensor<2xui32> {
          %eight = stablehlo.constant dense<8> : tensor<2xui32>
          %0 = stablehlo.divide %x, %eight : tensor<2xui32>
          return %0 : tensor<2xui32>
        }

    After:
        func.func @main(%x: tensor<2xui32>) -> tensor<2xui32> {
          %c = stablehlo.constant dense<3> : tensor<2xui32>
          %0 = "tfl.right_shift"(%x, %c) : (tensor<2xui32>, tensor<2xui32>) -> tensor<2xui32>
          return %0 : tensor<2xui32>
        }
    """
    value, divisor = op.operands
    number = rewriter.splat(divisor)
    if dtype_of(value) != "uint32" or not number or not float(np.log2(number)).is_integer():
        return False
    places = rewriter.filled(value, np.log2(number))
    return rewriter.replace(op, rewriter.op("tfl.right_shift", [value, places], value.type))


@pattern("stablehlo.divide")
def guard_division(op: Operation, rewriter: Rewriter) -> bool:
    """Guard a division of integers by zero, which gives -1 in XLA and ends the run in LiteRT.

    Before:
        func.func @main(%x: tensor<2xi32>, %y: tensor<2xi32>) -> tensor<2xi32> {
          %0 = stablehlo.divide %x, %y : tensor<2xi32>
          return %0 : tensor<2xi32>
        }

    After:
        func.func @main(%x: tensor<2xi32>, %y: tensor<2xi32>) -> tensor<2xi32> {
          %c = stablehlo.constant dense<0> : tensor<2xi32>
          %0 = stablehlo.compare EQ, %y, %c : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
          %c_0 = stablehlo.constant dense<-1> : tensor<2xi32>
          %c_1 = stablehlo.constant dense<1> : tensor<2xi32>
          %1 = stablehlo.select %0, %c_1, %y : tensor<2xi1>, tensor<2xi32>
          %2 = stablehlo.divide %x, %1 : tensor<2xi32>
          %3 = stablehlo.select %0, %c_0, %2 : tensor<2xi1>, tensor<2xi32>
          return %3 : tensor<2xi32>
        }

    A divisor that is known not to be zero needs none.
    """
    value, divisor = op.operands
    if dtype_of(value) not in _SIGNED or _is_never_zero(divisor, rewriter):
        return False
    kind = value.type
    is_zero = compare(divisor, "EQ", rewriter.filled(divisor, 0), rewriter)
    safe = rewriter.op("stablehlo.select", [is_zero, rewriter.filled(divisor, 1), divisor], kind)
    quotient = rewriter.op("stablehlo.divide", [value, safe], kind)
    sides = [is_zero, rewriter.filled(value, -1), quotient]
    return rewriter.replace(op, rewriter.op("stablehlo.select", sides, kind))


def _is_never_zero(divisor: Value, rewriter: Rewriter) -> bool:
    """Tell whether these are constants other than zero, or zeros were replaced already."""
    known = rewriter.known_array(divisor)
    if known is not None:
        return bool(np.all(known))
    op = producer(divisor)
    if op is None or op.name != "stablehlo.select":
        return False
    condition, number, value = op.operands
    test = producer(condition)
    return (
        test is not None
        and test.name == "stablehlo.compare"
        and direction_of(test) == "EQ"
        and test.operands[0] == value
        and rewriter.splat(test.operands[1]) == 0
        and rewriter.splat(number) not in (None, 0)
    )


@pattern("stablehlo.divide")
def divide_in_float32(op: Operation, rewriter: Rewriter) -> bool:
    """Lower quotients of integers, which TensorFlow computes in float64, to those in float32.

    Before:
        func.func @main(%x: tensor<2xi32>) -> tensor<2xf64> {
          %three = stablehlo.constant dense<3.0> : tensor<2xf64>
          %0 = stablehlo.convert %x : (tensor<2xi32>) -> tensor<2xf64>
          %1 = stablehlo.divide %0, %three : tensor<2xf64>
          return %1 : tensor<2xf64>
        }

    After:
        func.func @main(%x: tensor<2xi32>) -> tensor<2xf64> {
          %0 = stablehlo.convert %x : (tensor<2xi32>) -> tensor<2xf32>
          %c = stablehlo.constant dense<3> : tensor<2xi32>
          %1 = stablehlo.convert %c : (tensor<2xi32>) -> tensor<2xf32>
          %2 = stablehlo.divide %0, %1 : tensor<2xf32>
          %3 = stablehlo.convert %2 : (tensor<2xf32>) -> tensor<2xf64>
          return %3 : tensor<2xf64>
        }
    """
    result = op.results[0]
    if dtype_of(result) != "float64":
        return False
    found = [_whole_numbers(operand, rewriter) for operand in op.operands]
    numbers = [number for number in found if number is not None]
    if len(numbers) < len(found):
        return False
    kind = tensor_type(shape_of(result), "float32")
    sides = [rewriter.op("stablehlo.convert", [number], kind) for number in numbers]
    quotient = rewriter.op("stablehlo.divide", sides, kind)
    return rewriter.replace(op, rewriter.op("stablehlo.convert", [quotient], result.type))


def _whole_numbers(value: Value, rewriter: Rewriter) -> Value | None:
    """The integers that a value was converted from, or the whole number that it is a splat of."""
    maker, number = producer(value), rewriter.splat(value)
    if number is not None and number.is_integer() and abs(number) <= _EXACT:
        return rewriter.splat_constant(np.int32(number), shape_of(value))
    if maker is None or maker.name != "stablehlo.convert":
        return None
    return maker.operands[0] if dtype_of(maker.operands[0]) in _SIGNED else None


@pattern("stablehlo.xor")
def differ(op: Operation, rewriter: Rewriter) -> bool:
    """Canonicalize an exclusive disjunction of booleans as a comparison.

    Before:
        func.func @main(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
          %0 = stablehlo.xor %a, %b : tensor<2xi1>
          return %0 : tensor<2xi1>
        }

    After:
        func.func @main(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
          %0 = stablehlo.compare NE, %a, %b : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
          return %0 : tensor<2xi1>
        }
    """
    if dtype_of(op.results[0]) != "bool":
        return False
    return rewriter.replace(op, compare(op.operands[0], "NE", op.operands[1], rewriter))


@pattern("stablehlo.and", "stablehlo.or")
def combine_bits(op: Operation, rewriter: Rewriter) -> bool:
    """Lower the bits that two integers share, or have together, to arithmetic.

    Before:
        func.func @main(%a: tensor<2xi32>, %b: tensor<2xi32>) -> tensor<2xi32> {
          %0 = stablehlo.and %a, %b : tensor<2xi32>
          return %0 : tensor<2xi32>
        }

    After:
        func.func @main(%a: tensor<2xi32>, %b: tensor<2xi32>) -> tensor<2xi32> {
          %c = stablehlo.constant dense<1> : tensor<2xi32>
          %0 = "tfl.right_shift"(%a, %c) : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
          %1 = "tfl.right_shift"(%b, %c) : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
          %2 = stablehlo.add %0, %1 : tensor<2xi32>
          %3 = "tfl.bitwise_xor"(%0, %1) : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
          %4 = stablehlo.subtract %2, %3 : tensor<2xi32>
          %5 = "tfl.right_shift"(%4, %c) : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
          %6 = stablehlo.add %5, %5 : tensor<2xi32>
          %7 = stablehlo.add %0, %0 : tensor<2xi32>
          %8 = stablehlo.subtract %a, %7 : tensor<2xi32>
          %9 = stablehlo.add %1, %1 : tensor<2xi32>
          %10 = stablehlo.subtract %b, %9 : tensor<2xi32>
          %11 = stablehlo.multiply %8, %10 : tensor<2xi32>
          %12 = stablehlo.add %6, %11 : tensor<2xi32>
          return %12 : tensor<2xi32>
        }

    With ``h = a >> 1`` and ``k = b >> 1``, the shared bits above the lowest are ``(h + k - (h xor
    k)) >> 1``; the lowest is the product of ``a - 2 h`` and ``b - 2 k``. What they have together is
    ``a + b`` less what they share.
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


def _shared_bits(left: Value, right: Value, rewriter: Rewriter) -> Value:
    kind = left.type

    def of(name: str, *operands: Value) -> Value:
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
def shift_by_multiplying(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a shift to the left by a known number to a multiplication.

    Before:
        func.func @main(%x: tensor<2xi32>) -> tensor<2xi32> {
          %three = stablehlo.constant dense<3> : tensor<2xi32>
          %0 = stablehlo.shift_left %x, %three : tensor<2xi32>
          return %0 : tensor<2xi32>
        }

    After:
        func.func @main(%x: tensor<2xi32>) -> tensor<2xi32> {
          %c = stablehlo.constant dense<8> : tensor<2xi32>
          %0 = stablehlo.multiply %x, %c : tensor<2xi32>
          return %0 : tensor<2xi32>
        }
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
