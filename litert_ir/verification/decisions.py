"""What scores decide, a class or yes and no, and whether two sides decide alike beyond chance."""

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
"""How far the sum of a softmax may be from 1, in half precision as well."""
_HALF = 0.5
_DOUBT = 0.05
"""How likely a file that keeps to its bound may be refused at most, by the luck of the samples."""


@attrs.frozen(kw_only=True)
class Agreement:
    """How often a file decides as the reference does.

    A decision of the reference counts where it is no near-tie, that is where the accepted error
    alone cannot turn it.

    Attributes:
        what: What is compared: `CLASS` or `SIDE`.
        decided: The decisions that count.
        left_out: The near-ties.
        differing: How many of the decided ones the file decides otherwise.
        allowed: The accepted share of differing ones.
        is_refuted: Whether there are more than chance explains with that share.
        can_be_refuted: Whether there are enough decisions for that at all, if all of them differ.
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
        """The share of decided ones that agree; None where there are none."""
        return 1 - self.differing / self.decided if self.decided else None

    def __str__(self) -> str:
        ties = f", {self.left_out} near-tie(s) left out" if self.left_out else ""
        if self.share is None:
            return f"{self.what}: not judged, no decision is clear{ties}"
        text = f"{self.what} in {self.share:.2%} of {self.decided} decision(s){ties}"
        few = "" if self.can_be_refuted else "; too few to judge, compare on more samples"
        return f"{text} (accepted {1 - self.allowed:.1%}{few})"


def agreement(pairs: Pairs, error: float, allowed: float) -> Agreement | None:
    """How often both sides decide alike, where the reference is made of scores.

    Non-negative numbers whose last axis sums up to 1 are the scores of classes, as softmax gives
    them; others within 0 and 1 are those of yes and no, as a logistic function gives them.

    Whether the share of differing decisions is above the allowed one is a binomial test, with one
    trial per sample: the decisions within a sample, as of the pixels of an image, depend on each
    other, so that of such a sample only counts whether its own share is above the allowed one,
    which must not be so for most samples.

    Args:
        pairs: What is expected and what came, for each case; the first axis is the samples.
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
    """Whether so many failures are too many for independent trials.

    The exact binomial test, one-sided: whether P(X >= failures) is below 5 %.

    Args:
        failures: How many trials failed.
        trials: How many there were.
        likelihood: How likely each of them is to fail at most.
    """
    if not 0 < likelihood < 1:
        return likelihood <= 0 < failures
    counts = range(min(failures, trials + 1))
    return 1 - math.fsum(_probability(count, trials, likelihood) for count in counts) < _DOUBT


def _probability(failures: int, trials: int, likelihood: float) -> float:
    """That of so many failures, by logarithms: binomial coefficients are too large for floats."""
    ways = math.lgamma(trials + 1) - math.lgamma(failures + 1) - math.lgamma(trials - failures + 1)
    succeeded = (trials - failures) * math.log1p(-likelihood)
    return math.exp(ways + failures * math.log(likelihood) + succeeded)


def _is_beyond_chance(trials: Sequence[int], failures: Sequence[int], allowed: float) -> bool:
    """The test over samples, each with its decisions and the differing ones among them."""
    decided = [(n, k) for n, k in zip(trials, failures, strict=True) if n]
    if all(n == 1 for n, _ in decided):
        return is_beyond_chance(sum(k for _, k in decided), len(decided), allowed)
    bad = sum(k > allowed * n for n, k in decided)
    return is_beyond_chance(bad, len(decided), _HALF)


Decided = tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]
"""Per sample, which decisions of the reference are clear, and which the result makes otherwise."""
_Decider = Callable[[Array, Array, float], Decided]


def _decider(reference: Sequence[Array]) -> _Decider | None:
    """How to read scores; None for other numbers."""
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
    """The first classes of rows; both scores of a row may be off by the error."""
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
