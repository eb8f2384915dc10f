"""Peak resident memory of this process over a span of time (Linux only)."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from pathlib import Path
from types import TracebackType

import attrs

SAMPLE_SECONDS = 0.005
"""Pause between two samples."""

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_STATM = Path("/proc/self/statm")
_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_SLACK_BYTES = 16 * 2**20


@attrs.frozen(kw_only=True)
class PeakReading:
    """The peak of resident memory over a watch, in bytes, counted from zero.

    Args:
        sampled_bytes: Largest sample.
        high_water_bytes: The kernel's high-water mark; None where it could not be reset.
        samples: Number of samples taken.
    """

    sampled_bytes: int
    high_water_bytes: int | None
    samples: int

    @property
    def peak_bytes(self) -> int:
        """The larger of the two readings."""
        return max(self.sampled_bytes, self.high_water_bytes or 0)


class PeakWatch:
    """Context manager that watches resident memory from entry to exit.

    A thread samples every 5 ms. Native code that keeps Python's lock stops the thread, so the
    kernel's own high-water mark is read as well where it can be reset.

    Example:
        >>> with PeakWatch() as watch:
        ...     block = bytearray(b"x" * 2**20)
        >>> watch.reading.peak_bytes > 2**20
        True
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="peak-watch", daemon=True)
        self._sampled_bytes = 0
        self._samples = 0
        self._high_water_is_ours = False
        self._reading: PeakReading | None = None

    @property
    def reading(self) -> PeakReading:
        """The peak, once the watch has ended.

        Raises:
            RuntimeError: The watch has not ended yet.
        """
        if self._reading is None:
            msg = "the peak is known once the watch has ended: read it after the `with` block"
            raise RuntimeError(msg)
        return self._reading

    def __enter__(self) -> PeakWatch:
        self._high_water_is_ours = _reset_high_water()
        self._take_sample()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._take_sample()
        self._stop.set()
        self._thread.join()
        self._reading = PeakReading(
            sampled_bytes=self._sampled_bytes,
            high_water_bytes=_high_water_bytes() if self._high_water_is_ours else None,
            samples=self._samples,
        )

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            self._take_sample()

    def _take_sample(self) -> None:
        self._sampled_bytes = max(self._sampled_bytes, resident_bytes())
        self._samples += 1


def resident_bytes() -> int:
    """Return the resident memory of this process, in bytes."""
    return int(_STATM.read_text().split()[1]) * _PAGE_BYTES


def settle() -> None:
    """Collect garbage and hand the C heap's free pages back to the kernel.

    Without the second step an export could reuse pages that building the model left behind,
    and its peak above the built model would come out too small.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc has it, musl has not
        trim(0)


def _reset_high_water() -> bool:
    """Reset the kernel's high-water mark to the present; return whether that worked."""
    try:
        _CLEAR_REFS.write_text("5")
        high_water = _high_water_bytes()
    except OSError:
        return False
    return high_water is not None and high_water <= resident_bytes() + _RESET_SLACK_BYTES


def _high_water_bytes() -> int | None:
    for line in _STATUS.read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "VmHWM":
            return int(rest.split()[0]) * 1024
    return None
