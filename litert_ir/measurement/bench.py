"""The public verb that measures how fast LiteRT files run on this machine."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from litert_ir.backends.litert.runtime_profiler import SignatureArrays
from litert_ir.errors import OptionsError
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.measurement.file_benchmark import FileBenchmark
from litert_ir.measurement.fitted_inputs import FittedInput, Sizes
from litert_ir.measurement.kernel_profile import KernelProfile, ToProfile, profiled
from litert_ir.measurement.named_values import Values
from litert_ir.measurement.opened_file import OpenedFile, require_time
from litert_ir.measurement.run_input import RunInput
from litert_ir.measurement.run_times import RunTimes, time_text
from litert_ir.measurement.shipped_tool import ShippedToolTimes, shipped_tool_times
from litert_ir.measurement.speed_ratio import SpeedRatio
from litert_ir.measurement.timed_launches import LAUNCHES, Launch, timed_in_turns
from litert_ir.measurement.timing_child import FileToTime
from litert_ir.reports.report import Report
from litert_ir.reports.table import Table
from litert_ir.samples.image_inputs import PixelScaling

Array = NDArray[Any]
Progress = Callable[[str], None]

_RESOLVED = 0.5
"""The share of a run's time below which what the profiler counts says little."""
_BUSY = 0.5
"""The load for each CPU above which other work is likely to disturb the times."""


