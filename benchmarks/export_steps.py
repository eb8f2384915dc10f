"""The steps of an export by way of StableHLO, timed in this process and in its child.

Stopwatches stand in the place of litert_ir's functions while it exports; they cost microseconds.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import attrs

from benchmarks.steps import Recorder, Step, replacement, timed

_STABLEHLO = "litert_ir.stablehlo"
_PLANNING = "planning"
_TRACING = "tracing the model (tf.function)"
_TF_PASSES = "TensorFlow's passes"
_SMALL = "reading small weights"
_GENERALIZING = "several sizes into one file"
_CHECKING = "the file at another size"
_TABLES = "the file's tables, equal weights"
_WRITING = "weights to the disk"
_WAITING = "child: start, imports, messages"
_SPECIALIZING = "child: fixing shapes"
_MARKING = "child: marking kept ops"
_PARSING = "child: parsing StableHLO"
_REWRITING = "child: rewriting"
_LITERT_PASSES = "child: LiteRT's passes"
_FLATBUFFER = "child: flatbuffer"
_REST_OF_CHILD = "child: rest"
_REST = "rest"
LABELS = (
    _PLANNING,
    _TRACING,
    _TF_PASSES,
    _WAITING,
    _SPECIALIZING,
    _MARKING,
    _PARSING,
    _REWRITING,
    _LITERT_PASSES,
    _FLATBUFFER,
    _REST_OF_CHILD,
    _SMALL,
    _GENERALIZING,
    _CHECKING,
    _TABLES,
    _WRITING,
    _REST,
)
"""All steps, in the order of a report."""

PARENT_STEPS = (
    Step(_PLANNING, "litert_ir.verbs", "planned"),
    Step(_TRACING, "litert_ir.backends.tensorflow.graphs", "trace_graph"),
    Step(_TRACING, f"{_STABLEHLO}.trace.trace", "trace_graph"),
    Step(_TF_PASSES, "tensorflow", "mlir.experimental.convert_function"),
    Step(_TF_PASSES, "tensorflow", "mlir.experimental.run_pass_pipeline"),
    Step(_SMALL, f"{_STABLEHLO}.weights.store", "WeightStore.small"),
    Step(_GENERALIZING, f"{_STABLEHLO}.strategy", "unpacked"),
    Step(_GENERALIZING, f"{_STABLEHLO}.strategy", "generalize"),
    Step(_CHECKING, f"{_STABLEHLO}.strategy", "check_instance"),
    Step(_TABLES, f"{_STABLEHLO}.strategy", "give_interface"),
    Step(_TABLES, f"{_STABLEHLO}.strategy", "file_pieces"),
    Step(_WRITING, "litert_ir.conversion.target", "PendingFile.write"),
)
CHILD_STEPS = (
    Step(_SPECIALIZING, f"{_STABLEHLO}.trace.modules.specialization", "specialized"),
    Step(_MARKING, f"{_STABLEHLO}.trace.modules.kept_ops", "mark"),
    Step(_PARSING, f"{_STABLEHLO}.skeleton.legalize", "parse"),
    Step(_REWRITING, f"{_STABLEHLO}.skeleton.legalize", "apply_patterns"),
    Step(_LITERT_PASSES, f"{_STABLEHLO}.skeleton.legalize", "legalize_to_tfl"),
    Step(_FLATBUFFER, f"{_STABLEHLO}.skeleton.legalize", "flatbuffer"),
)
_WORKER_BEGIN = Step(_WAITING, "litert_ir.isolation.worker", "Worker.begin")


def seconds_of(export: Callable[[], object]) -> Mapping[str, float]:
    """Run an export, and give the seconds of each step.

    Those of the child process are the seconds for which this process waited for it: what the
    child does while this process works takes no time of the export's.
    """
    recorder = Recorder()
    in_child = functools.partial(_called_in_child, recorder)
    with timed(PARENT_STEPS, recorder), replacement(_WORKER_BEGIN, in_child), recorder.step(_REST):
        export()
    return recorder.seconds


def _called_in_child(recorder: Recorder, begin: Callable[..., Any]) -> Callable[..., Any]:
    """Let the worker's calls bring back the seconds that their steps took in the child."""

    @functools.wraps(begin)
    def timed_begin(worker: Any, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with recorder.step(_WAITING):
            return _TimedCall(recorder, begin(worker, run_in_child, function, *args, **options))

    return timed_begin


@attrs.frozen
class _TimedCall:
    """A `litert_ir.isolation.pending.Pending` that records how long its result is waited for."""

    recorder: Recorder
    pending: Any

    def __enter__(self) -> Self:
        self.pending.__enter__()
        return self

    def __exit__(self, *failure: Any) -> None:
        self.pending.__exit__(*failure)

    def result(self) -> Any:
        """The result; what was waited for it is shared among the steps in the child."""
        with self.recorder.step(_WAITING):
            began = time.perf_counter()
            result, seconds = self.pending.result()
            waited, spent = time.perf_counter() - began, sum(seconds.values())
            for label, part in seconds.items():
                self.recorder.add(label, part * min(1.0, waited / spent))
        return result


def run_in_child(function: Callable[..., Any], *args: Any) -> tuple[Any, dict[str, float]]:
    """Run a function in the child process; its result, and the seconds of its steps."""
    recorder = Recorder()
    with timed(CHILD_STEPS, recorder), recorder.step(_REST_OF_CHILD):
        result = function(*args)
    return result, dict(recorder.seconds)
