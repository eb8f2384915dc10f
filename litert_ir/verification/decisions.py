"""Compare the decisions that scores stand for, a class or yes and no, by a binomial test."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.verification.metrics import Pairs

Array = NDArray[Any]

CLASS = "the same first class"
SIDE = "the same side of 0.5"

_SUM = 1e-2
"""The largest deviation of a softmax's sum from 1, in half precision as well."""
_HALF = 0.5
_DOUBT = 0.05
"""The largest probability that a file within its bound is rejected because of the samples drawn."""


@attrs.frozen(kw_only=True)
class Agreement:
    """The rate at which a file's decisions equal the reference's.

    Near-ties of the reference, which the accepted error alone can turn, do not count.

    Attributes:
        what: The kind of decision: `CLASS` or `SIDE`.
        decided: The decisions that count.
        left_out: The near-ties.
        differing: The number of counted decisions in which the file differs.
        allowed: The accepted share of differing decisions.
        is_refuted: Whether more decisions differ than chance explains at that share.
        can_be_refuted: Whether there are enough decisions for the test to reject a file that
            differs in all of them.
    """

    what: str
    decided: int
    left_out: int
    differing: int
    allowed: float
    is_refuted: bool
    can_be_refuted: bool

    @property
    def share(self) -> float | None:
        """Return the share of counted decisions that agree; None where there are none."""
        return 1 - self.differing / self.decided if self.decided else None

    def __str__(self) -> str:
        ties = f", {self.left_out} near-tie(s) left out" if self.left_out else ""
        if self.share is None:
            return f"{self.what}: not judged, no decision is clear{ties}"
        text = f"{self.what} in {self.share:.2%} of {self.decided} decision(s){ties}"
        few = "" if self.can_be_refuted else "; too few to judge, compare on more samples"
        return f"{text} (accepted {1 - self.allowed:.1%}{few})"


def agreement(pairs: Pairs, error: float, allowed: float) -> Agreement | None:
    """Compare the decisions of both sides, where the reference is made of scores.

    Non-negative numbers whose last axis sums up to 1 are the scores of classes, as softmax gives
    them; others within 0 and 1 are those of yes and no, as a logistic function gives them.

    A binomial test tells whether the share of differing decisions exceeds the allowed one. It has
    one trial per sample, since decisions within a sample, such as those of the pixels of an image,
    are not independent. A sample with several decisions fails if its own share exceeds the allowed
    one; at most half of such samples may fail.

    Args:
        pairs: The expected and the received scores of each case; the first axis is the samples.
        error: The accepted error of a score.
        allowed: The accepted share of differing decisions, from 0 to 1.

    Returns:
        None where the reference is not made of scores.
    """
    decide = _decider([reference for reference, _ in pairs])
    if decide is None:
        return None
    sides = [decide(reference, result, error) for reference, result in pairs]
    clear = [each for case, _ in sides for each in case]
    differing = [each for _, case in sides for each in case]
    trials = [int(each.sum()) for each in clear]
    failures = [int((each & ours).sum()) for each, ours in zip(differing, clear, strict=True)]
    return Agreement(
        what=CLASS if decide is _classes else SIDE,
        decided=sum(trials),
        left_out=sum(each.size for each in clear) - sum(trials),
        differing=sum(failures),
        allowed=allowed,
        is_refuted=_is_beyond_chance(trials, failures, allowed),
        can_be_refuted=_is_beyond_chance(trials, trials, allowed),
    )


def is_beyond_chance(failures: int, trials: int, likelihood: float) -> bool:
    """Return whether so many failures are too many for independent trials.

    The exact binomial test, one-sided: whether P(X >= failures) is below 5 %.

    Args:
        failures: How many trials failed.
        trials: How many there were.
        likelihood: The largest probability of failure of a single trial.
    """
    if not 0 < likelihood < 1:
        return likelihood <= 0 < failures
    counts = range(min(failures, trials + 1))
    return 1 - math.fsum(_probability(count, trials, likelihood) for count in counts) < _DOUBT


def _probability(failures: int, trials: int, likelihood: float) -> float:
    """Compute the probability of so many failures; logarithms keep binomial coefficients finite."""
    ways = math.lgamma(trials + 1) - math.lgamma(failures + 1) - math.lgamma(trials - failures + 1)
    succeeded = (trials - failures) * math.log1p(-likelihood)
    return math.exp(ways + failures * math.log(likelihood) + succeeded)


def _is_beyond_chance(trials: Sequence[int], failures: Sequence[int], allowed: float) -> bool:
    """Test over samples, each with its decisions and the differing ones among them."""
    decided = [(n, k) for n, k in zip(trials, failures, strict=True) if n]
    if all(n == 1 for n, _ in decided):
        return is_beyond_chance(sum(k for _, k in decided), len(decided), allowed)
    bad = sum(k > allowed * n for n, k in decided)
    return is_beyond_chance(bad, len(decided), _HALF)


Decided = tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]
"""Per sample, a mask of the reference's clear decisions and one of the result's differing ones."""
_Decider = Callable[[Array, Array, float], Decided]


def _decider(reference: Sequence[Array]) -> _Decider | None:
    """Choose how to read scores as decisions; None for other numbers."""
    full = [array for array in reference if array.size]
    sound = full and all(
        np.issubdtype(array.dtype, np.floating) and np.isfinite(array).all() for array in full
    )
    if not sound or any(array.min() < 0 or array.max() > 1 + _SUM for array in full):
        return None
    if all(_sums_to_one(array) for array in full):
        return _classes
    return _sides if all(array.max() <= 1 for array in full) else None


def _sums_to_one(array: Array) -> bool:
    if array.ndim < 2 or array.shape[-1] < 2:
        return False
    return bool(np.all(np.abs(array.sum(axis=-1, dtype=np.float64) - 1) < _SUM))


def _classes(reference: Array, result: Array, error: float) -> Decided:
    """Compare the first class of each row; both scores of a row may be off by the error."""
    second, first = np.moveaxis(np.sort(reference, axis=-1)[..., -2:], -1, 0)
    clear = np.asarray(first - second > 2 * error)
    return _per_sample(clear), _per_sample(
        np.asarray(reference.argmax(axis=-1) != result.argmax(axis=-1))
    )


def _sides(reference: Array, result: Array, error: float) -> Decided:
    clear = np.abs(reference - _HALF) > error
    return _per_sample(clear), _per_sample((reference > _HALF) != (result > _HALF))


def _per_sample(decisions: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    return list(np.atleast_1d(decisions).reshape(len(np.atleast_1d(decisions)), -1))
