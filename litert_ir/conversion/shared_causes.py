"""Skip strategies that would fail by the cause that others failed by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from litert_ir.conversion.quantized import float_strategy
from litert_ir.conversion.route import Candidate
from litert_ir.conversion.tensorflow.strategy import TensorFlowStrategy
from litert_ir.errors import ConverterCrashed, TensorListError, UnsupportedOpsError
from litert_ir.errors.attempts import Attempt, Outcome


def spared(candidates: Sequence[Candidate], attempts: Sequence[Attempt]) -> Attempt | None:
    """Return the record of a strategy to skip, as it would fail like those before it.

    Args:
        candidates: All of them, in the order in which they are tried.
        attempts: The records of the first ones; the next one is examined.

    Returns:
        None where it is to be tried, or refuses by itself.
    """
    candidate, tried = candidates[len(attempts)], tuple(zip(candidates, attempts, strict=False))
    reason = None if candidate.refusal else _reason(candidate, tried)
    if reason is None:
        return None
    return Attempt(strategy=candidate.name, outcome=Outcome.NOT_TRIED, reason=reason)


_Tried = Sequence[tuple[Candidate, Attempt]]


def _reason(candidate: Candidate, tried: _Tried) -> str | None:
    return _from_lists(candidate, tried) or _from_ops(tried) or _from_calibrator(candidate, tried)


def _from_calibrator(candidate: Candidate, tried: _Tried) -> str | None:
    """Find a failure of TensorFlow's calibrator, which runs the same kernels for each strategy.

    The converter runs in a child process where it calibrates, as the calibrator can crash.
    """
    if not isinstance(candidate.strategy, TensorFlowStrategy):
        return None
    crashed = [
        attempt.strategy
        for before, attempt in tried
        if isinstance(before.strategy, TensorFlowStrategy) and _is_crash(attempt)
    ]
    return f"uses the calibrator that crashed for {', '.join(crashed)}" if crashed[1:] else None


def _is_crash(attempt: Attempt) -> bool:
    error = attempt.error
    return isinstance(error, ConverterCrashed) and not (error.timed_out or error.is_from_outside)


def _from_lists(candidate: Candidate, tried: _Tried) -> str | None:
    """Find tensor lists, which stop TensorFlow's converter in each strategy."""
    if not isinstance(float_strategy(candidate.strategy), TensorFlowStrategy):
        return None
    found = (attempt for _, attempt in tried if isinstance(attempt.error, TensorListError))
    first = next(found, None)
    return None if first is None else f"uses the converter that failed for {first.strategy}"


def _from_ops(tried: _Tried) -> str | None:
    """Find an op that two strategies miss, which have looked for it in different ways."""
    errors = [item.error for _, item in tried if isinstance(item.error, UnsupportedOpsError)]
    found = Counter(name for error in errors for name in {op.name for op in error.ops})
    twice = sorted(name for name, count in found.items() if count > 1)
    return f"two strategies miss {', '.join(twice)}" if twice else None
