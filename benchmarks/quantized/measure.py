"""Export a model by a recipe in this process, and compare the file with the model.

Started afresh for every run by `benchmarks.runner`, which watches the process' memory from
outside.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contenders import Contender
from benchmarks.events import Built, Compared, Written, say
from benchmarks.litert_files import facts_of
from benchmarks.measure import Exports, weight_bytes
from benchmarks.quantized.accuracy import accuracy_of
from benchmarks.quantized.exporters import quantizing_exporter
from benchmarks.quantized.fit import read_weights
from benchmarks.quantized.recipes import Recipe
from benchmarks.quantized.samples import (
    CALIBRATION_SAMPLES,
    CALIBRATION_SEED,
    TEST_SAMPLES,
    TEST_SEED,
)
from benchmarks.quantized.subjects import subject
from benchmarks.records import Stage
from benchmarks.workloads import Workload


def measure(
    workload: Workload, recipe: Recipe, contender: Contender, weights: Path, path: Path
) -> None:
    """Build a workload, export it by a recipe to a path, run the file, and print the events.

    Args:
        workload: The model to export.
        recipe: The recipe.
        contender: The way to export it.
        weights: The model's weights, see `benchmarks.quantized.fit`.
        path: The path of the file, which stays.
    """
    seen = subject(workload)
    read_weights(seen.model, weights)
    calibration = seen.samples(CALIBRATION_SEED, CALIBRATION_SAMPLES)
    exporter = quantizing_exporter(contender, recipe, calibration)
    say(Built(weights=weight_bytes(seen.model), load_average=os.getloadavg()[0]))
    Exports(exporter, seen.model, path).make(Stage.COLD)
    say(Written(facts_of(path)))
    say(Compared(accuracy_of(path, seen.model, seen.samples(TEST_SEED, TEST_SAMPLES))))


def main(arguments: Sequence[str]) -> None:
    """Measure what the arguments name.

    Args:
        arguments: A workload, a recipe, a contender, the path of the weights, and that of
            the file to write.

    Raises:
        SystemExit: There are not exactly five arguments.
        ValueError: A name is unknown.
    """
    if len(arguments) != 5:
        names = "WORKLOAD RECIPE CONTENDER WEIGHTS PATH"
        sys.exit(f"usage: python -m benchmarks.quantized.measure {names}")
    workload, recipe, contender, weights, path = arguments
    chosen = Workload(workload), Recipe(recipe), Contender(contender)
    measure(*chosen, Path(weights), Path(path))


if __name__ == "__main__":
    main(sys.argv[1:])
