"""Measure one export in this process and print it as one line of JSON.

Started afresh for every run by `benchmarks.runner`; by hand, from the repository root::

    KERAS_BACKEND=tensorflow python -m benchmarks.measure mobilenet_v2 keras
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cattrs

from benchmarks.contenders import Contender, Exporter, exporter_of
from benchmarks.memory import PeakWatch, resident_bytes, settle
from benchmarks.records import Measurement
from benchmarks.workloads import Workload, build


def measure(workload: Workload, contender: Contender) -> Measurement:
    """Build a workload, export it once, and say what that cost.

    Before anything is measured a tiny model goes through the same exporter, so that no
    contender pays for importing TensorFlow or for its one-time initialisation.

    Args:
        workload: The model to export.
        contender: The way to export it. Its file goes to a temporary folder.

    Returns:
        Wall time and peak memory of the export alone.
    """
    exporter = exporter_of(contender)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        _warm_up(exporter, Path(folder))
        model = build(workload)
        settle()
        path = Path(folder, "model.tflite")
        load_average = os.getloadavg()[0]
        model_bytes = resident_bytes()
        with PeakWatch() as watch:
            began = time.perf_counter()
            exported = exporter(model, path)
            seconds = time.perf_counter() - began
        file_bytes = path.stat().st_size
    reading = watch.reading
    high_water = reading.high_water_bytes
    return Measurement(
        seconds=seconds,
        model_bytes=model_bytes,
        peak_bytes=max(0, reading.peak_bytes - model_bytes),
        sampled_peak_bytes=max(0, reading.sampled_bytes - model_bytes),
        high_water_bytes=None if high_water is None else max(0, high_water - model_bytes),
        samples=reading.samples,
        file_bytes=file_bytes,
        load_average=load_average,
        exported=exported,
    )


def _warm_up(exporter: Exporter, folder: Path) -> None:
    exporter(build(Workload.TINY_DENSE), folder / "warm_up.tflite")


def main(arguments: Sequence[str]) -> None:
    """Measure the workload and the contender named by the arguments; print one JSON line.

    Args:
        arguments: The name of a workload and the name of a contender.

    Raises:
        SystemExit: There are not exactly two arguments.
        ValueError: A name is unknown.
    """
    if len(arguments) != 2:
        sys.exit("usage: python -m benchmarks.measure WORKLOAD CONTENDER")
    measurement = measure(Workload(arguments[0]), Contender(arguments[1]))
    print(json.dumps(cattrs.unstructure(measurement)))


if __name__ == "__main__":
    main(sys.argv[1:])
