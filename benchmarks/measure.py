"""Export a model in this process, cold, warm and verified, and print events at start and end.

Started afresh for every run by `benchmarks.runner`, which watches the process' memory from
outside.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

from benchmarks.contenders import Contender, Exporter, exporter_of
from benchmarks.events import Began, Built, Ended, Written, say
from benchmarks.litert_files import facts_of
from benchmarks.memory import Memory, high_water, memory_of, reset_high_water, settle, shared_with
from benchmarks.records import Stage
from benchmarks.tree import Tree
from benchmarks.workloads import Workload, build

if TYPE_CHECKING:
    import keras

LONGEST_COLD_SECONDS = 60.0
"""After a longer cold export the warm one is left out: there is little left to tell apart."""


@attrs.frozen
class Exports:
    """The exports of one model in this process."""

    exporter: Exporter
    model: keras.Model
    path: Path

    def make(self, stage: Stage) -> float:
        """Make one export between two events; return the duration in seconds."""
        settle()
        tree = Tree(os.getpid())
        own_mark = reset_high_water(tree.root)
        marks = [reset_high_water(child) for child in tree.children()]
        own, children = memory_of(tree.root), _children_of(tree)
        began = time.perf_counter()
        say(Began(stage=stage, at=began, own=own, children=children))
        exported = self.exporter(self.model, self.path, stage is Stage.VERIFIED)
        ended = time.perf_counter()
        high_waters = [high_water(child) or 0 for child in tree.children()]
        event = Ended(
            stage=stage,
            at=ended,
            own_high_water=high_water(tree.root) if own_mark else None,
            children_high_water=sum(high_waters) if all(marks) else None,
            shared=_shared(tree),
            exported=exported,
        )
        say(event)
        return ended - began


def _children_of(tree: Tree) -> Memory:
    """Compute the children's memory, without pages of files that they share with the root."""
    total = sum(map(memory_of, tree.children()), start=Memory())
    return attrs.evolve(total, resident=total.resident - _shared(tree))


def _shared(tree: Tree) -> int:
    return sum(shared_with(child, tree.root) for child in tree.children())


def weight_bytes(model: keras.Model) -> int:
    """Bytes of all weights of a model."""
    return sum(
        int(np.prod(weight.shape, dtype=np.int64)) * np.dtype(weight.dtype).itemsize
        for weight in model.weights
    )


def measure(workload: Workload, contender: Contender, path: Path, *, verify: bool) -> None:
    """Build a workload, export it to a path repeatedly, and print the events.

    Args:
        workload: The model to export.
        contender: The way to export it.
        path: The path of the file, which stays.
        verify: Whether to export once more with verification, where the contender has one.
    """
    exporter = exporter_of(contender)
    model = build(workload)
    say(Built(weights=weight_bytes(model), load_average=os.getloadavg()[0]))
    exports = Exports(exporter, model, path)
    cold_seconds = exports.make(Stage.COLD)
    say(Written(facts_of(path)))
    if cold_seconds <= LONGEST_COLD_SECONDS:
        exports.make(Stage.WARM)
    if verify and contender.verifies:
        exports.make(Stage.VERIFIED)


def main(arguments: Sequence[str]) -> None:
    """Measure what the arguments name.

    Args:
        arguments: A workload, a contender, the path of the file to write, and whether to
            verify it: ``verify`` or ``unverified``.

    Raises:
        SystemExit: There are not exactly four arguments.
        ValueError: A name is unknown.
    """
    match arguments:
        case [workload, contender, path, "verify" | "unverified" as verify]:
            chosen = Workload(workload), Contender(contender)
            measure(*chosen, Path(path), verify=verify == "verify")
        case _:
            sys.exit(
                "usage: python -m benchmarks.measure WORKLOAD CONTENDER PATH verify|unverified"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
