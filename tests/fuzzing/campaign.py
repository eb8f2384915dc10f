"""Give a target damaged input, as much as one has time for.

python -m tests.fuzzing.campaign TARGET COUNT SEED   prints counts, and what is neither of litert_ir
python -m tests.fuzzing.campaign TARGET SEED/INDEX   makes one attempt again, with its traceback

Targets: plans, plannings, exports, samples, archives.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from tests.fuzzing.arguments import Exports, Plannings
from tests.fuzzing.findings import Findings, Target
from tests.fuzzing.keras_archives import KerasArchives
from tests.fuzzing.limits import more_memory_at_most
from tests.fuzzing.plans import Plans
from tests.fuzzing.sample_files import SampleFiles

TARGETS: Mapping[str, Callable[[Path], Target]] = {
    "plans": lambda _: Plans(),
    "plannings": lambda _: Plannings(),
    "exports": Exports,
    "samples": SampleFiles,
    "archives": KerasArchives,
}
MOST_MEMORY = 8 << 30
"""Bytes of address space: input that asks for all memory gets an error, and not the machine."""


def main(name: str, *arguments: str) -> None:
    """Do what the command line says, and print what was found."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    with more_memory_at_most(MOST_MEMORY), tempfile.TemporaryDirectory() as folder:
        target = TARGETS[name](Path(folder))
        if len(arguments) == 1:
            target.attempt(Random(arguments[0]))
            return
        count, seed = map(int, arguments)
        print(f"{count} {name}, seed {seed}: {Findings().run(target, count, seed)}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
