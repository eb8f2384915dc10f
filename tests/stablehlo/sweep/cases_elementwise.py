"""Cases of elementwise functions, of casts, and of small types."""

from __future__ import annotations

import functools
from typing import Any

from keras import layers, ops

import litert_ir as lir
from tests.stablehlo.sweep.case import ROUNDING, Case, each, layer, model, op
from tests.stablehlo.sweep.drawing import Drawn, between, flags, floats, integers

_ANY, _WIDE, _INT = floats(6), between(-9, 9, 6), integers(50, 6)
ROUNDING_IN = {
    "float16": lir.Tolerance(variation=0.0, scale=2e-3),
    "bfloat16": lir.Tolerance(variation=0.0, scale=2e-2),
}
"""Four units in the last place: the files compute in float32 what Keras rounds at each step."""
_POSITIVE, _UNIT = between(0.2, 3, 6), between(-0.9, 0.9, 6)


def _modulo(x: Any) -> Any:
    return ops.mod(x - 25, 7)


def _casts(source: Drawn, *dtypes: str) -> Case:
    functions = {dtype: functools.partial(ops.cast, dtype=dtype) for dtype in dtypes}
    return each(f"casts_from_{source.dtype}", functions, source)


def _through(dtype: str) -> Case:
    """A type in the middle of a model, which neither takes nor gives it."""
    return op(
        f"computing_in_{dtype}",
        lambda x: ops.cast(ops.cast(x, dtype) * 2, "float32"),
        between(0, 50, 6),
        tolerance=ROUNDING_IN.get(dtype, ROUNDING),
    )


def _policy(name: str, output: str = "float32") -> Case:
    """A layer that computes in another type than its weights', or its input's."""

    def build(x: Any) -> Any:
        return layers.Activation("linear", dtype=output)(layers.Dense(5, dtype=name)(x))

    dtype = name.removeprefix("mixed_")
    return model(f"policy_{name}_to_{output}", build, _ANY, tolerance=ROUNDING_IN[dtype])


def _non_finite(x: Any) -> Any:
    """NaN below -1, the infinities below 0 and above 1, and finite values."""
    return ops.sqrt(x + 1.0) + ops.log(ops.relu(x)) + 1.0 / ops.relu(1.0 - x)


def _of_non_finite(test: Any) -> Case:
    return op(f"ops_{test.__name__}", lambda x: test(_non_finite(x)), _ANY)


