"""Run TensorFlow's converter in a child process: its calibrator may crash on a graph."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from litert_ir.backends import converter_error
from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.conversion.in_child.exchange import write_samples
from litert_ir.conversion.in_child.settings import environment
from litert_ir.conversion.tensorflow.converter import failure_of
from litert_ir.conversion.tensorflow.saved_graph import SavedGraph, convert_graph
from litert_ir.errors import ConversionError
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.file_options import FileOptions
from litert_ir.isolation.worker import Worker
from litert_ir.samples.samples import Sample
from litert_ir.scratch.folder import ADVICE, ScratchFolder

_PRELOAD = (convert_graph.__module__, "tensorflow")
"""The modules that the child imports while the graph is saved."""
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONWARNINGS": "ignore"}
"""The setting that makes the log before a crash show errors alone."""
_IDLE_S = 30.0
"""Seconds that the idle child is kept: it takes half a gigabyte, and seconds to start."""
_CALLS = 20


def converted_in_child(
    save: Callable[[Path], SavedGraph],
    model: Any,
    options: FileOptions,
    calibration: Iterable[Sample],
    time_limit_s: float | None,
) -> bytes:
    """Save a model's graph and the samples, and let a child process calibrate and convert.

    The child starts while the graph is saved, and ends soon after the conversion.

    Args:
        save: Writes the graph to a folder that does not exist yet.
        model: The model, to name the layers that an error is about.
        options: The plan's options.
        calibration: The flat calibration samples.
        time_limit_s: Seconds that the child may take; None for no limit.

    Returns:
        A LiteRT file with wire names.

    Raises:
        ConverterCrashed: When the converter kills the child, or takes too long.
        UnsupportedOpsError: When the model needs ops that the plan's op sets lack.
        ConversionError: When the graph cannot be saved, or for another failure of the converter.
    """
    worker = _worker()
    worker.start(_PRELOAD)
    with ScratchFolder() as folder:
        with failures_as(_not_saved, converter_error(), OSError):
            graph = save(folder / "graph")
        with failures_as(_no_room, OSError):
            samples = write_samples(folder / "samples", calibration)
        return worker.call(
            convert_graph,
            graph,
            options,
            samples,
            time_limit_s=time_limit_s,
            task="calibrating and converting with TensorFlow",
            translate=lambda error: failure_of(error, model),
        )


@functools.cache
def _worker() -> Worker:
    return Worker(
        max_calls=_CALLS,
        environment={**_QUIET, **environment(ConvertibleBackend.TENSORFLOW)},
        idle_s=_IDLE_S,
    )


def _not_saved(error: Exception) -> ConversionError:
    return ConversionError(
        "The model's graph cannot be saved for the child process in which TensorFlow calibrates.",
        received=brief(error),
        advice=f"{ADVICE}; a strategy with isolated=False, such as "
        "litert_ir.ConcreteFunction(isolated=False), calibrates in this process, and ends it "
        "where it crashes",
    )


def _no_room(error: Exception) -> ConversionError:
    return ConversionError(
        "The calibration samples cannot be written for the child process.",
        received=brief(error),
        advice=f"{ADVICE}; or pass fewer samples (calibration_limit)",
    )
