"""Time files in turns, each in a child process of its own that is launched several times.

Turns let every disturbance fall on all files alike: a, b, then b, a, and so on. Launches are for
what stays the same for as long as a process lives, such as where its memory lies; that moves
the times of one file by some percent from launch to launch.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, TypeVarTuple

import attrs

from litert_ir.isolation.time_limits import TimeBudget, loading_s, one_run_s
from litert_ir.isolation.worker import Worker
from litert_ir.measurement import timing_child
from litert_ir.measurement.timing_child import FileToTime, Start
from litert_ir.runtime.isolated import blamed_for_crashes, translated_for

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

LAUNCHES = 5
"""The launches of each file's process."""

_TURN_S = 0.05
"""Seconds of a turn: many runs of a small file, so that the change of turns does not count."""
_MOST_RUNS_OF_TURN = 2000
_TICK_S = 1e-9
"""The least seconds of a run that the clock tells from none."""
_LEAST_RUNS = 20
_ENOUGH_S = 3.0
"""Seconds for each file after which no further turn begins, once there were enough runs."""
_MOST_S = 60.0
"""Seconds for each file after which no further turn begins, of which each launch has one."""
_MORE_TIME = "allow more time: litert_ir.bench(..., timeout=...) (--timeout)"


@attrs.frozen(kw_only=True)
class Launch:
    """The measurements of one process.

    Attributes:
        start: Its beginning.
        turns: The seconds of each timed run, by turn.
        memory_bytes: The bytes by which its resident memory grew at most, from before the file was
            loaded.
    """

    start: Start
    turns: tuple[tuple[float, ...], ...] = attrs.field(repr=False)
    memory_bytes: int

    @property
    def seconds(self) -> tuple[float, ...]:
        """The seconds of each timed run, in order."""
        return tuple(itertools.chain.from_iterable(self.turns))


def timed_in_turns(
    files: Sequence[FileToTime],
    *,
    runs: int | None = None,
    timeout: float | None = None,
    on_launch: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[tuple[Launch, ...], ...]:
    """Time files in turns.

    Args:
        files: The files.
        runs: The number of timed runs of each file, in all launches together; None for as many as
            fit into some seconds, at least 20 unless they take minutes.
        timeout: Seconds for everything; None for many times the usual time of such files.
        on_launch: Called before each launch with its number, from 0, and the number of all.

    Returns:
        For each file its launches, in order.

    Raises:
        FileRejectedError: When a file does not load or run, or kills its process.
        ConverterCrashed: When it does not end in time, or a process is killed from outside.
    """
    budget = TimeBudget(timeout)
    launches = LAUNCHES if runs is None else min(LAUNCHES, runs)
    found = []
    for number in range(launches):
        on_launch(number, launches)
        share = None if runs is None else (runs + launches - 1 - number) // launches
        found.append(_launched(files, share, launches, budget))
    return tuple(zip(*found, strict=True))


def _launched(
    files: Sequence[FileToTime], runs: int | None, launches: int, budget: TimeBudget
) -> tuple[Launch, ...]:
    """Launch a process for each file, and run the files in turns."""
    with contextlib.ExitStack() as held:
        children = [_Child(file, held.enter_context(_worker()), budget) for file in files]
        timed = [_Timed(child, child.start()) for child in children]
        began = time.perf_counter()
        for turn in itertools.count():
            elapsed = (time.perf_counter() - began) / len(files)
            left = [each for each in timed if _goes_on(each.done, elapsed, runs, launches)]
            if not left:
                break
            for each in left if turn % 2 == 0 else reversed(left):
                each.take_turn(runs)
        return tuple(each.launch() for each in timed)


def _goes_on(done: int, elapsed: float, runs: int | None, launches: int) -> bool:
    """Tell whether a file has a further turn in this launch."""
    if runs is not None:
        return done < runs
    if not done:
        return True
    if elapsed >= _MOST_S / launches:
        return False
    return done < _LEAST_RUNS / launches or elapsed < _ENOUGH_S / launches


@contextlib.contextmanager
def _worker() -> Iterator[Worker]:
    with Worker(max_calls=sys.maxsize) as worker:
        worker.start((timing_child.__name__,))
        yield worker


@attrs.define
class _Timed:
    """A file in its process, and the turns that it has had."""

    child: _Child
    start: Start
    turns: list[tuple[float, ...]] = attrs.field(factory=list)

    @property
    def done(self) -> int:
        """The number of timed runs."""
        return sum(map(len, self.turns))

    def take_turn(self, runs: int | None) -> None:
        """Run the file for a while, and no more often than so many times in all."""
        count = max(1, min(_MOST_RUNS_OF_TURN, int(_TURN_S / max(self.start.run_s, _TICK_S))))
        self.turns.append(self.child.runs(count if runs is None else min(count, runs - self.done)))

    def launch(self) -> Launch:
        """Summarize the turns; the process still has the file."""
        return Launch(start=self.start, turns=tuple(self.turns), memory_bytes=self.child.memory())


@attrs.frozen
class _Child:
    """A file's process."""

    file: FileToTime
    worker: Worker
    budget: TimeBudget

    def start(self) -> Start:
        return self._call(
            loading_s(self._bytes) + 3 * self._run_s,
            "loading the file",
            timing_child.start,
            self.file,
        )

    def runs(self, count: int) -> tuple[float, ...]:
        return self._call(count * self._run_s, "timing the file", timing_child.runs, count)

    def memory(self) -> int:
        return self._call(loading_s(0), "reading the memory", timing_child.memory_growth)

    def _call(self, default_s: float, task: str, function: Callable[[*Ts], R], *args: *Ts) -> R:
        with blamed_for_crashes(self.file.path, task, self.budget, _MORE_TIME):
            return self.worker.call(
                function,
                *args,
                time_limit_s=self.budget.left(default_s),
                task=task,
                translate=translated_for(self.file.path),
            )

    @property
    def _bytes(self) -> int:
        return self.file.path.stat().st_size

    @property
    def _run_s(self) -> float:
        """The seconds that one run may take at most."""
        elements = max((array.size for array in self.file.inputs.values()), default=0)
        return one_run_s(self._bytes, elements)
