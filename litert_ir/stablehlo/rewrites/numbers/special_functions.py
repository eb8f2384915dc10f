"""Functions that LiteRT has not, as polynomials, or by the bits of numbers."""

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
    """The modified Bessel function of order 0 is a polynomial on either side of 8.

    Before: ``stablehlo.custom_call @tf.BesselI0(%x)``
    After: ``exp(|x|)`` times a polynomial of ``|x| / 4 - 1`` or one of ``16 / |x| - 1`` over
    ``sqrt(|x|)``.
    """
    size = Formula(op.operands[0], rewriter).apply("abs")
    below = (size * 0.25 - 1.0).polynomial(chebyshev.cheb2poly(_BESSEL_UP_TO_8).tolist())
    above = (16.0 / size - 1.0).polynomial(chebyshev.cheb2poly(_BESSEL_FROM_8).tolist())
    scaled = size.compare("LE", 8.0).select(below, above * size.apply("rsqrt"))
    return rewriter.replace(op, (size.apply("exponential") * scaled).value)


@pattern("chlo.next_after")
def step_to_next(op: Operation, rewriter: Rewriter) -> bool:
    """The next number towards another one is that of the next integer, by their bits.

    Before: ``chlo.next_after %x, %y``
    After: ``"tfl.bitcast" %x`` to integers, negative ones turned around so that they rise as the
    numbers do, one more or one less, and all of it back.
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
    """The bits of numbers in the numbers' order; and back."""
    return bits.compare("LT", 0).select(_LEAST - bits, bits)
