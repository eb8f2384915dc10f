"""What becomes of cases with Keras on TensorFlow, where they do not convert."""

from __future__ import annotations

from tests.conversion.stablehlo.sweep.expectations import Aborts, Expectations, Lacking, alike

LACKING: Expectations = {
    **alike(Lacking("asks a tensor for its truth"), "ops_bartlett ops_corrcoef ops_isin"),
    **alike(
        Lacking("iterates over a symbolic tensor"),
        "ops_nanmedian ops_nanquantile ops_nanpercentile",
    ),
    "ops_kron": Lacking("takes a symbolic tensor for an integer"),
    "linalg_lu_factor": Lacking("inverts a permutation of rank 2"),
    "ops_argpartition": Lacking("writes out of bounds if there are several rows"),
    "vectorize": Lacking("is not supported"),
    "associative_scan": Lacking("asks a symbolic tensor for its shape"),
}
ABORTS: Expectations = {"ops_nonzero": Aborts("LLVM ERROR: Failed to infer result type(s)")}
EXPECTED: Expectations = {**LACKING, **ABORTS}
