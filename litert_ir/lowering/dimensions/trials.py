"""Run a model at sizes to see which it accepts, each choice once."""

from __future__ import annotations

import enum
import math
import time
from typing import Protocol

import attrs

from litert_ir.ir.dimensions import StaticShapes
from litert_ir.ir.signature import Signature
from litert_ir.lowering.dimensions.slots import Sizes, Slot, shapes_at

MOST_ELEMENTS = 1 << 22
"""The most elements of inputs to run on: 4 million are 16 MB of floats, or 1180 x 1180 pixels."""
SLOW_S = 0.3
"""Seconds of one run above which no size larger than the accepted ones is tried."""
ENOUGH_S = 2.0
"""Seconds of trying after which a search for the largest size ends."""


class Verdict(enum.Enum):
    """The outcome of a model on some sizes."""

    ACCEPTED = "accepted"
    EMPTY = "an output without elements"
    REFUSED = "refused"


@attrs.frozen
class Answer:
    """A verdict, and the model's own reason if it rejects.

    Attributes:
        verdict: The verdict.
        reason: The model's error in one line; empty where there is none.
    """

    verdict: Verdict
    reason: str = ""


class Oracle(Protocol):
    """A decision procedure for the shapes that a model accepts."""

    @property
    def runs(self) -> bool:
        """Return whether the model is run, so that large sizes take longer than small ones."""

    def __call__(self, shapes: StaticShapes) -> Answer:
        """Return the model's verdict on inputs of these shapes."""

    def knows_all(self, shapes: StaticShapes) -> bool:
        """Return whether the tried graph computes the same as one with these static shapes."""

    def at_known_sizes(self) -> Oracle:
        """Return an oracle that knows each size statically."""


@attrs.define
class Trials:
    """The answers to all trials of a signature.

    Attributes:
        signature: The inputs.
        slots: Their dynamic dimensions.
        oracle: Determines the answers.
        batch: The size of the batch.
        spent_s: The seconds of all answers together.
        slowest_s: The seconds of the slowest accepted one, except the first.
        fastest_s: The seconds of the fastest one.
    """

    signature: Signature
    slots: tuple[Slot, ...]
    oracle: Oracle
    batch: int = 1
    spent_s: float = attrs.field(default=0.0, init=False)
    slowest_s: float = attrs.field(default=0.0, init=False)
    fastest_s: float = attrs.field(default=math.inf, init=False)
    _answers: dict[Sizes, Answer] = attrs.field(factory=dict, init=False)

    @property
    def count(self) -> int:
        """The number of answers."""
        return len(self._answers)

    @property
    def answers(self) -> dict[Sizes, Answer]:
        """The answers by sizes, in the order of the trials."""
        return dict(self._answers)

    @property
    def is_tired(self) -> bool:
        """Return whether larger sizes would take too long."""
        grows = self.oracle.runs or self.slowest_s > 3 * self.fastest_s
        return (grows and self.slowest_s > SLOW_S) or self.spent_s > ENOUGH_S

    def within_bounds(self, sizes: Sizes) -> bool:
        """Return whether the user's bounds admit these sizes, and they are not too large to try."""
        admitted = all(
            size >= 1 and slot.admits(size) for slot, size in zip(self.slots, sizes, strict=True)
        )
        return admitted and not (self.oracle.runs and self.elements(sizes) > MOST_ELEMENTS)

    def elements(self, sizes: Sizes) -> int:
        """Count the elements of all inputs together."""
        return sum(math.prod(shape) for shape in self.shapes(sizes))

    def shapes(self, sizes: Sizes) -> StaticShapes:
        """Compute the shapes of the inputs at these sizes."""
        return shapes_at(self.signature, self.slots, sizes, self.batch)

    def accepts(self, sizes: Sizes) -> bool:
        """Return whether the bounds admit these sizes and the results there are not empty."""
        return self.within_bounds(sizes) and self.ask(sizes).verdict is Verdict.ACCEPTED

    def ask(self, sizes: Sizes) -> Answer:
        """Return the model's verdict, from a trial or from memory."""
        if sizes not in self._answers:
            started = time.perf_counter()
            answer = self.oracle(self.shapes(sizes))
            seconds = time.perf_counter() - started
            if answer.verdict is Verdict.ACCEPTED and self._answers:
                # the first run of a graph optimizes it
                self.slowest_s = max(self.slowest_s, seconds)
                self.fastest_s = min(self.fastest_s, seconds)
            self.spent_s += seconds
            self._answers[sizes] = answer
        return self._answers[sizes]
