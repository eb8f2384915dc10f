"""The steps of an export by way of StableHLO, timed in this process and in its child.

Stopwatches stand in the place of litert_ir's functions while it exports; they cost microseconds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.steps import Recorder, Step, replacement, timed

_STABLEHLO = "litert_ir.conversion.stablehlo"
_PLANNING = "planning"
_TRACING = "tracing the model (tf.function)"
_TF_PASSES = "TensorFlow's passes"
_SMALL = "reading small weights"
_GENERALIZING = "two sizes into one file"
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
    _TABLES,
    _WRITING,
    _REST,
)
"""All steps, in the order of a report."""

PARENT_STEPS = (
    Step(_PLANNING, "litert_ir.verbs", "plan_for"),
    Step(_TRACING, "litert_ir.backends.tensorflow_graphs", "trace_graph"),
    Step(_TRACING, f"{_STABLEHLO}.trace", "trace_graph"),
    Step(_TF_PASSES, "tensorflow", "mlir.experimental.convert_function"),
    Step(_TF_PASSES, "tensorflow", "mlir.experimental.run_pass_pipeline"),
    Step(_SMALL, f"{_STABLEHLO}.weights.store", "WeightStore.small"),
    Step(_GENERALIZING, f"{_STABLEHLO}.strategy", "unpacked"),
    Step(_GENERALIZING, f"{_STABLEHLO}.strategy", "generalise"),
    Step(_TABLES, f"{_STABLEHLO}.strategy", "give_interface"),
    Step(_TABLES, f"{_STABLEHLO}.strategy", "file_pieces"),
    Step(_WRITING, "litert_ir.conversion.target", "PendingFile.write"),
)
CHILD_STEPS = (
    Step(_SPECIALIZING, f"{_STABLEHLO}.modules.specialization", "specialized"),
    Step(_MARKING, f"{_STABLEHLO}.modules.kept_ops", "mark"),
    Step(_PARSING, f"{_STABLEHLO}.skeleton", "parse"),
    Step(_REWRITING, f"{_STABLEHLO}.skeleton", "apply_patterns"),
    Step(_LITERT_PASSES, f"{_STABLEHLO}.skeleton", "legalize_to_tfl"),
    Step(_FLATBUFFER, f"{_STABLEHLO}.skeleton", "flatbuffer"),
)
_WORKER_CALL = Step(_WAITING, "litert_ir.isolation.worker", "Worker.call")


def seconds_of(export: Callable[[], object]) -> Mapping[str, float]:
    """Run an export, and give the seconds of each step, its child process' included."""
    recorder = Recorder()
    in_child = functools.partial(_called_in_child, recorder)
    with timed(PARENT_STEPS, recorder), replacement(_WORKER_CALL, in_child), recorder.step(_REST):
        export()
    return recorder.seconds


def _called_in_child(recorder: Recorder, call: Callable[..., Any]) -> Callable[..., Any]:
    """Let the worker's calls bring back the seconds that their steps took in the child."""

    @functools.wraps(call)
    def timed_call(worker: Any, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with recorder.step(_WAITING):
            result, seconds = call(worker, run_in_child, function, *args, **options)
            for label, spent in seconds.items():
                recorder.add(label, spent)
        return result

    return timed_call


def run_in_child(function: Callable[..., Any], *args: Any) -> tuple[Any, dict[str, float]]:
    """Run a function in the child process; its result, and the seconds of its steps."""
    recorder = Recorder()
    with timed(CHILD_STEPS, recorder), recorder.step(_REST_OF_CHILD):
        result = function(*args)
    return result, dict(recorder.seconds)
