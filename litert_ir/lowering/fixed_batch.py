"""Find a static batch with which an attempt succeeds that failed with a dynamic one."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable

from litert_ir.errors import LiteRTIRError, ModelTraceError
from litert_ir.errors.advice import advise, joined
from litert_ir.errors.setting_names import BATCH_SIZE

SIZES = (1, 2, 3, 4, 8, 16, 32, 50, 64, 100, 128, 256)
"""Usual training batches, beside the smallest ones; a model with its batch size as a constant
accepts that one only.
"""
_SECONDS = 2.0
"""Seconds after which no further size is tried."""


def working_batch(
    attempt: Callable[[int], object], sizes: Iterable[int] = SIZES, *, seconds: float = _SECONDS
) -> int | None:
    """The first batch with which an attempt succeeds; None where none was found in time.

    Args:
        attempt: Raises `LiteRTIRError` for a batch with which it fails.
        sizes: The sizes to try, in order; the first one in any case.
        seconds: The time after which to give up.
    """
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of attempts that the user did not ask for
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
    """Format the advice to pass a batch that works."""
    return advise("pass {batch}: a fixed batch of this size works", batch=BATCH_SIZE.to(size))


def advising(error: ModelTraceError, size: int | None) -> ModelTraceError:
    """Add the advice to fix the batch to an error; unchanged where no batch is known to work."""
    if size is None:
        return error
    return error.evolve(advice=joined([batch_advice(size), error.advice], "; or "))
