"""Examples of patterns of masks that compare positions along dynamic dimensions."""

from __future__ import annotations

from tests.stablehlo.rewrites.example import Array, Example, function


def _chosen(mask: str, *, rows: int = 5) -> str:
    """``%x`` where a mask ``%m`` is true, and 0 elsewhere."""
    shape = f"2x{rows}x5"
    return function(
        f"%x: tensor<{shape}xf32>",
        f"tensor<{shape}xf32>",
        f"""{mask}
        %b = stablehlo.broadcast_in_dim %m, dims = [1, 2] :
            (tensor<{rows}x5xi1>) -> tensor<{shape}xi1>
        %z = stablehlo.constant dense<0.0> : tensor<{shape}xf32>
        %r = stablehlo.select %b, %x, %z : tensor<{shape}xi1>, tensor<{shape}xf32>
        return %r : tensor<{shape}xf32>""",
    )


_POSITIONS = """%i = stablehlo.iota dim = 0 : tensor<5x5xi32>
        %j = stablehlo.iota dim = 1 : tensor<5x5xi32>"""
_LEFT = {"stablehlo.broadcast_in_dim": 1, "stablehlo.select": 1}
_KEPT = {"tfl.external_const": 1, **_LEFT}


def _below(x: Array) -> Array:
    rows, columns = x.shape[1:]
    place = range(rows), range(columns)
    kept = [[column <= row + 3 and row <= column + 1 for column in place[1]] for row in place[0]]
    return x * kept


EXAMPLES = (
    Example(
        name="a causal mask",
        patterns=("compare_positions", "fold_constants"),
        before=_chosen(
            f"{_POSITIONS}\n%m = stablehlo.compare GE, %i, %j : "
            "(tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>"
        ),
        after={"tfl.greater_equal": 1, **_KEPT},
        varies=True,
    ),
    Example(
        name="a window that is longer than the sequence",
        patterns=("compare_positions", "fold_constants"),
        before=_chosen(
            f"""{_POSITIONS}
        %d = stablehlo.subtract %i, %j : tensor<5x5xi32>
        %w = stablehlo.constant dense<100> : tensor<5x5xi32>
        %m = stablehlo.compare LT, %d, %w :
            (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>"""
        ),
        after={"tfl.less": 1, **_KEPT},
        varies=True,
    ),
    Example(
        name="a causal mask of a fixed size",
        patterns=("compare_positions", "fold_constants"),
        before=_chosen(
            f"{_POSITIONS}\n%m = stablehlo.compare GE, %i, %j : "
            "(tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>"
        ),
        after=_LEFT,
    ),
    Example(
        name="positions that are at no size below zero",
        patterns=("compare_positions", "fold_constants"),
        before=_chosen(
            f"""{_POSITIONS}
        %z0 = stablehlo.constant dense<0> : tensor<5x5xi32>
        %m = stablehlo.compare GE, %i, %z0 :
            (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>"""
        ),
        after={"stablehlo.broadcast_in_dim": 1, "stablehlo.select": 1},
        varies=True,
    ),
    Example(
        name="a comparison kept from folding",
        patterns=("compare_kept", "fold_constants"),
        before=_chosen(
            """%i = stablehlo.iota dim = 0 : tensor<5x1xi32>
        %j = stablehlo.iota dim = 1 : tensor<1x5xi32>
        %m = stablehlo.custom_call @tf.Less(%i, %j) :
            (tensor<5x1xi32>, tensor<1x5xi32>) -> tensor<5x5xi1>"""
        ),
        after={"tfl.less": 1, **_KEPT},
        reference=lambda x: x * [[row < column for column in range(5)] for row in range(5)],
        varies=True,
    ),
    Example(
        name="a comparison kept from folding, of numbers in no even steps",
        patterns=("compare_kept", "fold_constants"),
        before=_chosen(
            """%s = stablehlo.constant dense<[[0], [1], [4], [9], [16]]> : tensor<5x1xi32>
        %j = stablehlo.iota dim = 1 : tensor<1x5xi32>
        %m = stablehlo.custom_call @tf.Less(%s, %j) :
            (tensor<5x1xi32>, tensor<1x5xi32>) -> tensor<5x5xi1>"""
        ),
        after=_LEFT,
        reference=lambda x: x * [[row * row < column for column in range(5)] for row in range(5)],
        varies=True,
    ),
    Example(
        name="a band of a matrix",
        patterns=("cut_band",),
        before=function(
            "%x: tensor<2x7x5xf32>",
            "tensor<2x7x5xf32>",
            """%l = stablehlo.constant dense<1> : tensor<i32>
        %u = stablehlo.constant dense<3> : tensor<i32>
        %r = stablehlo.custom_call @tf.MatrixBandPart(%x, %l, %u) :
            (tensor<2x7x5xf32>, tensor<i32>, tensor<i32>) -> tensor<2x7x5xf32>
        return %r : tensor<2x7x5xf32>""",
        ),
        after={
            "tfl.external_const": 2,
            "tfl.less_equal": 1,
            "tfl.greater_equal": 1,
            "stablehlo.broadcast_in_dim": 2,
            "stablehlo.and": 1,
            "stablehlo.select": 1,
        },
        reference=_below,
        varies=True,
    ),
)
