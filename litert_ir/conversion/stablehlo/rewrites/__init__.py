"""Rewrites of a StableHLO module into what LiteRT's converter turns into the best file.

`STAGES` is the whole of it, in order.
"""

from __future__ import annotations

import attrs

from litert_ir.conversion.stablehlo.rewrites.broadcasts import (
    broadcast_explicitly,
    broadcast_statically,
)
from litert_ir.conversion.stablehlo.rewrites.convolutions import convolve
from litert_ir.conversion.stablehlo.rewrites.dots import (
    fully_connect,
    generalize_dot,
    unbatch_weight,
)
from litert_ir.conversion.stablehlo.rewrites.folding import fold_weights
from litert_ir.conversion.stablehlo.rewrites.gelu import erfc_as_erf, fuse_gelu, name_function
from litert_ir.conversion.stablehlo.rewrites.pattern import Pattern
from litert_ir.conversion.stablehlo.rewrites.pooling import (
    average_pool,
    count_window,
    max_pool,
)
from litert_ir.conversion.stablehlo.rewrites.scales import add_bias, scale_weight, subtract_bias

from litert_ir.conversion.stablehlo.rewrites.tf_ops import (
    arg_extreme,
    cumulate,
    gather,
    leaky_relu,
    mirror_pad,
    one_hot,
    pack,
    rearrange_batch,
    rearrange_depth,
    rename_op,
    resize_bilinear,
    resize_nearest,
    reverse,
    select_index,
    softmax,
    split,
    split_evenly,
    unpack,
)

from litert_ir.conversion.stablehlo.rewrites.transposed_convolutions import (
    convolve_transposed,
    dilate,
)


@attrs.frozen(kw_only=True)
class Stage:
    """Patterns that are applied together until none matches."""

    name: str
    patterns: tuple[Pattern, ...]


EXPLICIT = Stage(
    name="make broadcasts and functions explicit",
    patterns=(
        broadcast_explicitly,
        broadcast_statically,
        name_function,
        erfc_as_erf,
        dilate,
        fold_weights,
    ),
)
KEPT = Stage(
    name="take kept TensorFlow ops",
    patterns=(
        fold_weights,
        arg_extreme,
        cumulate,
        gather,
        leaky_relu,
        mirror_pad,
        one_hot,
        pack,
        rearrange_batch,
        rearrange_depth,
        rename_op,
        resize_bilinear,
        resize_nearest,
        reverse,
        select_index,
        softmax,
        split,
        split_evenly,
        unpack,
    ),
)
LAYERS = Stage(
    name="recognize layers",
    patterns=(
        fold_weights,
        generalize_dot,
        unbatch_weight,
        fully_connect,
        convolve,
        convolve_transposed,
        fuse_gelu,
        max_pool,
        average_pool,
        count_window,
    ),
)
FEATURES = Stage(
    name="move biases and scales into layers",
    patterns=(fold_weights, add_bias, subtract_bias, scale_weight),
)

STAGES = (EXPLICIT, KEPT, LAYERS, FEATURES)
