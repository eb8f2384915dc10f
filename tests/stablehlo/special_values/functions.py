"""Elementwise functions of Keras, and the special values at which files have to be right.

Numbers beyond 1e18 are tested in `test_limits`. Subnormal numbers are left out: TensorFlow takes
them for zero, and so do some of XNNPACK's kernels and of a processor's modes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import keras
import numpy as np
from keras import activations, layers, ops
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]
Functions = Mapping[str, Function]

NAN, INF = np.nan, np.inf
_SIZES = (
    *(1e-37, 1e-30, 1e-7, 0.1, 0.5, 0.9, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 6.0, 9.0, 20.0, 50.0),
    *(88.0, 89.0, 104.0, 1e4, 1e6, 2147483648.0, 1e10, 1e18),
)
"""Halves, which are rounded to even numbers, and where exponentials overflow, among others."""

FLOATS = np.array([0.0, INF, NAN, NAN, *_SIZES, -0.0, -INF, 8.0, -8.0, *(-s for s in _SIZES)], "f")
FEW_FLOATS = np.array(
    [
        *(0.0, -0.0, INF, -INF, NAN, 2e-38, 1e-30, 0.5, -0.5, 1.0, -1.0, 1.5, 2.0, -2.0),
        *(2.5, -2.5, 3.0, -3.0, 7.0, -7.0, 100.0, -100.0, 1e10, -1e10),
    ],
    "f",
)
_EXTREMES = (2**31 - 1, -(2**31), -(2**31) + 1, 2**30, 16777217, -16777217, 46341)
INTEGERS = np.array([1, -1, 2, -2, 3, -3, 5, -7, 7, 8, 100, -100, 0, *_EXTREMES], np.int32)
ROWS = np.array(
    [
        *([0, 0, 0, 0], [3, 4, 0, 0], [-0.0, 0, -0.0, 0], [1, 1, 1, 1], [INF, 1, 2, 3]),
        *([-INF, 1, 2, 3], [-INF] * 4, [INF] * 4, [NAN, 1, 2, 3], [NAN] * 4, [1, INF, -INF, 0]),
        *([1e18, -1e18, 0, 0], [1e-30, 0, 0, 0], [1e-20] * 4, [1e-7, 0, 0, 0]),
        *([1e4, -1e4, 0, 0], [-1, -2, -3, -4], [-1e-3] * 4),
    ],
    "f",
)


def pairs(values: Array) -> tuple[Array, Array]:
    """Every value with every other one."""
    left, right = np.meshgrid(values, values)
    return left.ravel(), right.ravel()


def _named(module: Any, names: str) -> dict[str, Function]:
    return {name: getattr(module, name) for name in names.split()}


def _power(exponent: float) -> Function:
    return lambda x: x**exponent


def _exponential(base: float) -> Function:
    return functools.partial(ops.power, base)


_relu = activations.relu
ROUNDINGS = _named(ops, "ceil clip floor round sign trunc") | {
    "clip": lambda x: ops.clip(x, -1.5, 2.0),
    "clip_to_one": lambda x: ops.clip(x, 0.0, 1.0),
    "clip_above": lambda x: ops.clip(x, -np.inf, 1.0),
    "round_decimals": lambda x: ops.round(x, 1),
    "discretization": layers.Discretization(bin_boundaries=[-1.0, 0.0, 0.5, 2.0]),
    "floor_divide": lambda x: ops.floor_divide(x, 3.0),
    "floor_divide_number": lambda x: ops.floor_divide(3.0, x),
    "mod": lambda x: ops.mod(x, 3.0),
    "mod_negative": lambda x: ops.mod(x, -3.0),
    "fmod": lambda x: ops.fmod(x, 3.0),
}
POWERS = {
    **_named(ops, "cbrt reciprocal rsqrt sqrt square"),
    **{f"power_{exponent:.3g}": _power(exponent) for exponent in (-3.0, -2.0, -1.5, -1.0, -0.25)},
    **{f"power_{exponent:.3g}": _power(exponent) for exponent in (-0.5, 0.0, 0.25, 0.5, 1.0, 1.5)},
    **{f"power_{exponent:.3g}": _power(exponent) for exponent in (1 / 3, 2.5, 3.0, 4.0, 5, 7, 12)},
    **{f"exponential_{base:.3g}": _exponential(base) for base in (0.0, 0.5, 1.0, 2.0, 10.0, INF)},
    "reciprocal_of_sqrt": lambda x: 1 / ops.sqrt(x),
    "multiple_of_rsqrt": lambda x: 2.0 * ops.rsqrt(x),
    "over_sqrt": lambda x: x / ops.sqrt(ops.abs(x)),
    "rsqrt_of_square": lambda x: ops.rsqrt(ops.square(x)),
    "rsqrt_of_abs": lambda x: ops.rsqrt(ops.abs(x)),
    "rsqrt_of_exp": lambda x: ops.rsqrt(ops.exp(x)),
    "rsqrt_of_sigmoid": lambda x: ops.rsqrt(ops.sigmoid(x)),
    "bounded_rsqrt": lambda x: ops.minimum(ops.rsqrt(x), 100.0),
    "bounded_rsqrt_of_square": lambda x: ops.minimum(ops.rsqrt(ops.square(x)), 100.0),
    "rsqrt_twice": lambda x: ops.rsqrt(x) * ops.rsqrt(x) + ops.rsqrt(x),
    "divide_by_zero": lambda x: x / 0.0,
    "zero_divided": lambda x: 0.0 / x,
    "divide_no_nan": lambda x: ops.divide_no_nan(1.0, x),
}
TRANSCENDENTAL = {
    **_named(ops, "angle arccos arccosh arcsin arcsinh arctan arctanh cos cosh deg2rad erf"),
    **_named(ops, "erfc erfinv exp exp2 expm1 i0 log log10 log1p log2 rad2deg sin sinc sinh tan"),
    "logit": lambda x: ops.log(x / (1 - x)),
    "entropy": lambda x: x * ops.log(x),
    "log_of_one_more": lambda x: ops.log(1 + ops.exp(x)),
    "exp_less_one": lambda x: ops.exp(x) - 1,
    "exp_of_log": lambda x: ops.exp(ops.log(x)),
    "exp_of_negative": lambda x: ops.exp(-x),
}
ACTIVATIONS = {
    **_named(ops, "celu elu gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu relu"),
    **_named(ops, "log_sigmoid relu6 selu sigmoid silu soft_shrink softplus softsign"),
    **_named(ops, "sparse_plus sparse_sigmoid squareplus tanh tanh_shrink"),
    "exponential": activations.exponential,
    "mish": activations.mish,
    "gelu_exact": lambda x: ops.gelu(x, approximate=False),
    "threshold": lambda x: ops.threshold(x, 0.5, -7.0),
    "elu_half": lambda x: ops.elu(x, 0.5),
    "celu_half": lambda x: ops.celu(x, 0.5),
    "relu_below_three": lambda x: _relu(x, max_value=3.0),
    "relu_from_one": lambda x: _relu(x, threshold=1.0),
    "relu_from_minus_one": lambda x: _relu(x, threshold=-1.0),
    "relu_of_all_options": lambda x: _relu(x, negative_slope=0.2, max_value=3.0, threshold=1.0),
    "relu_layer": layers.ReLU(max_value=6.0, negative_slope=0.1, threshold=0.5),
    "leaky_relu_layer": layers.LeakyReLU(0.3),
    "elu_layer": layers.ELU(0.5),
    "prelu_layer": layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25)),
    "rescaling_layer": layers.Rescaling(2.0, offset=-1.0),
}
TESTS = {
    **_named(ops, "abs isfinite isinf isnan isneginf isposinf isreal logical_not nan_to_num"),
    **_named(ops, "imag negative real signbit"),
    "nan_to_numbers": lambda x: ops.nan_to_num(x, 1.0, 2.0, 3.0),
    "where": lambda x: ops.where(x > 0, ops.log(x), x),
    "heaviside": lambda x: ops.heaviside(x, 0.5),
    "isclose_to_infinity": lambda x: ops.isclose(x, float("inf")),
    "cast_to_bool": lambda x: ops.cast(x, "bool"),
    "less_itself": lambda x: x - x,
    "over_itself": lambda x: x / x,
    "times_zero": lambda x: x * 0.0,
}
BINARY = {
    **_named(ops, "add subtract multiply divide divide_no_nan floor_divide mod fmod arctan2"),
    **_named(ops, "maximum minimum fmax fmin hypot logaddexp logaddexp2 heaviside power"),
    **_named(ops, "greater greater_equal less less_equal equal not_equal isclose"),
    **_named(ops, "logical_and logical_or logical_xor"),
    "square_of_difference": lambda x, y: ops.square(x - y),
    "where": lambda x, y: ops.where(x > y, x, y),
    "over_sqrt": lambda x, y: x / ops.sqrt(y),
    "times_rsqrt": lambda x, y: x * ops.rsqrt(y),
    "times_power": lambda x, y: x * y**-0.5,
    "equal_nan": lambda x, y: ops.isclose(x, y, equal_nan=True),
    "maximum_of_exp": lambda x, y: ops.maximum(ops.exp(x), ops.cast(ops.isnan(y), "float32")),
}
OF_INTEGERS = {
    **_named(ops, "abs bitwise_not ceil exp floor log negative relu round sign signbit sqrt"),
    **_named(ops, "square tanh trunc"),
    "floor_divide": lambda x: x // 3,
    "floor_divide_negative": lambda x: x // -3,
    "mod": lambda x: x % 3,
    "mod_negative": lambda x: x % -3,
    "fmod": lambda x: ops.fmod(x, 3),
    "fmod_negative": lambda x: ops.fmod(x, -3),
    "divide": lambda x: x / 3,
    "divide_negative": lambda x: x / -7,
    "square_by_power": lambda x: x**2,
    "cube": lambda x: x**3,
    "times_three": lambda x: x * 3,
    "clip": lambda x: ops.clip(x, -3, 100),
    "left_shift": lambda x: ops.left_shift(x, 3),
    "right_shift": lambda x: ops.right_shift(x, 3),
    "rescaling_layer": layers.Rescaling(0.5),
    **{
        f"cast_to_{dtype}": functools.partial(ops.cast, dtype=dtype)
        for dtype in ("float32", "int8", "uint8", "int16", "bool")
    },
    "saturate_cast": lambda x: ops.saturate_cast(x, "int8"),
}
OF_TWO_INTEGERS = {
    **_named(ops, "add subtract multiply divide maximum minimum floor_divide mod fmod"),
    **_named(ops, "greater less equal not_equal bitwise_and bitwise_or bitwise_xor arctan2"),
    **_named(ops, "divide_no_nan greater_equal less_equal hypot"),
}
OF_ROWS = {
    "unit_normalization": layers.UnitNormalization(),
    "normalize": ops.normalize,
    "normalize_by_sum": lambda x: ops.normalize(x, order=1),
    "normalize_by_cubes": lambda x: ops.normalize(x, order=3),
    "layer_normalization": layers.LayerNormalization(),
    "rms_normalization": layers.RMSNormalization(),
    "group_normalization": layers.GroupNormalization(groups=2),
    "cosine": lambda x: ops.sum(ops.normalize(x) * ops.normalize(x[:, ::-1]), -1),
    "over_bounded_norm": lambda x: (
        x / ops.maximum(ops.sqrt(ops.sum(x * x, -1, keepdims=True)), 1e-7)
    ),
    "times_rsqrt": lambda x: x * ops.rsqrt(ops.maximum(ops.sum(x * x, -1, keepdims=True), 1e-12)),
    "standardized": lambda x: (
        (x - ops.mean(x, -1, keepdims=True)) / (ops.std(x, -1, keepdims=True) + 1e-7)
    ),
    "norm": lambda x: ops.norm(x, axis=-1),
    "norm_by_cubes": lambda x: ops.norm(x, ord=3, axis=-1),
    "logsumexp": lambda x: ops.logsumexp(x, -1),
}


@attrs.frozen
class Sweep:
    """Functions of the same inputs.

    Attributes:
        functions: By name.
        inputs: Values for each input, of one shape: samples first.
    """

    functions: Functions = attrs.field(repr=False)
    inputs: tuple[Array, ...] = attrs.field(repr=False)


def _in_columns(*inputs: Array) -> tuple[Array, ...]:
    """Two values in each sample."""
    return tuple(values.reshape(-1, 2) for values in inputs)


UNARY = {**ROUNDINGS, **POWERS, **TRANSCENDENTAL, **ACTIVATIONS, **TESTS}
_DIVISORS = INTEGERS[INTEGERS != 0]


def _integer_pairs(divisors: Array) -> tuple[Array, ...]:
    left, right = np.meshgrid(INTEGERS[:-1], divisors)
    # The smallest integer divided by -1 ends the process, in LiteRT as in C.
    fine = (left != -(2**31)) | (right != -1)
    kept = left[fine], right[fine]
    even = len(kept[0]) // 2 * 2
    return tuple(values[:even] for values in kept)


SWEEPS: Mapping[str, Sweep] = MappingProxyType(
    {
        "of a number": Sweep(UNARY, _in_columns(FLOATS)),
        "of two numbers": Sweep(BINARY, _in_columns(*pairs(FEW_FLOATS))),
        "of an integer": Sweep(OF_INTEGERS, _in_columns(INTEGERS)),
        "of two integers": Sweep(OF_TWO_INTEGERS, _in_columns(*_integer_pairs(_DIVISORS))),
        "of a row": Sweep(OF_ROWS, (ROWS,)),
    }
)
"""Of integers, no divisor is zero: there TensorFlow raises; see `ZERO_DIVISORS`."""

ZERO_DIVISORS = Sweep(
    _named(ops, "floor_divide mod fmod"), _in_columns(*_integer_pairs(np.array([0, 3], np.int32)))
)
"""What JAX defines alone."""