UNARY = (
    each("ops_rounding", (ops.ceil, ops.floor, ops.round, ops.trunc, ops.sign), _WIDE),
    each("ops_signs", (ops.abs, ops.fabs, ops.negative, ops.square, ops.reciprocal), _ANY),
    each("ops_trigonometry", (ops.sin, ops.cos, ops.tan, ops.sinc, ops.arctan), _ANY),
    each("ops_hyperbolic", (ops.sinh, ops.cosh, ops.tanh, ops.arcsinh), _ANY),
    each("ops_inverses", (ops.arccos, ops.arcsin, ops.arctanh), _UNIT),
    each("ops_exponentials", (ops.exp, ops.exp2, ops.expm1, ops.sigmoid), _ANY),
    each("ops_error_functions", (ops.erf, ops.erfc), _ANY),
    each("ops_logarithms", (ops.log, ops.log10, ops.log1p, ops.log2), _POSITIVE),
    each("ops_roots", (ops.sqrt, ops.rsqrt, ops.cbrt), _POSITIVE),
    each("ops_angles", (ops.deg2rad, ops.rad2deg), _ANY),
    each("ops_copies", (ops.copy, ops.stop_gradient, ops.real, ops.conj), _ANY),
    each("ops_without_imaginary_part", (ops.imag, ops.isreal), _ANY, telling=False),
    op("ops_angle", ops.angle, _ANY),
    op("ops_arccosh", ops.arccosh, between(1.1, 3, 6)),
    op("ops_i0", ops.i0, _ANY),
    op("ops_signbit", ops.signbit, _ANY),
    op("ops_erfinv", ops.erfinv, _UNIT),
    op("ops_round_decimals", lambda x: ops.round(x, 1), _ANY),
    op("ops_clip", lambda x: ops.clip(x, -0.5, 0.7), _ANY),
    op("ops_clip_integers", lambda x: ops.clip(x, 3, 20), _INT),
    op("ops_nan_to_num", lambda x: ops.nan_to_num(_non_finite(x), 0.5, 8.0, -8.0), _ANY),
    op("ops_saturate_cast", lambda x: ops.saturate_cast(x * 300, "uint8"), _ANY),
    op("ops_view", lambda x: ops.view(x, "int32"), _ANY),
)
BINARY = (
    each("ops_sums_and_products", (ops.add, ops.subtract, ops.multiply), _ANY, _ANY),
    each("ops_quotients", (ops.divide, ops.true_divide, ops.divide_no_nan), _ANY, _ANY),
    each("ops_remainders", (ops.floor_divide, ops.mod, ops.fmod), _ANY, _ANY),
    each("ops_extremes", (ops.maximum, ops.minimum, ops.fmax, ops.fmin), _ANY, _ANY),
    each("ops_distances", (ops.arctan2, ops.hypot, ops.logaddexp, ops.logaddexp2), _ANY, _ANY),
    op("ops_heaviside", ops.heaviside, _ANY, _ANY),
    op("ops_nextafter", ops.nextafter, _ANY, _ANY),
    op("ops_power", ops.power, _POSITIVE, _ANY),
    op("ops_power_of_three", lambda x: x**3, _ANY),
    op("ops_square_difference", lambda x, y: ops.square(x - y), _ANY, _ANY),
    op("ops_ldexp", ops.ldexp, _ANY, integers(4, 6)),
    op("ops_broadcast_add", ops.add, floats(4, 1), floats(1, 5)),
    op("ops_scalars", lambda x: 1.0 - (2.0 * x + 0.5) / 3.0, _ANY),
    op("ops_polar", lambda x, y: ops.real(ops.polar(x, y)), _POSITIVE, _ANY),
)
COMPARISONS = (
    each("ops_orders", (ops.greater, ops.greater_equal, ops.less, ops.less_equal), _ANY, _ANY),
    each("ops_equalities", (ops.equal, ops.not_equal), integers(3, 6), integers(3, 6)),
    op("ops_isclose", lambda x, y: ops.isclose(x, y, atol=0.5), _ANY, _ANY),
    op("ops_isin", lambda x: ops.isin(x, [1, 3, 5]), integers(8, 6)),
    *map(_of_non_finite, (ops.isfinite, ops.isnan, ops.isinf, ops.isposinf, ops.isneginf)),
    each("ops_logic", (ops.logical_and, ops.logical_or, ops.logical_xor), flags(6), flags(6)),
    op("ops_logical_not", ops.logical_not, flags(6)),
    op("ops_where", ops.where, flags(6), _ANY, _ANY),
    op("ops_where_broadcasts", lambda c, x: ops.where(c, x, -1.0), flags(4, 1), floats(1, 5)),
    op("ops_select", lambda x: ops.select([x > 1, x > 0], [x, x * 2], default=-1.0), _ANY),
)
INTEGERS = (
    each("integers_arithmetic", (ops.add, ops.subtract, ops.multiply), _INT, _INT),
    each("integers_remainders", {"floor_divide": lambda x: (x - 25) // 7, "mod": _modulo}, _INT),
    op("integers_maximum", ops.maximum, _INT, _INT),
    each("integers_others", {"abs": lambda x: ops.abs(x - 25), "power": lambda x: x**2}, _INT),
    op("integers_divide", lambda x: x / 7, _INT),
    op("integers_power", lambda x: x**2, _INT),
    op("integers_of_64_bits", lambda x, y: x * y + 1, *[integers(50, 6, dtype="int64")] * 2),
    op("integers_gcd", ops.gcd, _INT, _INT, batch=2),
    op("integers_lcm", ops.lcm, _INT, _INT, batch=2),
    op("ops_bitwise_and", ops.bitwise_and, _INT, _INT),
    op("ops_bitwise_or", ops.bitwise_or, _INT, _INT),
    op("ops_bitwise_xor", ops.bitwise_xor, _INT, _INT),
    op("ops_bitwise_not", ops.bitwise_not, _INT),
    op("ops_bitwise_left_shift", lambda x: ops.bitwise_left_shift(x, 2), _INT),
    op("ops_bitwise_right_shift", lambda x: ops.bitwise_right_shift(x, 2), _INT),
)
CASTS = (
    _casts(_INT, "float32", "int8", "uint8", "int16", "int64", "bool"),
    _casts(_ANY, "int32", "float16", "int64"),
    _casts(flags(6), "float32", "int32"),
    _casts(floats(6, dtype="float16"), "float32"),
    *map(_through, ("int8", "uint8", "int16", "uint16", "uint32", "int64", "float16", "bfloat16")),
    op("computing_in_float64", lambda x: ops.cast(ops.cast(x, "float64") * 2, "float32"), _ANY),
)
POLICIES = (
    *map(_policy, ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16")),
    _policy("mixed_float16", "float16"),
    _policy("mixed_bfloat16", "bfloat16"),
    layer(
        "policy_float16_of_float16",
        lambda: layers.Dense(5, dtype="float16"),
        floats(7, dtype="float16"),
        tolerance=ROUNDING_IN["float16"],
    ),
)
CASES = (*UNARY, *BINARY, *COMPARISONS, *INTEGERS, *CASTS, *POLICIES)
