"""The time of an export by the StableHLO strategy, step by step, in both processes.

Started afresh by `benchmarks.runner`.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.contenders import Contender, exporter_of
from benchmarks.events import Profiled, say
from benchmarks.export_steps import LABELS, seconds_of
from benchmarks.memory import settle
from benchmarks.records import Profile, StepSeconds
from benchmarks.steps import Recorder
from benchmarks.workloads import Workload, build


def profile(workload: Workload, path: Path) -> Profile:
    """Export a workload twice, cold and warm.

    Args:
        workload: The model.
        path: The path to write the file to.
    """
    preparation = Recorder()
    with preparation.step("import keras, tensorflow"):
        importlib.import_module("keras")
    with preparation.step("import litert_ir"):
        exporter = exporter_of(Contender.STABLEHLO)
    with preparation.step("building the model"):
        model = build(workload)

    def export() -> Mapping[str, float]:
        settle()
        return seconds_of(lambda: exporter(model, path, False))  # noqa: FBT003 - not verified

    cold, warm = export(), export()
    return Profile(
        before=tuple(preparation.seconds.items()),
        steps=tuple(
            StepSeconds(label=label, cold=cold.get(label, 0.0), warm=warm.get(label, 0.0))
            for label in LABELS
        ),
    )


def main(arguments: Sequence[str]) -> None:
    """Profile the workload that the argument names."""
    if len(arguments) != 1:
        sys.exit("usage: python -m benchmarks.profile_export WORKLOAD")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        say(Profiled(profile(Workload(arguments[0]), Path(folder, "model.tflite"))))


if __name__ == "__main__":
    main(sys.argv[1:])
