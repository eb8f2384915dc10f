"""How long each kind of call to the child process may take, where nobody says otherwise.

Every call has a limit, as native code that never ends would hold its caller for ever. The limits
are for what went wrong, not for what is slow: each is many times what such work takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import attrs

CALL_S = 600.0
"""Seconds of a call of which nothing is known."""
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
"""Seconds after which a plugin that hangs while it is loaded counts as one that does not load."""

_START_S = 30.0
"""Seconds for the start of a child and its imports, where the machine is busy with other things."""
WARM_SAVES_S = 18.0
"""What of that a child does not need that has answered before; it may have to import more."""
_ANSWER_S = 5.0
"""Seconds for a child that is there to answer, where the machine is busy."""
_RUN_S = 2.0
"""Seconds for a run of the smallest file."""
_BYTES_PER_S = 5e6
"""What is read, packed for the kernels and written in a second, from a slow disk."""
_PRODUCTS_PER_S = 1e9
"""Multiplications of an element and a weight; slow kernels on one core do so many."""
_CALIBRATION_FACTOR = 10
"""How much slower the kernels are that keep what all operators compute."""
_DAY_S = 86400.0


def quantization_s(size_bytes: int) -> float:
    """Seconds for one pass of the quantizer over a file of this size."""
    return QUANTIZATION_STEP_S + size_bytes / _BYTES_PER_S


def running_s(size_bytes: int, elements: Iterable[int]) -> float:
    """Seconds for loading a file and running it on several inputs, a child's start included.

    A run takes no more work than the product of its weights and its elements: a convolution
    uses each weight at each place, and a dense layer at each token.

    Args:
        size_bytes: The file's size, which is at least the number of its weights.
        elements: For each run, those of its largest input or output.
    """
    return min(_DAY_S, loading_s(size_bytes) + _runs_s(size_bytes, elements))


def loading_s(size_bytes: int) -> float:
    """Seconds for loading a file, a child's start included."""
    return _START_S + size_bytes / _BYTES_PER_S


def one_run_s(size_bytes: int, elements: int) -> float:
    """Seconds for one run of a file that a child has loaded, and may keep all tensors of."""
    return min(_DAY_S, _ANSWER_S + _runs_s(size_bytes, [_CALIBRATION_FACTOR * elements]))


def _runs_s(size_bytes: int, elements: Iterable[int]) -> float:
    return sum(_RUN_S + size_bytes * count / _PRODUCTS_PER_S for count in elements)


def watched_running_s(size_bytes: int, elements: Iterable[int]) -> float:
    """As `running_s`, where the interpreter keeps what all operators compute."""
    return running_s(size_bytes, (_CALIBRATION_FACTOR * count for count in elements))


@attrs.frozen
class TimeBudget:
    """The seconds that a user allows for several calls together.

    Attributes:
        seconds: How many; None for the default limit of each call.
        began: When they began to count, by `time.monotonic`.
    """

    seconds: float | None = None
    began: float = attrs.field(factory=time.monotonic)

    def left(self, default_s: float) -> float:
        """What the next call may take: what is left, or its default."""
        rest = self.rest()
        return default_s if rest is None else rest

    def rest(self) -> float | None:
        """The seconds that are left; None where there is no limit."""
        if self.seconds is None:
            return None
        return max(0.0, self.began + self.seconds - time.monotonic())
