"""What becomes of damaged input: it is accepted, or refused by an error of litert_ir's."""

from __future__ import annotations

import collections
import time
import traceback
from pathlib import Path
from random import Random
from typing import Protocol

import attrs

import litert_ir
from litert_ir.errors import LiteRTIRError

_PACKAGE = str(Path(litert_ir.__file__).parent)
_SHORT = 15
"""Characters; no message that says what is wrong is as short."""


class Target(Protocol):
    """Something that takes input of any kind."""

    def attempt(self, random: Random) -> None:
        """Give it one damaged input, and use what it makes of it.

        Raises:
            LiteRTIRError: When it is refused; anything else is a fault.
        """


@attrs.define
class Findings:
    """What became of the attempts.

    Attributes:
        accepted: How many inputs were accepted, and could be used.
        refused: How many were refused, by the error's class.
        faults: Of each kind of other error, the attempts that ended in it.
        slowest_s: The longest time that an attempt took.
        seconds: The time of all.
    """

    accepted: int = 0
    refused: collections.Counter[str] = attrs.field(factory=collections.Counter)
    faults: dict[str, list[str]] = attrs.field(factory=lambda: collections.defaultdict(list))
    slowest_s: float = 0.0
    seconds: float = 0.0

    def run(self, target: Target, count: int, seed: int) -> Findings:
        """Make attempts, each of which is the same whenever its name is."""
        for index in range(count):
            self.run_one(target, f"{seed}/{index}")
        return self

    def run_one(self, target: Target, name: str) -> None:
        """Make one attempt.

        Args:
            target: What is given the input.
            name: ``seed/index``, which decides everything.
        """
        started = time.perf_counter()
        try:
            target.attempt(Random(name))
            self.accepted += 1
        except LiteRTIRError as error:
            self.refused[type(error).__name__] += 1
            if len(str(error)) < _SHORT:
                self.faults[f"the message {str(error)!r}"].append(name)
        except Exception as error:  # noqa: BLE001  (any other exception is what is looked for)
            self.faults[_kind(error)].append(name)
        took = time.perf_counter() - started
        self.slowest_s = max(self.slowest_s, took)
        self.seconds += took

    def __str__(self) -> str:
        refused = ", ".join(f"{count} {name}" for name, count in self.refused.most_common())
        listed = "".join(
            f"\n  {len(names)} x {kind}, first {names[0]}" for kind, names in self.faults.items()
        )
        return (
            f"{self.accepted} accepted, {self.refused.total()} refused ({refused}), "
            f"{sum(map(len, self.faults.values()))} faults of {len(self.faults)} kinds, "
            f"{self.seconds:.0f} s, slowest {self.slowest_s:.2f} s{listed}"
        )


def _kind(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(_PACKAGE)] or list(frames)
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}"
    return f"{type(error).__module__}.{type(error).__name__} at {place}"
