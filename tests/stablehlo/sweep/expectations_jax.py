"""What becomes of cases with Keras on JAX, where they do not convert."""

from __future__ import annotations

from collections.abc import Mapping

from tests.stablehlo.sweep.expectations import (
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
    "lapack": "linalg_cholesky linalg_cholesky_inverse linalg_inv linalg_logdet linalg_slogdet "
    "linalg_qr linalg_svd linalg_eigh linalg_eig linalg_pinv linalg_lu_factor linalg_matrix_rank "
    "linalg_lstsq linalg_solve linalg_solve_triangular image_perspective_transform",
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
}
EXPECTED: Expectations = {**LACKING, **FALLS_BACK}
