"""Record the result of each strategy: outcome, time, memory and reason."""

from __future__ import annotations

import enum

import attrs

from litert_ir.errors.root import LiteRTIRError
from litert_ir.errors.shown import bytes_text


class Outcome(enum.Enum):
    """The end of an attempt."""

    REFUSED = "refused"
    FAILED = "failed"
    ACCEPTED = "accepted"
    NOT_TRIED = "not tried"


@attrs.frozen(kw_only=True)
class Attempt:
    """One strategy's attempt at a plan.

    Attributes:
        strategy: The strategy's name.
        outcome: The end of the attempt.
        seconds: Wall time of conversion and verification; 0 where nothing was tried.
        peak_growth_bytes: Bytes by which the peak resident memory of this process, without the
            child process, grew meanwhile.
        reason: The reason why it was rejected or not tried, in one line; "" otherwise.
        error: The error that it failed with, else None.
    """

    strategy: str
    outcome: Outcome
    seconds: float = 0.0
    peak_growth_bytes: int = 0
    reason: str = ""
    error: LiteRTIRError | None = attrs.field(default=None, eq=False)

    def __str__(self) -> str:
        text = f"{self.strategy}: {self.outcome.value}"
        if self.outcome in (Outcome.FAILED, Outcome.ACCEPTED):
            grown = bytes_text(self.peak_growth_bytes)
            text += f" after {self.seconds:.1f} s (+{grown} in this process)"
        reason = self.reason if self.error is None else _reason(self.error)
        return f"{text}: {reason}" if reason else text


def _reason(error: LiteRTIRError) -> str:
    """Format the failure in one line; the advice is given once for all attempts."""
    facts = " ".join(error.received.split())
    return f"{error.summary} {facts}" if facts else error.summary
