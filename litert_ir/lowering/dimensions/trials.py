"""Ask a model whether it accepts sizes, each choice once."""

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
"""A model does not run on more: 4 million are 16 MB of floats, or 1180 x 1180 pixels."""
SLOW_S = 0.3
"""A model that needs longer is not tried on larger sizes than those that it was found to accept."""
ENOUGH_S = 2.0
"""After so many seconds of trying, a search for the largest size ends."""


class Verdict(enum.Enum):
    """The outcome of a model on some sizes."""

    ACCEPTED = "accepted"
    EMPTY = "an output without elements"
    REFUSED = "refused"


@attrs.frozen
class Answer:
    """A verdict, and the model's own reason where it refuses.

    Attributes:
        verdict: The verdict.
        reason: The model's error in one line; empty where there is none.
    """

    verdict: Verdict
    reason: str = ""


class Oracle(Protocol):
    """Knows which shapes a model accepts."""

    @property
    def runs(self) -> bool:
        """Whether the model runs, so that large sizes take longer than small ones."""

    def __call__(self, shapes: StaticShapes) -> Answer:
        """The model's verdict on inputs of these shapes."""

    def knows_all(self, shapes: StaticShapes) -> bool:
        """Whether what was asked is what the model computes where it knows these shapes."""

    def at_known_sizes(self) -> Oracle:
        """Asks the model where it knows each size."""


@attrs.define
class Trials:
    """The answers to all that was asked about a signature.

    Attributes:
        signature: The inputs.
        slots: Their dynamic dimensions.
        oracle: Who answers.
        batch: The size of the batch.
        spent_s: How long the answers took, all of them together.
        slowest_s: How long the slowest accepted one took, but for the first.
        fastest_s: The same of the fastest one.
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
        """How many answers were given."""
        return len(self._answers)

    @property
    def answers(self) -> dict[Sizes, Answer]:
        """Those answers, by sizes, in the order of the questions."""
        return dict(self._answers)

    @property
    def is_tired(self) -> bool:
        """Whether larger sizes would take too long."""
        grows = self.oracle.runs or self.slowest_s > 3 * self.fastest_s
        return (grows and self.slowest_s > SLOW_S) or self.spent_s > ENOUGH_S

    def within_bounds(self, sizes: Sizes) -> bool:
        """Whether the user's bounds admit these sizes, and they are not too large to be tried."""
        admitted = all(
            size >= 1 and slot.admits(size) for slot, size in zip(self.slots, sizes, strict=True)
        )
        return admitted and not (self.oracle.runs and self.elements(sizes) > MOST_ELEMENTS)

    def elements(self, sizes: Sizes) -> int:
        """How many elements the inputs have together."""
        return sum(math.prod(shape) for shape in self.shapes(sizes))

    def shapes(self, sizes: Sizes) -> StaticShapes:
        """The shapes of the inputs at these sizes."""
        return shapes_at(self.signature, self.slots, sizes, self.batch)

    def accepts(self, sizes: Sizes) -> bool:
        """Whether something comes out at sizes that the user's bounds admit."""
        return self.within_bounds(sizes) and self.ask(sizes).verdict is Verdict.ACCEPTED

    def ask(self, sizes: Sizes) -> Answer:
        """The model's verdict."""
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
