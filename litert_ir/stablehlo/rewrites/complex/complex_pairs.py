"""Lower complex numbers to pairs of real ones: LiteRT's kernels take no others."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    CONSTANT_OP,
    attributes_of,
    dtype_of,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.canonicalize.constant_folding import compute
from litert_ir.stablehlo.rewrites.engine.formula import Formula
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

COMPLEX = "complex64"
PARTS = ("real", "imag")


@attrs.frozen
class Parts:
    """A complex value.

    Attributes:
        real: Its real part.
        imaginary: Its imaginary part; None where that is zero.
    """

    real: Value
    imaginary: Value | None

    @classmethod
    def of(cls, value: Value, rewriter: Rewriter) -> Parts | None:
        """Return a value's parts, if they are known; LiteRT has ops that split complex inputs."""
        op = producer(value)
        if dtype_of(value) != COMPLEX:
            return cls(value, None) if dtype_of(value) == "float32" else None
        if op is None:
            kind = tensor_type(shape_of(value), "float32")
            return cls(*(rewriter.op(f"stablehlo.{part}", [value], kind) for part in PARTS))
        if op.name == "stablehlo.complex":
            real, imaginary = op.operands
            return cls(real, None if rewriter.splat(imaginary) == 0.0 else imaginary)
        if op.name == "stablehlo.convert" and dtype_of(op.operands[0]) != COMPLEX:
            kind = tensor_type(shape_of(value), "float32")
            return cls(rewriter.op(op.name, op.operands, kind), None)
        if op.name == CONSTANT_OP:
            return cls._of_constant(value, rewriter)
        return None

    @classmethod
    def _of_constant(cls, value: Value, rewriter: Rewriter) -> Parts:
        kind = tensor_type(shape_of(value), "float32")
        parts = [rewriter.op(f"stablehlo.{part}", [value], kind) for part in PARTS]
        real, imaginary = map(compute, parts)
        return cls(
            rewriter.constant(real), rewriter.constant(imaginary) if imaginary.any() else None
        )

    def each(self, function: Callable[[Value], Value]) -> Parts:
        """Apply a function to each part."""
        imaginary = None if self.imaginary is None else function(self.imaginary)
        return Parts(function(self.real), imaginary)

    def joined(self, rewriter: Rewriter) -> Value:
        """The complex value, for patterns that need it whole."""
        imaginary = self.imaginary
        if imaginary is None:
            imaginary = rewriter.filled(self.real, 0.0)
        kind = tensor_type(shape_of(self.real), COMPLEX)
        return rewriter.op("stablehlo.complex", [self.real, imaginary], kind)


@pattern("stablehlo.real", "stablehlo.imag")
def take_part(op: Operation, rewriter: Rewriter) -> bool:
    """Fold the real or imaginary part of a complex number that is made of parts.

    Before:
        func.func @main(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.complex %a, %b : tensor<2xcomplex<f32>>
          %1 = stablehlo.imag %0 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    After:
        func.func @main(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
          return %b : tensor<2xf32>
        }
    """
    (value,) = op.operands
    maker = producer(value)
    if maker is None or maker.name != "stablehlo.complex":
        return False
    return rewriter.replace(op, maker.operands[PARTS.index(op.name.removeprefix("stablehlo."))])


_ON_EACH_PART = tuple(
    f"stablehlo.{name}"
    for name in (
        *("add", "broadcast_in_dim", "concatenate", "negate", "pad", "reshape", "reverse"),
        *("slice", "subtract", "transpose"),
    )
)


@pattern(*_ON_EACH_PART)
def lower_each_part(op: Operation, rewriter: Rewriter) -> bool:
    """Lower an operation on complex numbers to one on each part, where these do not mix.

    Before:
        func.func @main(%a: tensor<2x1xf32>, %b: tensor<2x1xf32>) -> tensor<1x2xcomplex<f32>> {
          %0 = stablehlo.complex %a, %b : tensor<2x1xcomplex<f32>>
          %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<2x1xcomplex<f32>>)
              -> tensor<1x2xcomplex<f32>>
          return %1 : tensor<1x2xcomplex<f32>>
        }

    After:
        func.func @main(%a: tensor<2x1xf32>, %b: tensor<2x1xf32>) -> tensor<1x2xcomplex<f32>> {
          %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<2x1xf32>) -> tensor<1x2xf32>
          %1 = stablehlo.transpose %b, dims = [1, 0] : (tensor<2x1xf32>) -> tensor<1x2xf32>
          %2 = stablehlo.complex %0, %1 : tensor<1x2xcomplex<f32>>
          return %2 : tensor<1x2xcomplex<f32>>
        }
    """
    result = op.results[0]
    if dtype_of(result) != COMPLEX:
        return False
    operands = [Parts.of(operand, rewriter) for operand in op.operands]
    known = [parts for parts in operands if parts is not None]
    if len(known) < len(operands):
        return False
    kind = tensor_type(shape_of(result), "float32")
    attributes = attributes_of(op)
    imaginary = None
    real = rewriter.op(op.name, [parts.real for parts in known], kind, attributes)
    if any(parts.imaginary is not None for parts in known):
        others = [
            rewriter.filled(parts.real, 0.0) if parts.imaginary is None else parts.imaginary
            for parts in known
        ]
        imaginary = rewriter.op(op.name, others, kind, attributes)
    return rewriter.replace(op, Parts(real, imaginary).joined(rewriter))


