"""Examples of patterns of pools and convolutions."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Array, Example, function


def _windows(name: str, start: str, windows: str, kinds: str) -> str:
    """A `stablehlo.reduce_window` of ``%x``, started with ``start``."""
    return f"""%z = stablehlo.constant dense<{start}> : tensor<f32>
    %0 = "stablehlo.reduce_window"(%x, %z) <{{{windows}}}> ({{
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %1 = stablehlo.{name} %a, %b : tensor<f32>
        stablehlo.return %1 : tensor<f32>
    }}) : {kinds}"""


def _average(divisor: str, windows: str, source: str, target: str) -> str:
    return f"""{_windows("add", "0.0", windows, f"({source}, tensor<f32>) -> {target}")}
    %n = stablehlo.constant dense<{divisor}> : {target}
    %2 = stablehlo.divide %0, %n : {target}
    return %2 : {target}"""


_INFINITY = "0xFF800000"
_BY_TWO = "window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>"
_SAME = (
    "padding = dense<[[0, 0], [1, 1], [0, 1], [0, 0]]> : tensor<4x2xi64>, "
    "window_dimensions = array<i64: 1, 3, 3, 1>, window_strides = array<i64: 1, 2, 2, 1>"
)
_CHANNELS_FIRST = (
    "window_dimensions = array<i64: 1, 1, 2, 2>, window_strides = array<i64: 1, 1, 2, 2>"
)
_SPACE = "window_dimensions = array<i64: 1, 2, 3, 2, 1>, window_strides = array<i64: 1, 2, 1, 2, 1>"
_ODD_PADS = (
    "padding = dense<[[0, 0], [2, 0], [0, 1], [0, 0]]> : tensor<4x2xi64>, "
    "window_dimensions = array<i64: 1, 3, 3, 1>"
)

POOLS = (
    Example(
        name="the greatest of each window, channels first",
        patterns=("max_pool",),
        before=function(
            "%x: tensor<2x3x6x8xf32>",
            "tensor<2x3x3x4xf32>",
            _windows(
                "maximum",
                _INFINITY,
                _CHANNELS_FIRST,
                "(tensor<2x3x6x8xf32>, tensor<f32>) -> tensor<2x3x3x4xf32>",
            )
            + "\nreturn %0 : tensor<2x3x3x4xf32>",
        ),
        after={"tfl.max_pool_2d": 1, "stablehlo.transpose": 2},
    ),
    Example(
        name="the greatest of each window in three dimensions",
        patterns=("max_pool",),
        before=function(
            "%x: tensor<2x4x5x6x3xf32>",
            "tensor<2x2x3x3x3xf32>",
            _windows(
                "maximum",
                _INFINITY,
                _SPACE,
                "(tensor<2x4x5x6x3xf32>, tensor<f32>) -> tensor<2x2x3x3x3xf32>",
            )
            + "\nreturn %0 : tensor<2x2x3x3x3xf32>",
        ),
        after={"tfl.max_pool_2d": 2, "stablehlo.reshape": 4},
    ),
    Example(
        name="the greatest of windows with a padding of their own",
        patterns=("max_pool",),
        before=function(
            "%x: tensor<2x6x8x3xf32>",
            "tensor<2x6x7x3xf32>",
            _windows(
                "maximum",
                _INFINITY,
                _ODD_PADS,
                "(tensor<2x6x8x3xf32>, tensor<f32>) -> tensor<2x6x7x3xf32>",
            )
            + "\nreturn %0 : tensor<2x6x7x3xf32>",
        ),
        after={"tfl.max_pool_2d": 1, "stablehlo.pad": 1},
    ),
    Example(
        name="the average of windows that count their padding",
        patterns=("average_pool",),
        before=function(
            "%x: tensor<2x9x8x3xf32>",
            "tensor<2x5x4x3xf32>",
            _average("9.0", _SAME, "tensor<2x9x8x3xf32>", "tensor<2x5x4x3xf32>"),
        ),
        after={"tfl.average_pool_2d": 1, "stablehlo.pad": 1},
    ),
    Example(
        name="sums of windows that are divided by another number",
        patterns=("average_pool",),
        before=function(
            "%x: tensor<2x6x8x3xf32>",
            "tensor<2x3x4x3xf32>",
            _average("3.0", _BY_TWO, "tensor<2x6x8x3xf32>", "tensor<2x3x4x3xf32>"),
        ),
        after={"stablehlo.reduce_window": 1, "stablehlo.add": 1, "stablehlo.divide": 1},
        runs=False,
    ),
    Example(
        name="the average of what windows have inside",
        patterns=("count_window", "average_pool"),
        before=function(
            "%x: tensor<2x9x8x3xf32>",
            "tensor<2x5x4x3xf32>",
            _windows(
                "add", "0.0", _SAME, "(tensor<2x9x8x3xf32>, tensor<f32>) -> tensor<2x5x4x3xf32>"
            )
            + """
            %ones = stablehlo.constant dense<1.0> : tensor<2x9x8x3xf32>
            """
            + _windows(
                "add", "0.0", _SAME, "(tensor<2x9x8x3xf32>, tensor<f32>) -> tensor<2x5x4x3xf32>"
            )
            .replace("%z", "%zz")
            .replace("%x", "%ones")
            .replace("%0", "%n")
            + """
            %2 = stablehlo.divide %0, %n : tensor<2x5x4x3xf32>
            return %2 : tensor<2x5x4x3xf32>""",
        ),
        after={"tfl.average_pool_2d": 1},
    ),
)


def convolution(dimensions: str, window: str, kinds: str, groups: int = 1) -> str:
    """A `stablehlo.convolution` of ``%x`` and ``%w``."""
    return f"""%0 = stablehlo.convolution(%x, %w) dim_numbers = {dimensions},
        window = {{{window}}}
        {{batch_group_count = 1 : i64, feature_group_count = {groups} : i64}} : {kinds}"""


IMAGE = "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]"
WEIGHT = """%i = stablehlo.iota dim = 1 : tensor<2x3x3x4xf32>
    %j = stablehlo.iota dim = 3 : tensor<2x3x3x4xf32>
    %k = stablehlo.multiply %i, %j : tensor<2x3x3x4xf32>
    %w = stablehlo.sine %k : tensor<2x3x3x4xf32>
    """


def _causal(x: Array) -> Array:
    """A convolution with every second of the last five elements."""
    padded = np.pad(x, ((0, 0), (4, 0), (0, 0)))
    kernel = np.cos(np.broadcast_to(np.arange(3.0)[None, :, None], (3, 3, 4)))
    steps = [padded[:, 2 * step : 2 * step + 12] @ kernel[step] for step in range(3)]
    return np.asarray(sum(steps))


CONVOLUTIONS = (
    Example(
        name="a padding of varying sizes in front of a convolution with strides",
        patterns=("keep_padding", "convolve", "fold_constants"),
        before=function(
            "%x: tensor<2x6x8x3xf32>",
            "tensor<2x3x4x4xf32>",
            WEIGHT
            + """%z = stablehlo.constant dense<0.0> : tensor<f32>
            %p = stablehlo.pad %x, %z, low = [0, 0, 0, 0], high = [0, 1, 1, 0],
                interior = [0, 0, 0, 0] :
                (tensor<2x6x8x3xf32>, tensor<f32>) -> tensor<2x7x9x3xf32>
            """
            + convolution(
                IMAGE,
                "stride = [2, 2]",
                "(tensor<2x7x9x3xf32>, tensor<2x3x3x4xf32>) -> tensor<2x3x4x4xf32>",
            ).replace("%x", "%p")
            + "\nreturn %0 : tensor<2x3x4x4xf32>",
        ),
        after={"tfl.padv2": 1, "tfl.conv_2d": 1},
        varies=True,
    ),
    Example(
        name="a convolution over an input with holes",
        patterns=("convolve_transposed", "fold_constants"),
        before=function(
            "%x: tensor<2x5x6x3xf32>",
            "tensor<2x10x12x4xf32>",
            WEIGHT
            + convolution(
                IMAGE,
                "stride = [1, 1], pad = [[1, 1], [2, 1]], lhs_dilate = [2, 2]",
                "(tensor<2x5x6x3xf32>, tensor<2x3x3x4xf32>) -> tensor<2x10x12x4xf32>",
            )
            + "\nreturn %0 : tensor<2x10x12x4xf32>",
        ),
        after={"tfl.transpose_conv": 1},
    ),
    Example(
        name="a dilated convolution of one dimension",
        patterns=("dilate",),
        before=function(
            "%x: tensor<2x12x3xf32>",
            "tensor<2x12x4xf32>",
            """%i = stablehlo.iota dim = 2 : tensor<1x3x3x4xf32>
            %w = stablehlo.cosine %i : tensor<1x3x3x4xf32>
            %b = stablehlo.constant dense<2> : tensor<1xi32>
            %p = stablehlo.constant dense<[[4, 0]]> : tensor<1x2xi32>
            %n = stablehlo.constant dense<0> : tensor<1x2xi32>
            %1 = stablehlo.custom_call @tf.SpaceToBatchND(%x, %b, %p) :
                (tensor<2x12x3xf32>, tensor<1xi32>, tensor<1x2xi32>) -> tensor<4x8x3xf32>
            %2 = stablehlo.reshape %1 : (tensor<4x8x3xf32>) -> tensor<4x1x8x3xf32>
            """
            + convolution(
                IMAGE,
                "stride = [1, 1]",
                "(tensor<4x1x8x3xf32>, tensor<1x3x3x4xf32>) -> tensor<4x1x6x4xf32>",
            ).replace("%x", "%2")
            + """
            %3 = stablehlo.reshape %0 : (tensor<4x1x6x4xf32>) -> tensor<4x6x4xf32>
            %4 = stablehlo.custom_call @tf.BatchToSpaceND(%3, %b, %n) :
                (tensor<4x6x4xf32>, tensor<1xi32>, tensor<1x2xi32>) -> tensor<2x12x4xf32>
            return %4 : tensor<2x12x4xf32>""",
        ),
        after={
            "stablehlo.convolution": 1,
            "stablehlo.reshape": 2,
            "stablehlo.iota": 1,
            "stablehlo.cosine": 1,
        },
        reference=_causal,
    ),
)
EXAMPLES = (*POOLS, *CONVOLUTIONS)
