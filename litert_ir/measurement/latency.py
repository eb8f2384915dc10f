"""Measure the latency of LiteRT files side by side: in turns, on one input, in the child process.

Turns let every disturbance fall on all files alike, and every other round goes the other way round,
so that no file always follows another one.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np

from litert_ir.isolation.time_limits import TimeBudget, running_s
from litert_ir.runtime.interface_reader import read_interface
from litert_ir.runtime.interpreter import LoadedFile
from litert_ir.runtime.isolated import call_on_file, elements_of
from litert_ir.samples.forms import NamedSample

_WARM_UPS = 2
_LEAST_ROUNDS = 10
_MOST_ROUNDS = 200
_ENOUGH_S = 0.5
"""Seconds for each file after which no further round begins, once there were enough rounds."""
_MOST_S = 5.0
"""Seconds for each file after which no further round begins, of which one is always made."""


@attrs.frozen(kw_only=True)
class Latency:
    """The duration of a run of a file, its inputs and outputs copied.

    Attributes:
        median_s: The median, in seconds.
        first_quartile_s: The duration that a quarter of the runs stays below, in seconds.
        third_quartile_s: The duration that three quarters of the runs stay below, in seconds.
        runs: The number of timed runs.
    """

    median_s: float
    first_quartile_s: float
    third_quartile_s: float
    runs: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        """Summarize the durations of runs.

        Example:
            >>> print(Latency.of([0.010, 0.011, 0.012, 0.050]))
            11.5 ms (10.75 to 21.5)
        """
        first, median, third = map(float, np.quantile(seconds, (0.25, 0.5, 0.75)))
        return cls(
            median_s=median, first_quartile_s=first, third_quartile_s=third, runs=len(seconds)
        )

    def __str__(self) -> str:
        low, high = 1e3 * self.first_quartile_s, 1e3 * self.third_quartile_s
        return f"{1e3 * self.median_s:.4g} ms ({low:.4g} to {high:.4g})"


def median_latency(
    paths: Sequence[Path], inputs: NamedSample, budget: TimeBudget | None = None
) -> tuple[Latency, ...]:
    """Run files in turns on one input, each with XNNPACK and the interpreter's default threads.

    Args:
        paths: Files with the same inputs, which are known to run.
        inputs: Arrays by input name, of real values even where a file takes integers.
        budget: The seconds that are allowed; by default many times what such files take.

    Returns:
        One for each file, in order.

    Raises:
        FileRejectedError: When a file does not load or run, or kills the process.
        ConverterCrashed: When the runs do not end in time, or the process is killed from outside.
        ValueError: When an array does not fit an input.
    """
    if not paths:
        return ()
    absolute = tuple(path.absolute() for path in paths)
    runs = [inputs] * (_WARM_UPS + _LEAST_ROUNDS)
    limit = len(paths) * _MOST_S + sum(
        running_s(path.stat().st_size, elements_of(read_interface(path), runs)) for path in paths
    )
    allowed = budget or TimeBudget()
    task = "timing the files"
    return call_on_file(absolute[0], allowed, limit, task, timed_runs, absolute, dict(inputs))


def timed_runs(paths: tuple[Path, ...], inputs: NamedSample) -> tuple[Latency, ...]:
    """Run the files in turns in the child process, for `median_latency`."""
    files = [LoadedFile(path) for path in paths]
    given = [
        {name: file.quantize(name, values) for name, values in inputs.items()} for file in files
    ]
    for file, sample in zip(files, given, strict=True):
        for _ in range(_WARM_UPS):
            file.run(sample)
    seconds: list[list[float]] = [[] for _ in files]
    began = time.perf_counter()
    for done in itertools.count():
        elapsed = time.perf_counter() - began
        if _is_enough(done, elapsed / len(files)):
            return tuple(map(Latency.of, seconds))
        for place in range(len(files)) if done % 2 == 0 else reversed(range(len(files))):
            started = time.perf_counter()
            files[place].run(given[place])
            seconds[place].append(time.perf_counter() - started)
    raise AssertionError("the rounds end by themselves")


def _is_enough(rounds: int, seconds_each: float) -> bool:
    """Tell whether no further round is needed."""
    if rounds == 0:
        return False
    much = rounds >= _LEAST_ROUNDS and seconds_each >= _ENOUGH_S
    return much or seconds_each >= _MOST_S or rounds >= _MOST_ROUNDS
