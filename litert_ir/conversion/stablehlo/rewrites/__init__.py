"""Rewrites of a StableHLO module into what LiteRT's converter turns into the best file.

`STAGES` is the whole of it, in order.
"""

from __future__ import annotations

import attrs

from litert_ir.conversion.stablehlo.rewrites import (
    activations,
    arithmetic,
    broadcasts,
    colors,
    complex_numbers,
    convolutions,
    dilated_convolutions,
    dot_dimensions,
    dots,
    einsums,
    folding,
    fourier,
    gathers,
    gelu,
    integers,
    known,
    loops,
    normalization,
    patches,
    pooling,
    positions,
    projections,
    repetition,
    resizing,
    scales,
    scatters,
    softmaxes,
    sorting,
    special_functions,
    tf_compositions,
    tf_ops,
    tidying,
    transposed_convolutions,
    truths,
)
from litert_ir.conversion.stablehlo.rewrites.pattern import Pattern


@attrs.frozen(kw_only=True)
class Stage:
    """Patterns that are applied together until none matches."""

    name: str
    patterns: tuple[Pattern, ...]


EXPLICIT = Stage(
    name="make broadcasts and functions explicit",
    patterns=(
        broadcasts.broadcast_explicitly,
        broadcasts.broadcast_statically,
        loops.read_weights_directly,
        loops.drop_unread,
        gelu.name_function,
        gelu.erfc_as_erf,
        dilated_convolutions.dilate,
        einsums.generalize_einsum,
        folding.fold_weights,
        tidying.merge_broadcasts,
        tidying.squeeze_broadcast,
        known.compute_small,
        known.compute_weight,
        truths.compare_truth,
        repetition.repeat_afterwards,
        repetition.repeat_without_zeros,
        tidying.select_known,
        activations.times_one,
    ),
)
KEPT = Stage(
    name="take kept TensorFlow ops",
    patterns=(
        folding.fold_weights,
        folding.fold_split,
        tf_ops.arg_extreme,
        special_functions.bessel_i0,
        tf_compositions.bucketize,
        tf_compositions.cross_product,
        tf_ops.cumulate,
        patches.extract_patches,
        tf_compositions.find_bound,
        tf_compositions.find_in_top,
        tf_compositions.invert_erf,
        tf_compositions.put_on_diagonal,
        tf_ops.gather,
        colors.hsv_to_rgb,
        tf_ops.leaky_relu,
        tf_ops.mirror_pad,
        tf_ops.one_hot,
        tf_ops.pack,
        tf_ops.rearrange_batch,
        tf_ops.rearrange_depth,
        tf_ops.rename_op,
        resizing.resize_area,
        resizing.resize_bicubic,
        resizing.resize_bilinear,
        resizing.resize_nearest,
        tf_ops.reverse,
        colors.rgb_to_hsv,
        resizing.scale_and_translate,
        tf_ops.select_index,
        tf_ops.rename_softmax,
        tf_ops.split,
        tf_ops.rename_split,
        projections.transform_image,
        tf_ops.unpack,
    ),
)
SPECTRA = Stage(
    name="compute complex numbers as pairs",
    patterns=(
        complex_numbers.compute_each_part,
        complex_numbers.measure_complex,
        complex_numbers.multiply_parts,
        complex_numbers.take_part,
        fourier.transform,
        activations.times_one,
    ),
)
LAYERS = Stage(
    name="recognize layers",
    patterns=(
        folding.fold_weights,
        dots.generalize_dot,
        dots.unbatch_weight,
        dots.fully_connect,
        einsums.multiply_without_sum,
        dot_dimensions.squeeze_product,
        dot_dimensions.merge_contractions,
        convolutions.convolve,
        transposed_convolutions.convolve_transposed,
        known.compute_small,
        known.compute_weight,
        tidying.merge_reshapes,
        tidying.merge_transposes,
        repetition.repeat_afterwards,
        tidying.reshape_instead,
        tidying.squeeze_transpose,
        tidying.split_evenly,
        gathers.trust_indices,
        gathers.gather_along_axis,
        positions.gather_in_each,
        positions.merge_positions,
        scatters.scatter_sums,
        scatters.reduce_segments,
        sorting.find_greatest,
        sorting.sort,
        arithmetic.floor_mod,
        softmaxes.softmax,
        softmaxes.softmax_by_logarithm,
        softmaxes.log_softmax,
        activations.relu,
        activations.capped_relu,
        activations.elu,
        activations.prelu,
        gelu.fuse_gelu,
        pooling.stride_window,
        pooling.max_pool,
        pooling.average_pool,
        pooling.count_window,
        normalization.mean,
        normalization.keep_dimensions,
        normalization.center_first,
    ),
)
FEATURES = Stage(
    name="move biases and scales into layers",
    patterns=(
        folding.fold_weights,
        scales.add_bias,
        scales.subtract_bias,
        scales.scale_weight,
        scales.scale_input,
        normalization.square_difference,
    ),
)

NUMBERS = Stage(
    name="say numbers as LiteRT can",
    patterns=(
        folding.fold_weights,
        integers.combine_bits,
        arithmetic.compare_flat,
        arithmetic.compare_plainly,
        arithmetic.compare_with_infinity,
        integers.compute_wider,
        arithmetic.cubic_root,
        integers.differ,
        integers.divide_by_shifting,
        integers.divide_in_float32,
        gathers.limit_indices,
        arithmetic.remainder_of_dividend,
        arithmetic.round_away_from_zero,
        integers.shift_by_multiplying,
        special_functions.step_to_next,
        arithmetic.transpose_afterwards,
    ),
)

STAGES = (EXPLICIT, KEPT, SPECTRA, LAYERS, FEATURES, NUMBERS)
