"""Rows of the table on Keras' JAX backend, in a process that cannot import TensorFlow."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path

from tests.backends.jax.process import answers_of, block_tensorflow
from tests.dynamic.drawn_sizes import faults_of
from tests.dynamic.dynamic_case import DynamicCase

ROWS = (
    "image-correct-pad",
    "image-valid-strides",
    "image-upsampled-bilinear",
    "image-resized",
    "network-pyramid-pooling",
    "network-u-net-resizing",
    "network-feature-pyramid",
    "network-super-resolution",
    "series-strides-of-128",
    "series-halves-swapped",
    "series-padded-to-eight",
    "series-causal-attention",
    "text-kernels",
    "text-positions-sliced",
    "text-positions-waves",
    "text-positions-rotary",
    "text-positions-running-mean",
    "text-positions-from-the-middle",
    "text-linear-biases",
    "text-biases-in-buckets",
    "pair-gru-translation",
    "pair-cross-attention",
    "pair-image-resized-to-other",
    "graph-layer",
)


def faults(case: DynamicCase, folder: str) -> list[str]:
    """What is wrong with a row at the sizes that it is made for."""
    from tests.dynamic.exports import exported

    file = exported(case, Path(folder, f"{case.name}.tflite"))
    if isinstance(file, str):
        return [file]
    return [
        fault
        for shapes in case.runs_at
        for fault in (*faults_of(file.plan, shapes), *file.faults_at(shapes))
    ]


def main(target: str) -> None:
    """Write what is wrong with each row to a file, in JSON."""
    block_tensorflow()
    from tests.dynamic.table import TABLE

    with tempfile.TemporaryDirectory() as folder:
        questions = {case.name: functools.partial(faults, case, folder) for case in TABLE}
        found = answers_of({name: questions[name] for name in ROWS})
    Path(target).write_text(json.dumps(found), encoding="utf-8")
