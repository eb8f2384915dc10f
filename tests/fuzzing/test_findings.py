"""The fuzzers count what they have to find, and an attempt's name brings it back."""

from __future__ import annotations

from random import Random

import attrs

from litert_ir.errors import PlanError, SizeError
from tests.fuzzing.findings import Findings


@attrs.frozen
class Mixed:
    """Accepts, refuses, refuses without a reason, or fails, by what is drawn."""

    def attempt(self, random: Random) -> None:
        match random.randrange(4):
            case 0:
                raise PlanError("This plan is damaged.")
            case 1:
                raise SizeError("no")
            case 2:
                raise KeyError("x")
            case _:
                pass


def test_each_outcome_is_counted_and_can_be_brought_back() -> None:
    found = Findings().run(Mixed(), 40, seed=3)
    assert found.accepted > 0
    assert found.refused["PlanError"] > 0
    (short,) = (names for kind, names in found.faults.items() if kind == "the message 'no'")
    (foreign,) = (names for kind, names in found.faults.items() if "builtins.KeyError" in kind)
    assert len(short) == found.refused["SizeError"]
    assert found.accepted + found.refused.total() + len(foreign) == 40
    again = Findings()
    again.run_one(Mixed(), foreign[0])
    assert list(again.faults.values()) == [[foreign[0]]]
    assert f"{len(foreign)} x builtins.KeyError at test_findings.py" in str(found)
