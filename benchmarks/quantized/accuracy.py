"""The errors of a file against the float model that it was made from.

ai_edge_litert is imported when a file is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.quantized.samples import Array, Sample, stacked
from benchmarks.records import Accuracy

if TYPE_CHECKING:
    import keras

THREADS = 2
BATCH = 16
"""Samples that the Keras model sees at once."""


def accuracy_of(path: Path, model: keras.Model, samples: list[Sample]) -> Accuracy:
    """Run a file and its model on samples.

    Args:
        path: The file.
        model: The float model.
        samples: What to run them on, of which there is at least one.

    Returns:
        The errors, or why the file does not run.
    """
    try:
        results = np.stack(list(file_outputs(path, samples)))
    except (ValueError, RuntimeError) as error:
        return Accuracy(failure=str(error))
    return compared(np.concatenate(list(_model_outputs(model, samples))), results)


def compared(reference: Array, results: Array) -> Accuracy:
    """Compare a file's outputs with the float model's.

    Args:
        reference: The float model's outputs, (samples, classes).
        results: The file's outputs, likewise.
    """
    expected, received = reference.astype(np.float64), results.astype(np.float64)
    error = received - expected
    sizes = np.linalg.norm(expected) * np.linalg.norm(received)
    return Accuracy(
        samples=len(expected),
        max_error=float(np.abs(error).max()),
        relative_rms=float(np.linalg.norm(error) / np.linalg.norm(expected)),
        cosine=float(np.vdot(expected, received) / sizes) if sizes else 0.0,
        top1=float(np.mean(expected.argmax(axis=-1) == received.argmax(axis=-1))),
    )


def file_outputs(path: Path, samples: Sequence[Sample]) -> Iterator[Array]:
    """Run a file of one output on each sample; return the outputs without the batch.

    Raises:
        ValueError: When the interpreter does not load the file.
        RuntimeError: When it does not run.
    """
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(model_path=str(path), num_threads=THREADS).get_signature_runner()
    names = run.get_input_details()
    for sample in samples:
        (output,) = run(**_renamed(sample, names)).values()
        yield output[0]


def _renamed(sample: Sample, names: Any) -> Sample:
    """Rename a single input by its position: exporters name it differently."""
    if len(sample) > 1:
        return sample
    return dict(zip(names, sample.values(), strict=True))


def _model_outputs(model: keras.Model, samples: list[Sample]) -> Iterator[Array]:
    for start in range(0, len(samples), BATCH):
        inputs = stacked(samples[start : start + BATCH])
        given = inputs if len(inputs) > 1 else next(iter(inputs.values()))
        yield np.asarray(model(given, training=False))
