"""Rewrites of a StableHLO module into what LiteRT's converter turns into the best file.

`STAGES` is the whole of it, in order. What has to come before or after what is written beside the
patterns, with the reason, and checked here.
"""

from __future__ import annotations

from litert_ir.stablehlo.rewrites.canonicalize import (
    booleans,
    broadcast_order,
    broadcasts,
    constant_folding,
    data_movement,
    identity_matrices,
    loop_invariants,
    math_functions,
    weight_folding,
)
from litert_ir.stablehlo.rewrites.complex import complex_pairs, fourier
from litert_ir.stablehlo.rewrites.engine.order import in_order
from litert_ir.stablehlo.rewrites.engine.pattern import Stage
from litert_ir.stablehlo.rewrites.indexing import (
    computed_positions,
    constant_positions,
    gathers,
    position_masks,
    scatters,
    sorting,
)
from litert_ir.stablehlo.rewrites.layers import (
    activations,
    batch_matmul,
    convolutions,
    dilated_convolutions,
    einsums,
    fully_connected,
    fused_scales,
    gelu,
    normalization,
    padding,
    pooling,
    softmax,
    transposed_convolutions,
)
from litert_ir.stablehlo.rewrites.numbers import arithmetic, integers, special_functions
from litert_ir.stablehlo.rewrites.tensorflow_ops import (
    colors,
    compositions,
    one_to_one,
    patches,
    projections,
    resizing,
)

COUNTED = Stage(
    name="keep positions that are computed with", patterns=(computed_positions.count_when_run,)
)
EXPLICIT = Stage(
    name="make broadcasts and functions explicit",
    patterns=(
        position_masks.compare_positions,
        position_masks.compare_kept,
        position_masks.cut_band,
        broadcasts.broadcast_explicitly,
        broadcasts.broadcast_statically,
        loop_invariants.read_weights_directly,
        loop_invariants.drop_unread,
        math_functions.name_function,
        math_functions.erfc_as_erf,
        dilated_convolutions.dilate,
        patches.patches_of_convolution,
        identity_matrices.spell_identity,
        einsums.generalize_einsum,
        weight_folding.fold_weights,
        data_movement.merge_broadcasts,
        data_movement.squeeze_broadcast,
        constant_folding.compute_small,
        constant_folding.compute_weight,
        booleans.compare_truth,
        booleans.join_with_known,
        broadcast_order.repeat_afterwards,
        broadcast_order.repeat_without_zeros,
        data_movement.select_known,
        activations.times_one,
    ),
)
KEPT = Stage(
    name="take kept TensorFlow ops",
    patterns=(
        weight_folding.fold_weights,
        weight_folding.fold_split,
        one_to_one.arg_extreme,
        special_functions.bessel_i0,
        compositions.bucketize,
        compositions.cross_product,
        one_to_one.cumulate,
        patches.extract_patches,
        compositions.find_bound,
        compositions.find_in_top,
        compositions.invert_erf,
        compositions.put_on_diagonal,
        one_to_one.gather,
        colors.hsv_to_rgb,
        one_to_one.leaky_relu,
        one_to_one.mirror_pad,
        scatters.name_segments,
        one_to_one.one_hot,
        one_to_one.pack,
        one_to_one.rearrange_batch,
        one_to_one.rearrange_depth,
        one_to_one.rename_op,
        resizing.resize_area,
        resizing.resize_bicubic,
        resizing.resize_bilinear,
        resizing.resize_nearest,
        one_to_one.reverse,
        colors.rgb_to_hsv,
        resizing.scale_and_translate,
        one_to_one.select_index,
        one_to_one.rename_softmax,
        sorting.take_greatest,
        one_to_one.split,
        one_to_one.rename_split,
        projections.transform_image,
        one_to_one.unpack,
    ),
)
SPECTRA = Stage(
    name="compute complex numbers as pairs",
    patterns=(
        complex_pairs.compute_each_part,
        complex_pairs.measure_complex,
        complex_pairs.multiply_parts,
        complex_pairs.take_part,
        fourier.transform,
        activations.times_one,
    ),
)
LAYERS = Stage(
    name="recognize layers",
    patterns=(
        weight_folding.fold_weights,
        fully_connected.generalize_dot,
        fully_connected.unbatch_weight,
        fully_connected.fully_connect,
        einsums.multiply_without_sum,
        batch_matmul.squeeze_product,
        batch_matmul.merge_contractions,
        convolutions.convolve,
        transposed_convolutions.convolve_transposed,
        constant_folding.compute_small,
        constant_folding.compute_weight,
        data_movement.merge_reshapes,
        data_movement.merge_transposes,
        broadcast_order.repeat_afterwards,
        data_movement.reshape_instead,
        data_movement.squeeze_transpose,
        data_movement.split_evenly,
        gathers.trust_indices,
        gathers.gather_along_axis,
        constant_positions.gather_in_each,
        constant_positions.merge_positions,
        scatters.scatter_sums,
        scatters.reduce_segments,
        scatters.replace_rows,
        sorting.find_greatest,
        sorting.sort,
        arithmetic.floor_mod,
        softmax.softmax,
        softmax.softmax_by_logarithm,
        softmax.log_softmax,
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
        weight_folding.fold_weights,
        fused_scales.add_bias,
        fused_scales.subtract_bias,
        fused_scales.scale_weight,
        fused_scales.scale_input,
        normalization.square_difference,
    ),
)

NUMBERS = Stage(
    name="say numbers as LiteRT can",
    patterns=(
        weight_folding.fold_weights,
        normalization.bound_root,
        integers.combine_bits,
        arithmetic.compare_flat,
        arithmetic.compare_plainly,
        arithmetic.compare_with_infinity,
        integers.compute_wider,
        arithmetic.cubic_root,
        integers.differ,
        integers.divide_by_any,
        integers.divide_by_shifting,
        integers.divide_in_float32,
        gathers.limit_indices,
        normalization.multiply_by_rsqrt,
        arithmetic.remainder_of_dividend,
        arithmetic.round_away_from_zero,
        integers.shift_by_multiplying,
        padding.pad_apart,
        arithmetic.power_by_multiplying,
        special_functions.step_to_next,
        arithmetic.transpose_afterwards,
    ),
)

STAGES = in_order(COUNTED, EXPLICIT, KEPT, SPECTRA, LAYERS, FEATURES, NUMBERS)
