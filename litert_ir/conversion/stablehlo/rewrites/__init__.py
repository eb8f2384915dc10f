"""Rewrites of a StableHLO module into what LiteRT's converter turns into the best file.

`STAGES` is the whole of it, in order.
"""

from __future__ import annotations

import attrs

from litert_ir.conversion.stablehlo.rewrites.activations import (
    capped_relu,
    elu,
    prelu,
    relu,
    times_one,
)
from litert_ir.conversion.stablehlo.rewrites.arithmetic import (
    compare_flat,
    compare_plainly,
    compare_with_infinity,
    cubic_root,
    floor_mod,
    remainder_of_dividend,
    round_away_from_zero,
    transpose_afterwards,
)
from litert_ir.conversion.stablehlo.rewrites.broadcasts import (
    broadcast_explicitly,
    broadcast_statically,
)
from litert_ir.conversion.stablehlo.rewrites.convolutions import convolve
from litert_ir.conversion.stablehlo.rewrites.dilated_convolutions import dilate
from litert_ir.conversion.stablehlo.rewrites.dot_dimensions import (
    merge_contractions,
    squeeze_product,
)
from litert_ir.conversion.stablehlo.rewrites.dots import (
    fully_connect,
    generalize_dot,
    unbatch_weight,
)
from litert_ir.conversion.stablehlo.rewrites.einsums import (
    generalize_einsum,
    multiply_without_sum,
)
from litert_ir.conversion.stablehlo.rewrites.folding import fold_split, fold_weights
from litert_ir.conversion.stablehlo.rewrites.gathers import (
    gather_along_axis,
    trust_indices,
)
from litert_ir.conversion.stablehlo.rewrites.gelu import erfc_as_erf, fuse_gelu, name_function
from litert_ir.conversion.stablehlo.rewrites.integers import (
    combine_bits,
    compute_wider,
    differ,
    divide_by_shifting,
    shift_by_multiplying,
)
from litert_ir.conversion.stablehlo.rewrites.known import compute_small, compute_weight
from litert_ir.conversion.stablehlo.rewrites.loops import drop_unread, read_weights_directly
from litert_ir.conversion.stablehlo.rewrites.normalization import (
    center_first,
    keep_dimensions,
    mean,
    square_difference,
)
from litert_ir.conversion.stablehlo.rewrites.patches import extract_patches
from litert_ir.conversion.stablehlo.rewrites.pattern import Pattern
from litert_ir.conversion.stablehlo.rewrites.pooling import (
    average_pool,
    count_window,
    max_pool,
    stride_window,
)
from litert_ir.conversion.stablehlo.rewrites.repetition import (
    repeat_afterwards,
    repeat_without_zeros,
)
from litert_ir.conversion.stablehlo.rewrites.resizing import (
    resize_area,
    resize_bicubic,
    resize_bilinear,
    resize_nearest,
    scale_and_translate,
)
from litert_ir.conversion.stablehlo.rewrites.scales import (
    add_bias,
    scale_input,
    scale_weight,
    subtract_bias,
)
from litert_ir.conversion.stablehlo.rewrites.scatters import scatter_sums
from litert_ir.conversion.stablehlo.rewrites.softmaxes import (
    log_softmax,
    softmax,
    softmax_by_logarithm,
)
from litert_ir.conversion.stablehlo.rewrites.sorting import find_greatest, sort
from litert_ir.conversion.stablehlo.rewrites.tf_compositions import (
    bucketize,
    cross_product,
    find_bound,
    find_in_top,
    invert_erf,
    put_on_diagonal,
)
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
    rename_softmax,
    rename_split,
    reverse,
    select_index,
    split,
    unpack,
)
from litert_ir.conversion.stablehlo.rewrites.tidying import (
    merge_broadcasts,
    merge_reshapes,
    merge_transposes,
    reshape_instead,
    select_known,
    split_evenly,
    squeeze_broadcast,
    squeeze_transpose,
)
from litert_ir.conversion.stablehlo.rewrites.transposed_convolutions import convolve_transposed
from litert_ir.conversion.stablehlo.rewrites.truths import compare_truth


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
        read_weights_directly,
        drop_unread,
        name_function,
        erfc_as_erf,
        dilate,
        generalize_einsum,
        fold_weights,
        merge_broadcasts,
        squeeze_broadcast,
        compute_small,
        compute_weight,
        compare_truth,
        repeat_afterwards,
        repeat_without_zeros,
        select_known,
        times_one,
    ),
)
KEPT = Stage(
    name="take kept TensorFlow ops",
    patterns=(
        fold_weights,
        fold_split,
        arg_extreme,
        bucketize,
        cross_product,
        cumulate,
        extract_patches,
        find_bound,
        find_in_top,
        invert_erf,
        put_on_diagonal,
        gather,
        leaky_relu,
        mirror_pad,
        one_hot,
        pack,
        rearrange_batch,
        rearrange_depth,
        rename_op,
        resize_area,
        resize_bicubic,
        resize_bilinear,
        resize_nearest,
        reverse,
        scale_and_translate,
        select_index,
        rename_softmax,
        split,
        rename_split,
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
        multiply_without_sum,
        squeeze_product,
        merge_contractions,
        convolve,
        convolve_transposed,
        compute_small,
        compute_weight,
        merge_reshapes,
        merge_transposes,
        repeat_afterwards,
        reshape_instead,
        squeeze_transpose,
        split_evenly,
        trust_indices,
        gather_along_axis,
        scatter_sums,
        find_greatest,
        sort,
        floor_mod,
        softmax,
        softmax_by_logarithm,
        log_softmax,
        relu,
        capped_relu,
        elu,
        prelu,
        fuse_gelu,
        stride_window,
        max_pool,
        average_pool,
        count_window,
        mean,
        keep_dimensions,
        center_first,
    ),
)
FEATURES = Stage(
    name="move biases and scales into layers",
    patterns=(
        fold_weights,
        add_bias,
        subtract_bias,
        scale_weight,
        scale_input,
        square_difference,
    ),
)

NUMBERS = Stage(
    name="say numbers as LiteRT can",
    patterns=(
        fold_weights,
        combine_bits,
        compare_flat,
        compare_plainly,
        compare_with_infinity,
        compute_wider,
        cubic_root,
        differ,
        divide_by_shifting,
        remainder_of_dividend,
        round_away_from_zero,
        shift_by_multiplying,
        transpose_afterwards,
    ),
)

STAGES = (EXPLICIT, KEPT, LAYERS, FEATURES, NUMBERS)
