"""Lower functions without a LiteRT kernel to polynomials, or to arithmetic on bits."""

from __future__ import annotations

from numpy.polynomial import chebyshev

from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.mlir.values import dtype_of
from litert_ir.stablehlo.rewrites.engine.formula import Formula
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_BESSEL_UP_TO_8 = (
    *(3.38397637e-1, -3.04682672e-1, 1.71620902e-1, -9.49010970e-2, 4.93052842e-2),
    *(-2.37374148e-2, 1.05464604e-2, -4.32431000e-3, 1.63947562e-3, -5.76375575e-4),
    *(1.88502885e-4, -5.75419501e-5, 1.64484481e-5, -4.41673836e-6, 1.11738754e-6),
    *(-2.67079385e-7, 6.04699502e-8, -1.30002501e-8),
)
_BESSEL_FROM_8 = (
    *(4.02245206e-1, 3.36911648e-3, 6.88975835e-5, 2.89137052e-6),
    *(2.04891859e-7, 2.26666899e-8, 3.39623203e-9),
)
"""Of Chebyshev's polynomials, from Cephes' ``i0ef``: those of exp(-x) I0(x) at x / 4 - 1, and
those of sqrt(x) exp(-x) I0(x) at 16 / x - 1."""

_LEAST = -(1 << 31)


