"""Damaged plans are refused by a PlanError, or can do all that a plan can."""

from __future__ import annotations

from tests.fuzzing.findings import Findings
from tests.fuzzing.plans import Plans


def test_damaged_plans() -> None:
    found = Findings().run(Plans(), 1500, seed=1)
    assert not found.faults, found
    assert set(found.refused) == {"PlanError"}
    assert found.accepted > 20
