"""Find a fixed batch with which something succeeds that failed with a dynamic one."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable

from litert_ir.errors import LiteRTIRError, ModelTraceError

SIZES = (1, 2, 3, 4, 8, 16, 32, 50, 64, 100, 128, 256)
"""Usual batches of training, beside the smallest ones; a model that holds the size of its batch
as a number takes that one only."""
_SECONDS = 2.0
"""After so long no further size is tried."""


def working_batch(
    attempt: Callable[[int], object], sizes: Iterable[int] = SIZES, *, seconds: float = _SECONDS
) -> int | None:
    """The first batch with which an attempt succeeds; None where none was found in time.

    Args:
        attempt: Raises `LiteRTIRError` for a batch with which it fails.
        sizes: What to try, in order; the first one in any case.
        seconds: After how long to give up.
    """
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of attempts that nobody asked for
        for size in sizes:
            try:
                attempt(size)
            except LiteRTIRError:
                if time.perf_counter() - started > seconds:
                    return None
            else:
                return size
    return None


def batch_advice(size: int) -> str:
    """The advice to pass a batch that is known to help."""
    return f"pass batch_size={size} (--batch-size {size}): a fixed batch of this size works"


def advising(error: ModelTraceError, size: int | None) -> ModelTraceError:
    """The error with the advice to fix the batch; itself where none is known that helps."""
    if size is None:
        return error
    return error.evolve(advice="; or ".join(filter(None, [batch_advice(size), error.advice])))
