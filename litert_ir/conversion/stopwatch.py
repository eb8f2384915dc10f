"""The durations of an export's phases."""

from __future__ import annotations

import contextlib
import enum
import time
from collections import defaultdict
from collections.abc import Iterator

import attrs


class Phase(enum.Enum):
    """A phase of an execution; the value is its field in `Timings`."""

    CONVERT = "convert"
    WRITE = "write"
    VERIFY = "verify"
    COMPILE = "compile"
    SEARCH = "search"


@attrs.frozen(kw_only=True)
class Timings:
    """Wall time of the phases, in seconds.

    Attributes:
        plan: Lowering the model; 0 when a plan was passed in.
        convert: All attempts at converting.
        verify: Running the model and the files, and comparing them.
        write: Writing the file to the disk.
        compile: Making and comparing the files of compile targets.
        search: Making and comparing the files of a search of recipes.
    """

    plan: float = 0.0
    convert: float = 0.0
    verify: float = 0.0
    write: float = 0.0
    compile: float = 0.0
    search: float = 0.0

    def plus(self, other: Timings) -> Timings:
        """Add the seconds of another export's phases."""
        ours, theirs = attrs.asdict(self), attrs.asdict(other)
        return Timings(**{phase: seconds + theirs[phase] for phase, seconds in ours.items()})


@attrs.define
class Stopwatch:
    """Adds up the seconds of each phase, over all attempts."""

    seconds: defaultdict[Phase, float] = attrs.field(factory=lambda: defaultdict(float))

    @contextlib.contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        """Add the block's time to a phase, however the block ends."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] += time.perf_counter() - started

    def timings(self) -> Timings:
        """The seconds spent so far."""
        return Timings(**{phase.value: self.seconds[phase] for phase in Phase})