@attrs.frozen(kw_only=True, repr=False)
class Benchmark(Report):
    """The speed of one or two LiteRT files on this machine.

    Attributes:
        files: The measurements of each file.
        ratio: How the second file's time relates to that of the first; None for one file.
        threads: The number of threads that each file was given.
        machine: The machine's architecture, CPUs and system.
        notes: What to know of the numbers.
    """

    files: tuple[FileBenchmark, ...]
    ratio: SpeedRatio | None
    threads: int
    machine: str
    notes: tuple[str, ...] = ()

    @property
    @override
    def headline(self) -> str:
        first, *others = self.files
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        if self.ratio is None:
            times = first.times
            return (
                f"{first.path.name} runs in {time_text(times.median_s)} (median; 95 % below "
                f"{time_text(times.p95_s)}; {threads})"
            )
        medians = [time_text(file.times.median_s) for file in (first, *others)]
        if not self.ratio.is_measured:
            return f"no difference measured (median {' and '.join(medians)}, {threads})"
        names = self.labels if self.ratio.first_is_faster else self.labels[::-1]
        if not self.ratio.first_is_faster:
            medians.reverse()
        return (
            f"{names[0]} is {self.ratio.speedup:.2f} x faster than {names[1]} "
            f"(median {medians[0]} against {medians[1]}, {threads})"
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the files; their paths where the names are the same."""
        names = tuple(file.path.name for file in self.files)
        return names if len(set(names)) == len(names) else tuple(str(f.path) for f in self.files)

    @override
    def tables(self) -> tuple[Table, ...]:
        many = len(self.files) > 1
        profiles = (
            table
            for file, label in zip(self.files, self.labels, strict=True)
            for table in file.profile_tables(label if many else "")
        )
        return (self._times(), *profiles)

    def _times(self) -> Table:
        facts = [file.facts() for file in self.files]
        rows: list[Sequence[str]] = [
            (label, *(each[label] for each in facts))
            for label in facts[0]
            if any(each[label] for each in facts)
        ]
        if self.ratio is not None:
            rows.insert(1, ("speedup", *self._speedup()))
        columns = ("", *self.labels) if len(self.files) > 1 else ("", "")
        told = (f"In LiteRT's interpreter, on {self.machine}.", *self.notes)
        return Table("", columns, rows, note=" ".join(told))

    def _speedup(self) -> tuple[str, str]:
        assert self.ratio is not None
        if not self.ratio.is_measured:
            low, high = self.ratio.least, self.ratio.greatest
            return "none measured", f"{low:.2f} to {high:.2f} x the time"
        return (str(self.ratio), "") if self.ratio.first_is_faster else ("", str(self.ratio))

    @override
    def to_data(self) -> dict[str, Any]:
        return {"headline": self.headline, **super().to_data()}


def bench(  # noqa: PLR0913  (keywords)
    file: str | os.PathLike[str],
    other: str | os.PathLike[str] | None = None,
    *,
    inputs: Values | None = None,
    sizes: Sizes | None = None,
    signature: str | None = None,
    scaling: PixelScaling | str | None = None,
    runs: int | None = None,
    threads: int = 1,
    profile: bool = True,
    timeout: float | None = None,
    on_progress: Progress | None = None,
) -> Benchmark:
    """Measure how fast a LiteRT file runs here, or which one of two is faster.

    Each file runs in LiteRT's interpreter, with XNNPACK, in a process of its own that is launched
    five times; two files take turns, so that whatever else the machine does falls on both. After
    that a file runs under the profiler of LiteRT's runtime, and in the benchmark tool that
    ai-edge-litert ships.

    Args:
        file: A LiteRT file of any origin.
        other: A file to compare it with.
        inputs: Values for the inputs of both files, as `litert_ir.run_file` takes them; those that
            are missing are random. Random values depend on an input's shape and type alone.
        sizes: Sizes of dynamic dimensions by their names, and shapes by the names of inputs. Other
            dynamic dimensions are 1 for the batch, and near 16 else.
        signature: The name of the signature to run; None for the first.
        scaling: The values of an image for the pixels 0 to 255, as `litert_ir.run_file` takes it.
        runs: The number of timed runs of each file; None for as many as fit into some seconds.
        threads: The number of threads for each file.
        profile: Whether to profile the kernels, and to run ai-edge-litert's tool.
        timeout: Seconds for everything; None for many times what such files take.
        on_progress: Called with each phase as it starts.

    Returns:
        The measurements; printable.

    Raises:
        ModelSourceError: When there is no such file.
        FileRejectedError: When a file does not load or run, or kills its process.
        OptionsError: When a number is below 1, a timeout is not above 0, or a file has no such
            signature.
        SamplesError: When a value does not fit its input.
        SizeError: When a size does not fit the file.
        ConverterCrashed: When it does not end in time, or a process is killed from outside.

    Example:
        ``print(litert_ir.bench("float.tflite", "int8.tflite", threads=2))``
    """
    _require_positive(runs=runs, threads=threads)
    require_time(timeout)
    tell = on_progress or _nothing
    budget = TimeBudget(timeout)
    paths = [file] if other is None else [file, other]
    opened = [OpenedFile.of(path, signature, budget.rest()) for path in paths]
    notes = [*_load_notes()]
    if other is not None and runs is not None and runs < LAUNCHES:
        notes.append(f"A difference is told from {LAUNCHES} runs on, each in a launch of its own.")
    tell("preparing the inputs")
    pixels = PixelScaling.parsed(scaling)
    fitted = [each.fitted(inputs, sizes or {}, scaling=pixels) for each in opened]
    notes += _input_notes(fitted)
    outputs = [each.results_on(one, raw=True) for each, one in zip(opened, fitted, strict=True)]
    launches = timed_in_turns(
        [_to_time(*pair, signature, threads) for pair in zip(opened, fitted, strict=True)],
        runs=runs,
        timeout=budget.rest(),
        on_launch=lambda done, count: tell(f"timing: launch {done + 1} of {count}"),
    )
    ratio = SpeedRatio.of(*launches) if len(launches) == 2 else None
    measured = []
    for parts in zip(opened, fitted, outputs, launches, strict=True):
        if profile:
            tell(f"profiling {parts[0].path.name}")
        measured.append(_Measured(*parts, threads).benchmark(budget, profile=profile))
    return Benchmark(
        files=tuple(measured),
        ratio=ratio,
        threads=threads,
        machine=_machine(),
        notes=(*notes, *(f"{m.path.name}: {note}" for m in measured for note in m.notes)),
    )


def _to_time(
    opened: OpenedFile, inputs: Sequence[FittedInput], signature: str | None, threads: int
) -> FileToTime:
    return FileToTime(
        path=opened.path.absolute(),
        signature=signature,
        inputs={one.name: one.values for one in inputs},
        threads=threads,
    )


def _require_positive(**numbers: int | None) -> None:
    for name, number in numbers.items():
        if number is not None and number < 1:
            raise OptionsError(
                "This is a number of 1 or more.", where=name, expected="1", received=str(number)
            )


def _nothing(_phase: str) -> None:
    """Report no progress."""


def _input_notes(fitted: Sequence[Sequence[FittedInput]]) -> list[str]:
    """Tell of files that take different inputs."""
    kinds = {tuple((one.name, one.values.shape) for one in given) for given in fitted}
    return ["The files take different inputs; each ran on its own."] if len(kinds) > 1 else []


@attrs.frozen
class _Measured:
    """A file that was timed."""

    file: OpenedFile
    inputs: tuple[FittedInput, ...]
    outputs: Mapping[str, Array]
    launches: Sequence[Launch]
    threads: int

    def benchmark(self, budget: TimeBudget, *, profile: bool) -> FileBenchmark:
        """Add what other tools measure."""
        times = RunTimes.of(self.launches)
        kernels, tool = (
            (self._kernels(times, budget), self._tool(times, budget)) if profile else (None, None)
        )
        reasons = {"no profile": kernels, "litert-benchmark": tool}
        if isinstance(kernels, KernelProfile) and kernels.seconds < _RESOLVED * times.least_s:
            reasons["kernels"] = "too short for the profiler, which counts whole microseconds"
        return FileBenchmark(
            path=self.file.path,
            size_bytes=self.file.path.stat().st_size,
            signature=self.file.interface.signature_key,
            inputs=tuple(map(RunInput.of, self.inputs)),
            times=times,
            memory_bytes=int(statistics.median(each.memory_bytes for each in self.launches)),
            profile=kernels if isinstance(kernels, KernelProfile) else None,
            shipped_tool=tool if isinstance(tool, ShippedToolTimes) else None,
            notes=tuple(
                f"{what}: {reason}" for what, reason in reasons.items() if isinstance(reason, str)
            ),
        )

    def _kernels(self, times: RunTimes, budget: TimeBudget) -> KernelProfile | str:
        arrays = SignatureArrays(
            number=self.file.number,
            inputs={one.name: one.values for one in self.inputs},
            outputs=self.outputs,
        )
        wanted = ToProfile(
            path=self.file.path,
            interface=self.file.interface,
            arrays=arrays,
            threads=self.threads,
            run_s=times.median_s,
        )
        return profiled(wanted, budget)

    def _tool(self, times: RunTimes, budget: TimeBudget) -> ShippedToolTimes | str:
        reason = self._not_for_tool()
        if reason:
            return reason
        return shipped_tool_times(
            self.file.path,
            self.file.interface.signature_key,
            threads=self.threads,
            run_s=times.median_s,
            budget=budget,
        )

    def _not_for_tool(self) -> str:
        """Return the reason that the tool would run another input; "" where it does not."""
        for info, given in zip(self.file.interface.inputs, self.inputs, strict=True):
            if any(size is None for size in info.shape) and any(
                size != 1
                for size, known in zip(given.values.shape, info.shape, strict=True)
                if known is None
            ):
                return "it has no option for sizes, and takes 1"
            is_index = np.issubdtype(given.values.dtype, np.integer) and not info.is_quantized
            if is_index:
                return "it draws integers from -128 to 127, which may be no indices"
        return ""


def _machine() -> str:
    cpus = os.cpu_count() or 1
    return f"{platform.machine()}, {cpus} CPU{'s' if cpus > 1 else ''}, {platform.system()}"


def _load_notes() -> Mapping[str, None]:
    """Tell of other work on this machine, which makes times longer and more different."""
    load, cpus = os.getloadavg()[0], os.cpu_count() or 1
    if load / cpus < _BUSY:
        return {}
    return {f"Other work was running: the load was {load:.1f} on {cpus} CPUs.": None}
