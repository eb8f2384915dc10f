"""A process with its descendants, and the tree's memory over time (Linux only)."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import attrs

from benchmarks.memory import Memory, memory_of

SAMPLE_SECONDS = 0.005
"""Pause between two samples."""

_LISTING_SECONDS = 0.05
"""Pause between two looks for new processes, which cost more than a sample."""

_GONE = (FileNotFoundError, ProcessLookupError)


class Tree:
    """A process and its descendants, those included whose parent has ended meanwhile.

    A child is left out until it runs a program of its own: before that its pages are those of
    its parent, and would count twice.

    Args:
        root: The id of the process.
    """

    def __init__(self, root: int) -> None:
        self.root = root
        self._parents: dict[int, int] = {}
        self._children: tuple[int, ...] = ()

    def children(self) -> tuple[int, ...]:
        """Find all descendants anew; return their ids."""
        present = {int(name) for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208 - half the time of Path.iterdir
        known = {pid: parent for pid, parent in self._parents.items() if pid in present}
        known.update((pid, _parent_of(pid)) for pid in present - known.keys())
        self._parents = known
        self._children = tuple(
            pid for pid in sorted(known) if pid in self._children or self._is_descendant(pid)
        )
        return self._children

    def _is_descendant(self, pid: int) -> bool:
        parent = self._parents[pid]
        inside = parent == self.root or parent in self._children
        return inside and _command_of(pid) not in {b"", _command_of(parent)}


def _parent_of(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except _GONE:
        return 0
    # "pid (name) state parent ...", where the name may hold anything
    return int(stat.rpartition(")")[2].split()[1])


def _command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except _GONE:
        return b""


@attrs.frozen(kw_only=True)
class Sample:
    """The memory of a tree at one moment.

    Args:
        at: The moment, by `time.perf_counter`, which all processes of a machine share on Linux.
        root: Memory of the root alone.
        children: Memory of its descendants together.
    """

    at: float
    root: Memory
    children: Memory

    @property
    def total(self) -> Memory:
        """Memory of the tree; pages that processes share count in each of them."""
        return self.root + self.children


class TreeWatch:
    """Samples of a tree, taken from another process, which no lock of the tree's can stop.

    Args:
        root: The id of the tree's root.
    """

    def __init__(self, root: int) -> None:
        self.samples: list[Sample] = []
        self._tree = Tree(root)
        self._children: Sequence[int] = ()
        self._listed = float("-inf")

    def sample(self) -> Sample:
        """Take a sample now, keep it, and return it."""
        now = time.perf_counter()
        if now - self._listed >= _LISTING_SECONDS:
            self._children, self._listed = self._tree.children(), now
        sample = Sample(
            at=now,
            root=memory_of(self._tree.root),
            children=sum(map(memory_of, self._children), start=Memory()),
        )
        self.samples.append(sample)
        return sample

    def between(self, began: float, ended: float) -> tuple[Sample, ...]:
        """The samples of a span of time, by the clock of `Sample.at`."""
        return tuple(sample for sample in self.samples if began <= sample.at <= ended)
