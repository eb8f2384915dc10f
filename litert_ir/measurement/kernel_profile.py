"""Profile a file: which kernels of LiteRT's runtime take the time, and for which layers."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

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

K = TypeVar("K")

BUILT_IN, DELEGATE = "LiteRT", "XNNPACK"
"""The runtimes of kernels: LiteRT's own, and the delegate for CPUs."""

_LEAST_MATCHED = 0.9
"""The share of the time whose kernels must have found their operators, to tell layers."""
_LEAST_RUNS, _MOST_RUNS = 3, 200
_ENOUGH_S = 2.0
_MICRO = 1e-6
_COARSE = 20
"""The microseconds below which a difference of one is more than some percent."""
_OUTLIER = 5
"""The multiple of the median above which a run counts as disturbed by other work."""


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
    """The distribution of a run's time; times are typical ones of the runs.

    Attributes:
        kernels: The kernels by name, those with the most time first.
        layers: The layers by path, those with the most time first; empty where the file's names
            tell of none, or the kernels cannot be told apart by operator.
        seconds: The time of all kernels.
        run_s: The time of a run under the profiler, which adds its own.
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
    elements = max((array.size for array in wanted.arrays.inputs.values()), default=0)
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
    kernels, layers = _kernel_keys(same[0]), _layer_keys(same, wanted)
    total = sum(_times(same, kernels).values())
    counts = Counter(kernels)
    return KernelProfile(
        kernels=tuple(
            KernelTime(
                kernel=key[0],
                runtime=key[1],
                count=counts[key],
                seconds=seconds,
                share=_share(seconds, total),
            )
            for key, seconds in _most_first(_times(same, kernels))
        ),
        layers=tuple(
            LayerTime(layer=layer, seconds=seconds, share=_share(seconds, total))
            for layer, seconds in _most_first(_times(same, layers))
        ),
        seconds=total,
        run_s=statistics.median(run.microseconds for run in same) * _MICRO,
        runs=len(same),
    )


def _names(run: ProfiledRun) -> list[str]:
    return [kernel.name for kernel in run.kernels]


def _kernel_keys(run: ProfiledRun) -> list[tuple[str, str]]:
    """Return for each kernel its name and its runtime."""
    return [
        (kernel.name, DELEGATE if kernel.operator is None else BUILT_IN) for kernel in run.kernels
    ]


def _layer_keys(runs: Sequence[ProfiledRun], wanted: ToProfile) -> list[str]:
    """Return for each kernel its layer; nothing where too few have one that is sure."""
    subgraph = wanted.interface.subgraph
    operators = _operators(wanted.path, subgraph)
    found = operators_of(runs[0].kernels, operators, subgraph)
    times = _times(runs, found.matched)
    if _share(times.get(True, 0.0), sum(times.values())) < _LEAST_MATCHED:
        return []
    scopes = FileScopes.of(operator.result for operator in operators)
    labels = ["" if at is None else scopes.label(operators[at].result) for at in found.operators]
    return labels if any(labels) else []


def _times(runs: Sequence[ProfiledRun], keys: Sequence[K]) -> dict[K, float]:
    """Return the seconds of the kernels of each key in a run.

    The kernels of a run are summed up first: the profiler counts whole microseconds, and what it
    cuts off of LiteRT's own kernels is right again in the sum.
    """
    sums: defaultdict[K, list[int]] = defaultdict(lambda: [0] * len(runs))
    for number, run in enumerate(runs):
        for key, kernel in zip(keys, run.kernels, strict=False):  # no keys where none are known
            sums[key][number] += kernel.microseconds
    return {key: _typical(each) * _MICRO for key, each in sums.items()}


def _typical(microseconds: Sequence[int]) -> float:
    """Return the median; of so few microseconds that it is coarse, the mean without outliers."""
    median = statistics.median(microseconds)
    if median >= _COARSE:
        return median
    return statistics.mean(each for each in microseconds if each <= _OUTLIER * (median + 1))


def _most_first(times: Mapping[K, float]) -> list[tuple[K, float]]:
    return sorted(times.items(), key=lambda item: -item[1])


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


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
