"""Examples of patterns of numbers."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Array, Example, function

_BITS = np.array([0, 1, -1, 5, -6, 2**31 - 1, -(2**31), 1234567], np.int32)
_OTHER_BITS = np.array([3, -1, -2, 12, 7, -(2**31), -(2**31), -7654321], np.int32)


def _floats(body: str, count: int = 1) -> str:
    arguments = ", ".join(f"%{name}: tensor<2x6xf32>" for name in "xy"[:count])
    return function(arguments, "tensor<2x6xf32>", f"{body}\nreturn %0 : tensor<2x6xf32>")


def _integers(body: str, kind: str = "i32", result: str = "") -> str:
    arguments = ", ".join(f"%{name}: tensor<8x{kind}>" for name in "xy")
    returned = f"tensor<8x{result or kind}>"
    return function(arguments, returned, f"{body}\nreturn %0 : {returned}")


def _power(exponent: float) -> str:
    return _floats(
        f"""%c = stablehlo.constant dense<{exponent}> : tensor<2x6xf32>
        %0 = stablehlo.power %x, %c : tensor<2x6xf32>"""
    )


def _thirteenth_power(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(x**13)


_AND_BEYOND = np.array(
    [[0.0, 0.0, -1.0, 1.0, 1e-45, 3e38], [np.inf, np.inf, -np.inf, np.nan, 1.0, -2.5]], np.float32
)
_TOWARDS = np.array(
    [[1.0, -1.0, 0.0, 2.0, -1.0, np.inf], [0.0, -np.inf, 5.0, 1.0, np.nan, -2.5]], np.float32
)
FLOATS = (
    Example(
        name="the next numbers towards others",
        patterns=("step_to_next",),
        before=_floats(
            "%0 = chlo.next_after %x, %y : tensor<2x6xf32>, tensor<2x6xf32> -> tensor<2x6xf32>", 2
        ),
        inputs=(_AND_BEYOND, _TOWARDS),
        tolerance=0.0,
    ),
    Example(
        name="whether numbers are finite",
        patterns=("compare_with_infinity",),
        before=function(
            "%x: tensor<4xf32>",
            "tensor<4xi1>",
            """%0 = stablehlo.is_finite %x : (tensor<4xf32>) -> tensor<4xi1>
            return %0 : tensor<4xi1>""",
        ),
        inputs=(np.array([1.0, np.inf, -np.inf, np.nan], np.float32),),
        reference=np.isfinite,
    ),
    Example(
        name="a comparison in total order",
        patterns=("drop_total_order",),
        before=function(
            "%x: tensor<6xf32>, %y: tensor<6xf32>",
            "tensor<6xi1>",
            """%0 = stablehlo.compare LT, %x, %y, TOTALORDER :
                (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
            return %0 : tensor<6xi1>""",
        ),
        reference=np.less,
    ),
    Example(
        name="the remainder of integers",
        patterns=("remainder_of_dividend",),
        before=_integers("%0 = stablehlo.remainder %x, %y : tensor<8xi32>"),
        after={
            "stablehlo.compare": 1,
            "stablehlo.select": 1,
            "stablehlo.divide": 1,
            "stablehlo.multiply": 1,
            "stablehlo.subtract": 1,
        },
        inputs=(
            np.array([7, -7, 7, -7, 5, 0, -1, 9], np.int32),
            np.array([3, 3, -3, -3, 0, 4, 4, 9], np.int32),
        ),
        reference=lambda x, y: np.where(y == 0, x, np.fmod(x, np.where(y == 0, 1, y))),
    ),
    Example(
        name="constants divided by a transpose",
        patterns=("sink_transpose", "fold_weights"),
        before=function(
            "%x: tensor<3x2xf32>",
            "tensor<2x3xf32>",
            """%c = stablehlo.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
            %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<3x2xf32>) -> tensor<2x3xf32>
            %1 = stablehlo.divide %c, %0 : tensor<2x3xf32>
            return %1 : tensor<2x3xf32>""",
        ),
        after={"stablehlo.divide": 1, "stablehlo.transpose": 1},
    ),
    Example(
        name="halves away from zero",
        patterns=("round_away_from_zero",),
        before=function(
            "%x: tensor<6xf32>",
            "tensor<6xf32>",
            """%0 = stablehlo.round_nearest_afz %x : tensor<6xf32>
            return %0 : tensor<6xf32>""",
        ),
        inputs=(np.array([0.5, -0.5, 1.5, 2.5, -2.5, 0.2], np.float32),),
    ),
    Example(
        name="a power with a whole exponent",
        patterns=("power_by_multiplying",),
        before=_power(13.0),
        inputs=(_AND_BEYOND,),
        reference=_thirteenth_power,
    ),
    Example(
        name="a power with another exponent",
        patterns=("power_by_multiplying",),
        before=_power(1.5),
        after={"stablehlo.power": 1},
        runs=False,
    ),
    Example(
        name="a power with a negative exponent",
        patterns=("power_by_multiplying",),
        before=_power(-3.0),
        after={"stablehlo.power": 1},
        runs=False,
    ),
)
INTEGERS = (
    Example(
        name="a quotient of integers by any, zero too",
        patterns=("guard_division",),
        before=_integers("%0 = stablehlo.divide %x, %y : tensor<8xi32>"),
        inputs=(
            np.array([7, -7, 7, -7, 5, 0, -1, 9], np.int32),
            np.array([3, 3, -3, -3, 0, 0, 0, 9], np.int32),
        ),
        reference=lambda x, y: np.where(
            y == 0, -1, np.trunc(x / np.where(y == 0, 1, y)).astype(np.int32)
        ),
    ),
    Example(
        name="a quotient of integers by numbers other than zero",
        patterns=("guard_division",),
        before=_integers(
            """%c = stablehlo.constant dense<[3, -1, 2, 5, -7, 1, 9, 4]> : tensor<8xi32>
            %a = stablehlo.divide %x, %c : tensor<8xi32>
            %z = stablehlo.constant dense<0> : tensor<8xi32>
            %o = stablehlo.constant dense<1> : tensor<8xi32>
            %p = stablehlo.compare EQ, %y, %z : (tensor<8xi32>, tensor<8xi32>) -> tensor<8xi1>
            %s = stablehlo.select %p, %o, %y : tensor<8xi1>, tensor<8xi32>
            %0 = stablehlo.divide %a, %s : tensor<8xi32>"""
        ),
        after={"stablehlo.compare": 1, "stablehlo.select": 1, "stablehlo.divide": 2},
    ),
    Example(
        name="the bits that integers share",
        patterns=("combine_bits",),
        before=_integers("%0 = stablehlo.and %x, %y : tensor<8xi32>"),
        inputs=(_BITS, _OTHER_BITS),
    ),
    Example(
        name="the bits that integers have together",
        patterns=("combine_bits",),
        before=_integers("%0 = stablehlo.or %x, %y : tensor<8xi32>"),
        after={
            "tfl.right_shift": 3,
            "tfl.bitwise_xor": 1,
            "stablehlo.add": 6,
            "stablehlo.subtract": 4,
            "stablehlo.multiply": 1,
        },
        inputs=(_BITS, _OTHER_BITS),
    ),
    Example(
        name="products of small integers",
        patterns=("compute_wider",),
        before=_integers("%0 = stablehlo.multiply %x, %y : tensor<8xi8>", "i8"),
        inputs=(np.arange(-60, 20, 10, dtype=np.int8), np.arange(8, dtype=np.int8)),
    ),
)
EXAMPLES = (*FLOATS, *INTEGERS)
