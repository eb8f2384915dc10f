"""What made one strategy fail and would make another one fail as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from litert_ir.conversion.quantizers.choice import Way
from litert_ir.conversion.quantizers.in_converter import ConverterQuantizer
from litert_ir.conversion.tensorflow.strategy import TensorFlowStrategy
from litert_ir.errors import ConverterCrashed, TensorListError, UnsupportedOpsError
from litert_ir.errors.attempts import Attempt, Outcome


def spared(way: Way, attempts: Sequence[Attempt]) -> Attempt | None:
    """The record of a strategy that is not tried, as it would fail like those before it.

    Args:
        way: What is next.
        attempts: Those before it.

    Returns:
        None where it is to be tried, or refuses by itself.
    """
    reason = None if way.refusal else _reason(way, attempts)
    if reason is None:
        return None
    return Attempt(strategy=way.strategy.name, outcome=Outcome.NOT_TRIED, reason=reason)


def _reason(way: Way, attempts: Sequence[Attempt]) -> str | None:
    return _from_lists(way, attempts) or _from_ops(attempts) or _from_calibrator(way, attempts)


def _from_calibrator(way: Way, attempts: Sequence[Attempt]) -> str | None:
    """TensorFlow's calibrator runs the same kernels, whichever strategy gives it the model."""
    name = None if way.quantizer is None else way.quantizer.name
    if not isinstance(way.strategy, TensorFlowStrategy) or name != ConverterQuantizer().name:
        return None
    crashed = [item.strategy for item in attempts if item.quantizer == name and _is_crash(item)]
    return f"uses the calibrator that crashed for {', '.join(crashed)}" if crashed[1:] else None


def _is_crash(attempt: Attempt) -> bool:
    error = attempt.error
    return isinstance(error, ConverterCrashed) and not (error.timed_out or error.is_from_outside)


def _from_lists(way: Way, attempts: Sequence[Attempt]) -> str | None:
    """Tensor lists stop TensorFlow's converter, whichever strategy gives it the model."""
    if not isinstance(way.strategy, TensorFlowStrategy):
        return None
    found = (attempt for attempt in attempts if isinstance(attempt.error, TensorListError))
    first = next(found, None)
    return None if first is None else f"uses the converter that failed for {first.strategy}"


def _from_ops(attempts: Sequence[Attempt]) -> str | None:
    """Two strategies that miss the same op have looked for it in different ways."""
    errors = [item.error for item in attempts if isinstance(item.error, UnsupportedOpsError)]
    found = Counter(name for error in errors for name in {op.name for op in error.ops})
    twice = sorted(name for name, count in found.items() if count > 1)
    return f"two strategies miss {', '.join(twice)}" if twice else None
