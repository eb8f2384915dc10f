"""What is to become of each case, where it is not a file that agrees with the model."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class FallsBack:
    """The strategy gives up, and rightly: the next one is to be tried.

    Attributes:
        reason: A part of the error.
    """

    reason: str


@attrs.frozen
class Bug:
    """The case should convert and does not yet.

    Attributes:
        cause: What is wrong.
    """

    cause: str


@attrs.frozen
class Aborts:
    """A bug that ends the whole process.

    Attributes:
        cause: What is wrong.
    """

    cause: str


@attrs.frozen
class Lacking:
    """Keras itself cannot do it on this backend.

    Attributes:
        reason: What Keras does instead.
    """

    reason: str


Expectation = FallsBack | Bug | Aborts | Lacking

EXPECTED: Mapping[str, Mapping[str, Expectation]] = {
    "tensorflow": {
        "ops_nonzero": Aborts("LLVM ERROR: Failed to infer result type(s)"),
        **dict.fromkeys(
            ("ops_bartlett", "ops_corrcoef", "ops_isin"), Lacking("asks a tensor for its truth")
        ),
        **dict.fromkeys(
            ("ops_nanmedian", "ops_nanquantile", "ops_nanpercentile"),
            Lacking("iterates over a symbolic tensor"),
        ),
        "ops_kron": Lacking("takes a symbolic tensor for an integer"),
        "linalg_lu_factor": Lacking("inverts a permutation of rank 2"),
        "ops_argpartition": Lacking("writes out of bounds if there are several rows"),
        "vectorize": Lacking("not supported with the TensorFlow backend"),
        "associative_scan": Lacking("asks a symbolic tensor for its shape"),
    },
    "jax": {},
}
