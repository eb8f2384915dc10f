"""Profile a file: which kernels of LiteRT's runtime take the time, and for which layers."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends.litert.runtime_profiler import (
    ProfiledRun,
    SignatureArrays,
    profiled_runs,
)
from litert_ir.backends.litert.schema import builtin_code_in, builtin_name
from litert_ir.errors import ConversionError, ConverterCrashed, LiteRTIRError
from litert_ir.isolation.time_limits import TimeBudget, running_s
from litert_ir.isolation.worker import Worker
from litert_ir.measurement.kernel_operators import StoredOperator, operators_of
from litert_ir.runtime.interface_reader import FileInterface, file_tables
from litert_ir.verification.tensor_scopes import FileScopes

BUILT_IN, DELEGATE = "LiteRT", "XNNPACK"
"""The runtimes of kernels: LiteRT's own, and the delegate for CPUs."""

_LEAST_MATCHED = 0.9
"""The share of the time whose kernels must have found their operators, to tell layers."""
_LEAST_RUNS, _MOST_RUNS = 3, 30
_ENOUGH_S = 2.0


@attrs.frozen(kw_only=True)
class KernelTime:
    """The time of all kernels of one name in a run.

    Attributes:
        kernel: The name.
        runtime: `BUILT_IN` or `DELEGATE`.
        count: How many of them run.
        seconds: Their time, together.
        share: That over the time of all kernels.
    """

    kernel: str
    runtime: str
    count: int
    seconds: float
    share: float


@attrs.frozen(kw_only=True)
class LayerTime:
    """The time of a layer's kernels in a run.

    Attributes:
        layer: The layer's path; of operators that were fused, those of all, with `` + `` between.
        seconds: The time.
        share: That over the time of all kernels.
    """

    layer: str
    seconds: float
    share: float


@attrs.frozen(kw_only=True)
class KernelProfile:
    """The distribution of a run's time; times are medians over the runs, for each kernel.

    Attributes:
        kernels: The kernels by name, those with the most time first.
        layers: The layers by path, those with the most time first; empty where the file's names
            tell of none, or the kernels cannot be told apart by operator.
        seconds: The time of all kernels.
        run_s: The time of the run, in which the runtime does a little more.
        runs: The number of runs under the profiler.
    """

    kernels: tuple[KernelTime, ...]
    layers: tuple[LayerTime, ...]
    seconds: float
    run_s: float
    runs: int

    @property
    def built_in_share(self) -> float:
        """The share of the time that LiteRT's own kernels take, without the delegate."""
        return sum(each.share for each in self.kernels if each.runtime == BUILT_IN)


@attrs.frozen(kw_only=True)
class ToProfile:
    """A file to profile.

    Attributes:
        path: The file.
        interface: The signature to run.
        arrays: What the file runs on.
        threads: The number of threads.
        run_s: The seconds of a run, about.
    """

    path: Path
    interface: FileInterface
    arrays: SignatureArrays
    threads: int
    run_s: float


def profiled(wanted: ToProfile, budget: TimeBudget) -> KernelProfile | str:
    """Profile a file in a child process of its own.

    Returns:
        The profile; where the installed runtime cannot profile the file, the reason.

    Raises:
        ConverterCrashed: When the time that a user allows is over.
    """
    runs = max(_LEAST_RUNS, min(_MOST_RUNS, int(_ENOUGH_S / max(wanted.run_s, 1e-9))))
    size = wanted.path.stat().st_size
    elements = max((array.size for array in wanted.arrays.inputs), default=0)
    limit = running_s(size, [elements] * (runs + _LEAST_RUNS))
    with Worker() as worker:
        try:
            found = worker.call(
                runs_in_child,
                wanted.path.absolute(),
                wanted.arrays,
                wanted.threads,
                runs,
                time_limit_s=budget.left(limit),
                task="profiling the file",
            )
        except ConverterCrashed as crash:
            if crash.timed_out and budget.seconds is not None:
                raise
            return f"the runtime's profiler fails on this file: {crash.summary}"
        except LiteRTIRError as error:
            return error.summary
    return _profile(found, wanted)


def runs_in_child(
    path: Path, arrays: SignatureArrays, threads: int, runs: int
) -> tuple[ProfiledRun, ...]:
    """Profile runs in the child process, for `profiled`."""
    try:
        return profiled_runs(path, arrays, threads=threads, runs=runs)
    except RuntimeError as error:
        raise ConversionError(f"the runtime cannot profile this file: {error}") from error


def _profile(runs: Sequence[ProfiledRun], wanted: ToProfile) -> KernelProfile | str:
    if not runs[0].kernels:
        return "the runtime's profiler tells of no kernels"
    same = [run for run in runs if _names(run) == _names(runs[0])]
    times = [
        statistics.median(each) * 1e-6
        for each in zip(*(_microseconds(run) for run in same), strict=True)
    ]
    total = sum(times)
    return KernelProfile(
        kernels=tuple(_by_kernel(same[0], times, total)),
        layers=tuple(_by_layer(same[0], times, total, wanted)),
        seconds=total,
        run_s=statistics.median(run.microseconds for run in same) * 1e-6,
        runs=len(same),
    )


def _names(run: ProfiledRun) -> list[str]:
    return [kernel.name for kernel in run.kernels]


def _microseconds(run: ProfiledRun) -> list[int]:
    return [kernel.microseconds for kernel in run.kernels]


def _by_kernel(run: ProfiledRun, times: Sequence[float], total: float) -> Iterator[KernelTime]:
    keys = [
        (kernel.name, DELEGATE if kernel.operator is None else BUILT_IN) for kernel in run.kernels
    ]
    counts = Counter(keys)
    for (name, runtime), seconds in _summed(zip(keys, times, strict=True)):
        yield KernelTime(
            kernel=name,
            runtime=runtime,
            count=counts[name, runtime],
            seconds=seconds,
            share=_share(seconds, total),
        )


def _by_layer(
    run: ProfiledRun, times: Sequence[float], total: float, wanted: ToProfile
) -> Iterator[LayerTime]:
    subgraph = wanted.interface.subgraph
    operators = _operators(wanted.path, subgraph)
    found = operators_of(run.kernels, operators, subgraph)
    sure = sum(time for time, matched in zip(times, found.matched, strict=True) if matched)
    if _share(sure, total) < _LEAST_MATCHED:
        return
    scopes = FileScopes.of(operator.result for operator in operators)
    labels = ["" if at is None else scopes.label(operators[at].result) for at in found.operators]
    if any(labels):
        for layer, seconds in _summed(zip(labels, times, strict=True)):
            yield LayerTime(layer=layer, seconds=seconds, share=_share(seconds, total))


def _operators(path: Path, subgraph: int) -> list[StoredOperator]:
    with file_tables(path) as model:
        graph = model.Subgraphs(subgraph)
        return [
            _operator(model, graph, graph.Operators(at)) for at in range(graph.OperatorsLength())
        ]


def _operator(model: Any, graph: Any, operator: Any) -> StoredOperator:
    result = graph.Tensors(operator.Outputs(0)).Name() if operator.OutputsLength() else None
    code = model.OperatorCodes(operator.OpcodeIndex())
    return StoredOperator(type=builtin_name(builtin_code_in(code)), result=(result or b"").decode())


def _summed(pairs: Iterable[tuple[Any, float]]) -> list[tuple[Any, float]]:
    """Sum the times of equal keys; those with the most time first."""
    sums: defaultdict[Any, float] = defaultdict(float)
    for key, seconds in pairs:
        sums[key] += seconds
    return sorted(sums.items(), key=lambda item: -item[1])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
