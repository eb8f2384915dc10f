"""Set the default time limit of each kind of call to the child process.

Every call has a limit, as native code that never ends would block its caller forever. The limits
detect faults, not slowness: each is many times the usual time of such work.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import attrs

CALL_S = 600.0
"""Seconds of a call of unknown kind."""
CONVERSION_STEP_S = 600.0
"""Seconds for one step of a conversion without weights, whatever the model's size."""
CONVERSION_S = 7200.0
"""Seconds for a whole conversion, or a plan, with all of the model's weights; TensorFlow's
converter takes minutes for a gigabyte, and its calibrator a run of the model for each sample."""
QUANTIZATION_STEP_S = 600.0
"""Seconds for one pass of the quantizer over a small file."""
COMPILATION_S = 1800.0
"""Seconds after which a vendor's compiler is taken to hang; those for NPUs take minutes."""
PLUGIN_S = 60.0
"""Seconds of loading after which a plugin counts as one that does not load."""

_START_S = 30.0
"""Seconds for the start of a child and its imports, where the machine is busy with other things."""
WARM_SAVES_S = 18.0
"""The part of the start that a child that has answered before does not need; it may have to import
more.
"""
_ANSWER_S = 5.0
"""Seconds for a child that is there to answer, where the machine is busy."""
_RUN_S = 2.0
"""Seconds for a run of the smallest file."""
_BYTES_PER_S = 5e6
"""Bytes that are read, packed for the kernels and written in a second, from a slow disk."""
_PRODUCTS_PER_S = 1e9
"""Multiplications of an element and a weight in a second, by slow kernels on one core."""
_CALIBRATION_FACTOR = 10
"""The slowdown of the kernels that preserve all tensors."""
_DAY_S = 86400.0


def quantization_s(size_bytes: int) -> float:
    """Compute the seconds for one pass of the quantizer over a file of this size."""
    return QUANTIZATION_STEP_S + size_bytes / _BYTES_PER_S


def running_s(size_bytes: int, elements: Iterable[int]) -> float:
    """Compute the seconds for loading a file and running it, including a child's start.

    The work of a run is bounded by the product of its weights and its elements: a convolution uses
    each weight at each position, and a dense layer at each token.

    Args:
        size_bytes: The file's size, which is at least the number of its weights.
        elements: For each run, the elements of its largest input or output.
    """
    return min(_DAY_S, loading_s(size_bytes) + _runs_s(size_bytes, elements))


def loading_s(size_bytes: int) -> float:
    """Compute the seconds for loading a file, including a child's start."""
    return _START_S + size_bytes / _BYTES_PER_S


def one_run_s(size_bytes: int, elements: int) -> float:
    """Compute the seconds for one run of a loaded file, with all tensors preserved or not."""
    return min(_DAY_S, _ANSWER_S + _runs_s(size_bytes, [_CALIBRATION_FACTOR * elements]))


def _runs_s(size_bytes: int, elements: Iterable[int]) -> float:
    return sum(_RUN_S + size_bytes * count / _PRODUCTS_PER_S for count in elements)


def watched_running_s(size_bytes: int, elements: Iterable[int]) -> float:
    """Compute the seconds as in `running_s`, where the interpreter preserves all tensors."""
    return running_s(size_bytes, (_CALIBRATION_FACTOR * count for count in elements))


@attrs.frozen
class TimeBudget:
    """The seconds that a user allows for several calls together.

    Attributes:
        seconds: The number of seconds; None for the default limit of each call.
        began: The start of the count, by `time.monotonic`.
    """

    seconds: float | None = None
    began: float = attrs.field(factory=time.monotonic)

    def left(self, default_s: float) -> float:
        """Return the seconds that the next call may take: the rest, or its default."""
        rest = self.rest()
        return default_s if rest is None else rest

    def rest(self) -> float | None:
        """Return the seconds that are left; None where there is no limit."""
        if self.seconds is None:
            return None
        return max(0.0, self.began + self.seconds - time.monotonic())
