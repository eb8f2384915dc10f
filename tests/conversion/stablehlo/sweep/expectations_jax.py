"""What becomes of cases with Keras on JAX, where they do not convert."""

from __future__ import annotations

from collections.abc import Mapping

from tests.conversion.stablehlo.sweep.expectations import (
    Bug,
    Expectations,
    FallsBack,
    Lacking,
    alike,
)

LACKING: Expectations = {
    **alike(
        Lacking("needs concrete values"),
        "ops_bartlett ops_windows ops_nonzero ops_bincount ops_bincount_weighted",
    ),
    "multi_head_value_dim": Lacking("reshapes the values to the keys' size"),
}
NO_KERNEL: Mapping[str, str] = {
    "sort": "activations_sorted along_last_axis_median ops_quantile ops_percentile ops_nanmedian "
    "ops_nanquantile ops_nanpercentile ops_sort ops_sort_axis_1 ops_argsort ops_unique "
    "ops_ctc_decode",
    "fft": "mel_spectrogram ops_fft ops_fft2 ops_stft",
    "lapack": "linalg_cholesky linalg_cholesky_inverse linalg_inv linalg_logdet linalg_slogdet "
    "linalg_qr linalg_svd linalg_eigh linalg_pinv linalg_lu_factor linalg_matrix_rank "
    "linalg_lstsq linalg_solve linalg_solve_triangular image_perspective_transform",
    "BitwiseAnd": "ops_bitwise_and",
    "BitwiseOr": "ops_bitwise_or",
    "LeftShift": "ops_bitwise_left_shift",
    "TF Select ops": "ops_nextafter ops_ldexp",
    # Of these types.
    "tfl.mul": "computing_in_int8 computing_in_uint8 computing_in_uint16",
    "complex64": "ops_istft",
}
FALLS_BACK: Expectations = {
    **{name: FallsBack(reason=op) for op, names in NO_KERNEL.items() for name in names.split()},
    **alike(
        FallsBack(reason="cannot be called on inputs of this signature"),
        "integer_lookup integer_lookup_multi_hot hashing hashed_crossing",
    ),
    **alike(
        FallsBack(reason="inputs cannot be those of a LiteRT file"),
        "string_lookup text_vectorization",
    ),
    **alike(
        FallsBack(reason="changes its own state while predicting"),
        "augmentation_that_draws_numbers mix_up_at_inference",
    ),
    "rotary_positions_of_any_length": FallsBack(reason="leading part of a table"),
    "local_equalization": FallsBack(reason="leading part of a table", only_dynamic=True),
    **alike(
        FallsBack(reason="Division by 0"),  # of which LiteRT makes an error, not a number
        "integers_gcd integers_lcm",
    ),
}
BUGS: Expectations = {
    "multi_head_of_images": Bug(cause="tfl.equal takes no tensors of rank 6"),
    "resizing_to_one_pixel": Bug(cause="the file computes something else"),
    **alike(
        Bug(cause="LiteRT divides no unsigned integers"),
        "discretization discretization_one_hot ops_searchsorted ops_digitize ops_histogram",
    ),
    "ops_remainders": Bug(cause="round_nearest_afz is left over"),
    "ops_logic": Bug(cause="an exclusive or of booleans is left over"),
    **alike(
        Bug(cause="a sort is left over where only the largest values are used"),
        "ops_top_k_values ops_top_k_of_integers",
    ),
    **alike(
        Bug(cause="LiteRT's scatter takes another reduction: the file does not run"),
        "ops_scatter ops_segment_sum ops_segment_max ops_segment_min ops_segment_prod "
        "ops_repeat_unevenly",
    ),
    **alike(Bug(cause="a branch cannot be exported"), "cond fori_loop_with_cond"),
    "image_affine_transform": Bug(cause="indices outside of what is gathered from are an error"),
    **alike(
        Bug(cause="a complex constant raises TypeError", mended=FallsBack(reason="Error")),
        "linalg_eig ops_rfft ops_irfft ops_view_as_complex",
    ),
}
EXPECTED: Expectations = {**LACKING, **FALLS_BACK, **BUGS}
