"""What becomes of cases with Keras on TensorFlow, where they do not convert."""

from __future__ import annotations

from collections.abc import Mapping

from tests.stablehlo.sweep.expectations import (
    Expectations,
    FallsBack,
    Lacking,
    alike,
)

LACKING: Expectations = {
    **alike(Lacking("asks a tensor for its truth"), "ops_bartlett ops_corrcoef ops_isin"),
    **alike(
        Lacking("iterates over a symbolic tensor"),
        "ops_nanmedian ops_nanquantile ops_nanpercentile",
    ),
    "ops_kron": Lacking("takes a symbolic tensor for an integer"),
    "ops_inner": Lacking("traces a branch for matrices, which vectors do not fit"),
    "linalg_lu_factor": Lacking("inverts a permutation of rank 2"),
    "ops_argpartition": Lacking("writes out of bounds if there are several rows"),
    "vectorize": Lacking("is not supported"),
    "associative_scan": Lacking("asks a symbolic tensor for its shape"),
}
NO_KERNEL: Mapping[str, str] = {
    "AsString": "hashing",
    "Cholesky": "linalg_cholesky linalg_logdet",
    "MatrixTriangularSolve": "linalg_cholesky_inverse linalg_solve_triangular",
    "MatrixInverse": "linalg_inv",
    "MatrixDeterminant": "linalg_det",
    "LogMatrixDeterminant": "linalg_slogdet",
    "Qr": "linalg_qr",
    "Svd": "linalg_svd linalg_pinv linalg_matrix_rank linalg_lstsq",
    "SelfAdjointEigV2": "linalg_eigh",
    "Eig": "linalg_eig",
    "MatrixSolve": "linalg_solve",
    "TensorListReserve": "ops_fold",
    # Of these types.
    "tfl.mul": "computing_in_float64",
    "tfl.not_equal": "ops_nextafter",
}
FALLS_BACK: Expectations = {
    **{name: FallsBack(reason=op) for op, names in NO_KERNEL.items() for name in names.split()},
    **alike(
        FallsBack(reason="shapes that do not follow from those of its inputs"),
        "hashed_crossing ops_bincount ops_bincount_weighted "
        "ops_histogram ops_unique ops_ctc_decode ops_nonzero",
    ),
    **alike(
        FallsBack(reason="inputs cannot be those of a LiteRT file"),
        "string_lookup text_vectorization",
    ),
}
EXPECTED: Expectations = {**LACKING, **FALLS_BACK}