@pattern("stablehlo.multiply", "stablehlo.divide")
def multiply_parts(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a product of complex numbers, or a quotient by a real one, to their parts.

    Before:
        func.func @main(%a: tensor<2xf32>, %b: tensor<2xf32>, %c: tensor<2xf32>, %d: tensor<2xf32>)
            -> tensor<2xcomplex<f32>> {
          %0 = stablehlo.complex %a, %b : tensor<2xcomplex<f32>>
          %1 = stablehlo.complex %c, %d : tensor<2xcomplex<f32>>
          %2 = stablehlo.multiply %0, %1 : tensor<2xcomplex<f32>>
          return %2 : tensor<2xcomplex<f32>>
        }

    After:
        func.func @main(%a: tensor<2xf32>, %b: tensor<2xf32>, %c: tensor<2xf32>, %d: tensor<2xf32>)
            -> tensor<2xcomplex<f32>> {
          %0 = stablehlo.multiply %a, %c : tensor<2xf32>
          %1 = stablehlo.multiply %b, %d : tensor<2xf32>
          %2 = stablehlo.subtract %0, %1 : tensor<2xf32>
          %3 = stablehlo.multiply %a, %d : tensor<2xf32>
          %4 = stablehlo.multiply %b, %c : tensor<2xf32>
          %5 = stablehlo.add %3, %4 : tensor<2xf32>
          %6 = stablehlo.complex %2, %5 : tensor<2xcomplex<f32>>
          return %6 : tensor<2xcomplex<f32>>
        }
    """
    if dtype_of(op.results[0]) != COMPLEX:
        return False
    left, right = (Parts.of(operand, rewriter) for operand in op.operands)
    if left is None or right is None:
        return False
    if op.name == "stablehlo.multiply":
        return rewriter.replace(op, multiplied(left, right, rewriter).joined(rewriter))
    if right.imaginary is not None:
        return False
    quotient = left.each(lambda part: rewriter.op(op.name, [part, right.real], part.type))
    return rewriter.replace(op, quotient.joined(rewriter))


def multiplied(left: Parts, right: Parts, rewriter: Rewriter) -> Parts:
    """The product of two complex numbers, whose shapes broadcast as numpy's do."""
    first, third = Formula(left.real, rewriter), Formula(right.real, rewriter)
    if left.imaginary is None or right.imaginary is None:
        scale, other = (first, right) if left.imaginary is None else (third, left)
        return other.each(lambda part: (Formula(part, rewriter) * scale).value)
    second, fourth = Formula(left.imaginary, rewriter), Formula(right.imaginary, rewriter)
    real, imaginary = first * third - second * fourth, first * fourth + second * third
    return Parts(real.value, imaginary.value)


@pattern("stablehlo.abs")
def measure_complex(op: Operation, rewriter: Rewriter) -> bool:
    """Lower the absolute value of a complex number to the root of its parts' squares.

    Before:
        func.func @main(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.complex %a, %b : tensor<2xcomplex<f32>>
          %1 = stablehlo.abs %0 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    After:
        func.func @main(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.multiply %a, %a : tensor<2xf32>
          %1 = stablehlo.multiply %b, %b : tensor<2xf32>
          %2 = stablehlo.add %0, %1 : tensor<2xf32>
          %3 = stablehlo.sqrt %2 : tensor<2xf32>
          return %3 : tensor<2xf32>
        }
    """
    (value,) = op.operands
    parts = Parts.of(value, rewriter) if dtype_of(value) == COMPLEX else None
    if parts is None:
        return False
    real = Formula(parts.real, rewriter)
    if parts.imaginary is None:
        return rewriter.replace(op, real.apply("abs").value)
    imaginary = Formula(parts.imaginary, rewriter)
    size = (real * real + imaginary * imaginary).apply("sqrt")
    return rewriter.replace(op, size.value)
