"""Cases of elementwise functions, of casts, and of small types."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from tests.conversion.stablehlo.sweep.case import Case, layer, op
from tests.conversion.stablehlo.sweep.drawing import Drawn, between, flags, floats, integers

_ANY, _POSITIVE, _UNIT, _INT = floats(6), between(0.2, 3, 6), between(-0.9, 0.9, 6), integers(50, 6)


def _unary(given: Drawn, *functions: Any) -> list[Case]:
    return [op(f"ops_{function.__name__}", function, given) for function in functions]


def _binary(given: Drawn, *functions: Any) -> list[Case]:
    return [op(f"ops_{function.__name__}", function, given, given) for function in functions]


def _cast(source: Drawn, dtype: str) -> Case:
    return op(f"cast_{source.dtype}_to_{dtype}", lambda x: ops.cast(x, dtype), source)


def _through(dtype: str) -> Case:
    """A type in the middle of a model, as its files have it nowhere else."""
    return op(
        f"computing_in_{dtype}",
        lambda x: ops.cast(ops.cast(x, dtype) * 2, "float32"),
        between(0, 50, 6),
    )


def _policy(name: str, given: Drawn = _ANY) -> Case:
    return layer(f"policy_{name}_of_{given.dtype}", lambda: layers.Dense(5, dtype=name), given)


def _non_finite(x: Any) -> Any:
    """NaN below -1, the infinities below 0 and above 1, and finite values."""
    return ops.sqrt(x + 1.0) + ops.log(ops.relu(x)) + 1.0 / ops.relu(1.0 - x)


UNARY = (
    *_unary(_ANY, ops.abs, ops.arctan, ops.arcsinh, ops.cbrt, ops.ceil, ops.cos, ops.cosh),
    *_unary(_ANY, ops.deg2rad, ops.rad2deg, ops.erf, ops.erfc, ops.exp, ops.exp2, ops.expm1),
    *_unary(_ANY, ops.fabs, ops.floor, ops.i0, ops.negative, ops.reciprocal, ops.round, ops.sign),
    *_unary(_ANY, ops.signbit, ops.sin, ops.sinc, ops.sinh, ops.square, ops.tan, ops.trunc),
    *_unary(_ANY, ops.stop_gradient, ops.real, ops.imag, ops.conj, ops.angle, ops.isreal),
    *_unary(_POSITIVE, ops.log, ops.log10, ops.log1p, ops.log2, ops.rsqrt, ops.sqrt),
    *_unary(_UNIT, ops.arccos, ops.arcsin, ops.arctanh, ops.erfinv),
    op("ops_arccosh", ops.arccosh, between(1.1, 3, 6)),
    op("ops_round_decimals", lambda x: ops.round(x, 1), _ANY),
    op("ops_clip", lambda x: ops.clip(x, -0.5, 0.7), _ANY),
    op("ops_clip_integers", lambda x: ops.clip(x, 3, 20), _INT),
    op("ops_nan_to_num", lambda x: ops.nan_to_num(_non_finite(x), 0.5, 8.0, -8.0), _ANY),
    op("ops_saturate_cast", lambda x: ops.saturate_cast(x * 300, "uint8"), _ANY),
    op("ops_view", lambda x: ops.view(x, "int32"), _ANY),
)
BINARY = (
    *_binary(_ANY, ops.add, ops.subtract, ops.multiply, ops.divide, ops.maximum, ops.minimum),
    *_binary(_ANY, ops.arctan2, ops.floor_divide, ops.mod, ops.fmod, ops.logaddexp, ops.hypot),
    *_binary(_ANY, ops.logaddexp2, ops.divide_no_nan, ops.fmax, ops.fmin, ops.heaviside),
    *_binary(_ANY, ops.nextafter, ops.true_divide),
    *_binary(_POSITIVE, ops.power),
    op("ops_power_of_three", lambda x: x**3, _ANY),
    op("ops_square_difference", lambda x, y: ops.square(x - y), _ANY, _ANY),
    op("ops_ldexp", ops.ldexp, _ANY, integers(4, 6)),
    op("ops_broadcast_add", ops.add, floats(4, 1), floats(1, 5)),
    op("ops_scalars", lambda x: 1.0 - (2.0 * x + 0.5) / 3.0, _ANY),
    op("ops_polar", lambda x, y: ops.real(ops.polar(x, y)), _POSITIVE, _ANY),
)
COMPARISONS = (
    *_binary(_ANY, ops.greater, ops.greater_equal, ops.less, ops.less_equal),
    op("ops_equal", ops.equal, integers(3, 6), integers(3, 6)),
    op("ops_not_equal", ops.not_equal, integers(3, 6), integers(3, 6)),
    op("ops_isclose", lambda x, y: ops.isclose(x, y, atol=0.5), _ANY, _ANY),
    op("ops_isin", lambda x: ops.isin(x, [1, 3, 5]), integers(8, 6)),
    *(
        op(f"ops_{test.__name__}", lambda x, test=test: test(_non_finite(x)), _ANY)
        for test in (ops.isfinite, ops.isinf, ops.isnan, ops.isposinf, ops.isneginf)
    ),
    *_binary(flags(6), ops.logical_and, ops.logical_or, ops.logical_xor),
    op("ops_logical_not", ops.logical_not, flags(6)),
    op("ops_where", ops.where, flags(6), _ANY, _ANY),
    op("ops_where_broadcasts", lambda c, x: ops.where(c, x, -1.0), flags(4, 1), floats(1, 5)),
    op("ops_select", lambda x: ops.select([x > 1, x > 0], [x, x * 2], default=-1.0), _ANY),
)
INTEGERS = (
    op("integers_add", ops.add, _INT, _INT),
    op("integers_multiply", ops.multiply, _INT, _INT),
    op("integers_subtract", ops.subtract, _INT, _INT),
    op("integers_floor_divide", lambda x: ops.floor_divide(x - 25, 7), _INT),
    op("integers_mod", lambda x: ops.mod(x - 25, 7), _INT),
    op("integers_maximum", ops.maximum, _INT, _INT),
    op("integers_abs", lambda x: ops.abs(x - 25), _INT),
    op("integers_sum", lambda x: ops.sum(x, axis=1), _INT),
    op("integers_divide", lambda x: x / 7, _INT),
    op("integers_power", lambda x: x**2, _INT),
    op("integers_of_64_bits", lambda x, y: x * y + 1, *[integers(50, 6, dtype="int64")] * 2),
    op("integers_gcd", ops.gcd, _INT, _INT, batch=2),
    op("integers_lcm", ops.lcm, _INT, _INT, batch=2),
    *_binary(_INT, ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor),
    op("ops_bitwise_not", ops.bitwise_not, _INT),
    op("ops_bitwise_left_shift", lambda x: ops.bitwise_left_shift(x, 2), _INT),
    op("ops_bitwise_right_shift", lambda x: ops.bitwise_right_shift(x, 2), _INT),
)
CASTS = (
    *(_cast(_INT, dtype) for dtype in ("float32", "int8", "uint8", "int16", "int64", "bool")),
    *(_cast(_ANY, dtype) for dtype in ("int32", "float16", "int64")),
    _cast(flags(6), "float32"),
    _cast(flags(6), "int32"),
    _cast(floats(6, dtype="float16"), "float32"),
    *map(_through, ("int8", "uint8", "int16", "uint16", "uint32", "int64", "float16", "bfloat16")),
    op("computing_in_float64", lambda x: ops.cast(ops.cast(x, "float64") * 2, "float32"), _ANY),
)
POLICIES = (
    _policy("mixed_float16"),
    _policy("mixed_bfloat16"),
    _policy("bfloat16"),
    _policy("float16"),
    _policy("float16", floats(7, dtype="float16")),
)
CASES = (*UNARY, *BINARY, *COMPARISONS, *INTEGERS, *CASTS, *POLICIES)
