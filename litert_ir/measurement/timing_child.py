"""Load a LiteRT file in a child process of its own, and time its runs there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import attrs

from litert_ir.measurement.resident_memory import forget_peak, peak_bytes, resident_bytes
from litert_ir.runtime.interpreter import Array, load_runtime
from litert_ir.runtime.repeated_runs import RepeatedRuns

_WARM_UPS = 2


@attrs.frozen(kw_only=True)
class FileToTime:
    """A file with what it runs on.

    Attributes:
        path: The file.
        signature: The name of a signature; None for the first.
        inputs: Arrays by input name, of the file's own element types.
        threads: The number of threads.
    """

    path: Path
    signature: str | None
    inputs: Mapping[str, Array] = attrs.field(eq=False)
    threads: int


@attrs.frozen(kw_only=True)
class Start:
    """The beginning of a file's life in a process.

    Attributes:
        load_s: The seconds of loading it, in which delegates pack the weights.
        first_run_s: The seconds of the first run, in which memory is allocated.
        run_s: The seconds of a later run.
    """

    load_s: float
    first_run_s: float
    run_s: float


@attrs.define
class _Timed:
    file: RepeatedRuns
    resident_before: int


_TIMED: list[_Timed] = []
"""The file that this process has loaded, if any."""


def start(wanted: FileToTime) -> Start:
    """Load the file, and run it until its speed has settled."""
    load_runtime()
    forget_peak()
    before = resident_bytes()
    began = time.perf_counter()
    file = RepeatedRuns(wanted.path, signature=wanted.signature, threads=wanted.threads)
    loaded = time.perf_counter()
    file.set_inputs(wanted.inputs)
    file.run()
    ran = time.perf_counter()
    _TIMED[:] = [_Timed(file, before)]
    settled = runs(_WARM_UPS)
    return Start(load_s=loaded - began, first_run_s=ran - loaded, run_s=settled[-1])


def runs(count: int) -> tuple[float, ...]:
    """Run the file so many times; return the seconds of each run."""
    (timed,) = _TIMED
    return tuple(_seconds_of_run(timed.file) for _ in range(count))


def memory_growth() -> int:
    """Return the bytes by which the peak of resident memory exceeds that before loading."""
    (timed,) = _TIMED
    return max(0, peak_bytes() - timed.resident_before)


def _seconds_of_run(file: RepeatedRuns) -> float:
    began = time.perf_counter()
    file.run()
    return time.perf_counter() - began