@pattern("tf.BesselI0")
def bessel_i0(op: Operation, rewriter: Rewriter) -> bool:
    """Lower the modified Bessel function of order 0 to a polynomial on either side of 8.

    Before:
        func.func @main(%x: tensor<f32>) -> tensor<f32> {
          %0 = stablehlo.custom_call @tf.BesselI0(%x) : (tensor<f32>) -> tensor<f32>
          return %0 : tensor<f32>
        }

    After:
        func.func @main(%x: tensor<f32>) -> tensor<f32> {
          %0 = stablehlo.abs %x : tensor<f32>
          %1 = stablehlo.exponential %0 : tensor<f32>
          %cst = stablehlo.constant dense<8.000000e+00> : tensor<f32>
          %2 = stablehlo.compare LE, %0, %cst : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %cst_0 = stablehlo.constant dense<2.500000e-01> : tensor<f32>
          %3 = stablehlo.multiply %0, %cst_0 : tensor<f32>
          %cst_1 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
          %4 = stablehlo.subtract %3, %cst_1 : tensor<f32>
          %cst_2 = stablehlo.constant dense<-8.51984368E-4> : tensor<f32>
          %5 = stablehlo.multiply %4, %cst_2 : tensor<f32>
          %cst_3 = stablehlo.constant dense<0.00198147935> : tensor<f32>
          %6 = stablehlo.add %5, %cst_3 : tensor<f32>
          %7 = stablehlo.multiply %6, %4 : tensor<f32>
          %cst_4 = stablehlo.constant dense<-7.548950e-04> : tensor<f32>
          %8 = stablehlo.add %7, %cst_4 : tensor<f32>
          %9 = stablehlo.multiply %8, %4 : tensor<f32>
          %cst_5 = stablehlo.constant dense<0.00122772146> : tensor<f32>
          %10 = stablehlo.add %9, %cst_5 : tensor<f32>
          %11 = stablehlo.multiply %10, %4 : tensor<f32>
          %cst_6 = stablehlo.constant dense<-0.0080182366> : tensor<f32>
          %12 = stablehlo.add %11, %cst_6 : tensor<f32>
          %13 = stablehlo.multiply %12, %4 : tensor<f32>
          %cst_7 = stablehlo.constant dense<0.0145283015> : tensor<f32>
          %14 = stablehlo.add %13, %cst_7 : tensor<f32>
          %15 = stablehlo.multiply %14, %4 : tensor<f32>
          %cst_8 = stablehlo.constant dense<-0.0188573543> : tensor<f32>
          %16 = stablehlo.add %15, %cst_8 : tensor<f32>
          %17 = stablehlo.multiply %16, %4 : tensor<f32>
          %cst_9 = stablehlo.constant dense<0.0286079627> : tensor<f32>
          %18 = stablehlo.add %17, %cst_9 : tensor<f32>
          %19 = stablehlo.multiply %18, %4 : tensor<f32>
          %cst_10 = stablehlo.constant dense<-0.0433178917> : tensor<f32>
          %20 = stablehlo.add %19, %cst_10 : tensor<f32>
          %21 = stablehlo.multiply %20, %4 : tensor<f32>
          %cst_11 = stablehlo.constant dense<0.0573339835> : tensor<f32>
          %22 = stablehlo.add %21, %cst_11 : tensor<f32>
          %23 = stablehlo.multiply %22, %4 : tensor<f32>
          %cst_12 = stablehlo.constant dense<-0.0694632903> : tensor<f32>
          %24 = stablehlo.add %23, %cst_12 : tensor<f32>
          %25 = stablehlo.multiply %24, %4 : tensor<f32>
          %cst_13 = stablehlo.constant dense<0.0791650041> : tensor<f32>
          %26 = stablehlo.add %25, %cst_13 : tensor<f32>
          %27 = stablehlo.multiply %26, %4 : tensor<f32>
          %cst_14 = stablehlo.constant dense<-0.0849732458> : tensor<f32>
          %28 = stablehlo.add %27, %cst_14 : tensor<f32>
          %29 = stablehlo.multiply %28, %4 : tensor<f32>
          %cst_15 = stablehlo.constant dense<0.0873542949> : tensor<f32>
          %30 = stablehlo.add %29, %cst_15 : tensor<f32>
          %31 = stablehlo.multiply %30, %4 : tensor<f32>
          %cst_16 = stablehlo.constant dense<-0.0890428721> : tensor<f32>
          %32 = stablehlo.add %31, %cst_16 : tensor<f32>
          %33 = stablehlo.multiply %32, %4 : tensor<f32>
          %cst_17 = stablehlo.constant dense<0.0945152193> : tensor<f32>
          %34 = stablehlo.add %33, %cst_17 : tensor<f32>
          %35 = stablehlo.multiply %34, %4 : tensor<f32>
          %cst_18 = stablehlo.constant dense<-0.113004334> : tensor<f32>
          %36 = stablehlo.add %35, %cst_18 : tensor<f32>
          %37 = stablehlo.multiply %36, %4 : tensor<f32>
          %cst_19 = stablehlo.constant dense<0.207001925> : tensor<f32>
          %38 = stablehlo.add %37, %cst_19 : tensor<f32>
          %cst_20 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
          %39 = stablehlo.divide %cst_20, %0 : tensor<f32>
          %cst_21 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
          %40 = stablehlo.subtract %39, %cst_21 : tensor<f32>
          %cst_22 = stablehlo.constant dense<1.08679423E-7> : tensor<f32>
          %41 = stablehlo.multiply %40, %cst_22 : tensor<f32>
          %cst_23 = stablehlo.constant dense<3.62667038E-7> : tensor<f32>
          %42 = stablehlo.add %41, %cst_23 : tensor<f32>
          %43 = stablehlo.multiply %42, %40 : tensor<f32>
          %cst_24 = stablehlo.constant dense<1.4761157E-6> : tensor<f32>
          %44 = stablehlo.add %43, %cst_24 : tensor<f32>
          %45 = stablehlo.multiply %44, %40 : tensor<f32>
          %cst_25 = stablehlo.constant dense<1.11121481E-5> : tensor<f32>
          %46 = stablehlo.add %45, %cst_25 : tensor<f32>
          %47 = stablehlo.multiply %46, %40 : tensor<f32>
          %cst_26 = stablehlo.constant dense<1.36217161E-4> : tensor<f32>
          %48 = stablehlo.add %47, %cst_26 : tensor<f32>
          %49 = stablehlo.multiply %48, %40 : tensor<f32>
          %cst_27 = stablehlo.constant dense<0.00336055574> : tensor<f32>
          %50 = stablehlo.add %49, %cst_27 : tensor<f32>
          %51 = stablehlo.multiply %50, %40 : tensor<f32>
          %cst_28 = stablehlo.constant dense<0.402176499> : tensor<f32>
          %52 = stablehlo.add %51, %cst_28 : tensor<f32>
          %53 = stablehlo.rsqrt %0 : tensor<f32>
          %54 = stablehlo.multiply %52, %53 : tensor<f32>
          %55 = stablehlo.select %2, %38, %54 : tensor<i1>, tensor<f32>
          %56 = stablehlo.multiply %1, %55 : tensor<f32>
          return %56 : tensor<f32>
        }

    It is ``exp(|x|)`` times a polynomial of ``|x| / 4 - 1``, or one of ``16 / |x| - 1`` over
    ``sqrt(|x|)``.
    """
    size = Formula(op.operands[0], rewriter).apply("abs")
    below = (size * 0.25 - 1.0).polynomial(chebyshev.cheb2poly(_BESSEL_UP_TO_8).tolist())
    above = (16.0 / size - 1.0).polynomial(chebyshev.cheb2poly(_BESSEL_FROM_8).tolist())
    scaled = size.compare("LE", 8.0).select(below, above * size.apply("rsqrt"))
    return rewriter.replace(op, (size.apply("exponential") * scaled).value)


