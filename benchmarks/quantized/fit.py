"""Fit the weights of a workload in this process, and write them to a file.

Started afresh by `benchmarks.quantized.runner`, so that the processes that are measured only
have to read them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.quantized.subjects import subject
from benchmarks.workloads import Workload

if TYPE_CHECKING:
    import keras


def write_weights(workload: Workload, path: Path) -> None:
    """Fit a workload and write its weights to an ``.npz`` file."""
    fitted = subject(workload)
    fitted.fit()
    np.savez(path, *(weight.numpy() for weight in fitted.model.weights))


def read_weights(model: keras.Model, path: Path) -> None:
    """Give a model the weights that were written for it, one after the other."""
    with np.load(path) as arrays:
        for weight, name in zip(model.weights, arrays.files, strict=True):
            weight.assign(arrays[name])


def main(arguments: Sequence[str]) -> None:
    """Fit the workload that the first argument names; the second is the path."""
    if len(arguments) != 2:
        sys.exit("usage: python -m benchmarks.quantized.fit WORKLOAD PATH")
    write_weights(Workload(arguments[0]), Path(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
