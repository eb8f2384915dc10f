"""Examples of patterns of identity matrices and of the patches that they extract."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Example, function

_COUNTED = """%r = stablehlo.iota dim = 0 : tensor<12x12xi32>
    %c = stablehlo.iota dim = 1 : tensor<12x12xi32>
    %e = stablehlo.compare EQ, %r, %c, SIGNED : (tensor<12x12xi32>, tensor<12x12xi32>)
      -> tensor<12x12xi1>
    %f = stablehlo.convert %e : (tensor<12x12xi1>) -> tensor<12x12xf32>
    %w = stablehlo.reshape %f : (tensor<12x12xf32>) -> tensor<2x2x3x12xf32>"""
_NAMED = "%w = stablehlo.custom_call @litert_ir.identity() : () -> tensor<2x2x3x12xf32>"


def _convolved(kernel: str, window: str, source: str, target: str, name: str = "12") -> str:
    dims = "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]"
    kind = f"tensor<2x2x3x{name}xf32>"
    return function(
        f"%x: {source}",
        target,
        f"""{kernel}
    %0 = stablehlo.convolution(%x, %w) dim_numbers = {dims}, window = {{{window}}}
      {{batch_group_count = 1 : i64, feature_group_count = 1 : i64}} :
      ({source}, {kind}) -> {target}
    return %0 : {target}""",
    )


def _example(name: str, before: str, after: dict[str, int], *, varies: bool = False) -> Example:
    return Example(
        name=name,
        patterns=("patches_of_convolution",),
        before=before,
        after=after,
        varies=varies,
    )


_STRIDES = "stride = [2, 2]"
EXAMPLES = (
    _example(
        "blocks side by side",
        _convolved(_COUNTED, _STRIDES, "tensor<2x5x6x3xf32>", "tensor<2x2x3x12xf32>"),
        {"stablehlo.slice": 1, "tfl.space_to_depth": 1},
    ),
    _example(
        "blocks of padded images",
        _convolved(
            _COUNTED,
            f"{_STRIDES}, pad = [[0, 1], [0, 0]]",
            "tensor<2x5x6x3xf32>",
            "tensor<2x3x3x12xf32>",
        ),
        {"stablehlo.pad": 1, "tfl.space_to_depth": 1},
    ),
    _example(
        "patches that overlap",
        _convolved(_COUNTED, "stride = [1, 2]", "tensor<2x5x6x3xf32>", "tensor<2x4x3x12xf32>"),
        {"tfl.conv_2d": 1},
    ),
    _example(
        "blocks of images whose sizes vary",
        _convolved(_COUNTED, _STRIDES, "tensor<2x5x6x3xf32>", "tensor<2x2x3x12xf32>"),
        {"tfl.conv_2d": 1},
        varies=True,
    ),
    Example(
        name="an identity matrix that is named",
        patterns=("spell_identity",),
        before=function(
            "%x: tensor<2x2x3x12xf32>",
            "tensor<2x2x3x12xf32>",
            f"""{_NAMED}
    %0 = stablehlo.add %x, %w : tensor<2x2x3x12xf32>
    return %0 : tensor<2x2x3x12xf32>""",
        ),
        reference=lambda x: x + np.eye(12, dtype=np.float32).reshape(2, 2, 3, 12),
    ),
)