@pattern("chlo.next_after")
def step_to_next(op: Operation, rewriter: Rewriter) -> bool:
    """Lower the next number towards another one to that of the next integer, by their bits.

    Before:
        func.func @main(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
          %0 = chlo.next_after %x, %y : tensor<f32>, tensor<f32> -> tensor<f32>
          return %0 : tensor<f32>
        }

    After:
        func.func @main(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
          %0 = stablehlo.compare EQ, %x, %x : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %1 = stablehlo.compare EQ, %y, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %2 = stablehlo.and %0, %1 : tensor<i1>
          %3 = "tfl.bitcast"(%x) : (tensor<f32>) -> tensor<i32>
          %c = stablehlo.constant dense<0> : tensor<i32>
          %4 = stablehlo.compare LT, %3, %c : (tensor<i32>, tensor<i32>) -> tensor<i1>
          %c_0 = stablehlo.constant dense<-2147483648> : tensor<i32>
          %5 = stablehlo.subtract %c_0, %3 : tensor<i32>
          %6 = stablehlo.select %4, %5, %3 : tensor<i1>, tensor<i32>
          %7 = stablehlo.compare LT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %8 = stablehlo.convert %7 : (tensor<i1>) -> tensor<i32>
          %9 = stablehlo.compare GT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %10 = stablehlo.convert %9 : (tensor<i1>) -> tensor<i32>
          %11 = stablehlo.subtract %8, %10 : tensor<i32>
          %12 = stablehlo.add %6, %11 : tensor<i32>
          %c_1 = stablehlo.constant dense<0> : tensor<i32>
          %13 = stablehlo.compare LT, %12, %c_1 : (tensor<i32>, tensor<i32>) -> tensor<i1>
          %c_2 = stablehlo.constant dense<-2147483648> : tensor<i32>
          %14 = stablehlo.subtract %c_2, %12 : tensor<i32>
          %15 = stablehlo.select %13, %14, %12 : tensor<i1>, tensor<i32>
          %16 = "tfl.bitcast"(%15) : (tensor<i32>) -> tensor<f32>
          %17 = stablehlo.add %x, %y : tensor<f32>
          %18 = stablehlo.select %2, %16, %17 : tensor<i1>, tensor<f32>
          return %18 : tensor<f32>
        }

    The bits of negative numbers are reversed so that they rise as the numbers do.
    """
    start, goal = (Formula(operand, rewriter) for operand in op.operands)
    if dtype_of(start.value) != "float32":
        return False
    bits = _turned(start.bitcast("int32"))
    up, down = start.compare("LT", goal), start.compare("GT", goal)
    step = up.convert("int32") - down.convert("int32")
    following = _turned(bits + step).bitcast("float32")
    numbers = start.compare("EQ", start) & goal.compare("EQ", goal)
    return rewriter.replace(op, numbers.select(following, start + goal).value)


def _turned(bits: Formula) -> Formula:
    """Map the bits of floats to integers of the same order, and back."""
    return bits.compare("LT", 0).select(_LEAST - bits, bits)
