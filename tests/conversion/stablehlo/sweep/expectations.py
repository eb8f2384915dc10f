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
    "tensorflow": {"ops_nonzero": Aborts("LLVM ERROR: Failed to infer result type(s)")},
    "jax": {},
}
