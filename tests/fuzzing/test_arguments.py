"""Absurd arguments of the verbs are refused by errors of litert_ir's, before any work."""

from __future__ import annotations

from pathlib import Path

from tests.fuzzing.arguments import Exports, Plannings
from tests.fuzzing.findings import Findings


def test_absurd_arguments_of_a_plan() -> None:
    found = Findings().run(Plannings(), 400, seed=1)
    assert not found.faults, found
    assert found.accepted > 10
    assert {"OptionsError", "SignatureError", "SizeError"} <= set(found.refused)


def test_absurd_arguments_of_the_other_verbs(tmp_path: Path) -> None:
    found = Findings().run(Exports(tmp_path), 400, seed=1)
    assert not found.faults, found
    assert {"OptionsError", "PlanError", "SamplesError", "ModelSourceError"} <= set(found.refused)
    assert list(tmp_path.iterdir()) == []
