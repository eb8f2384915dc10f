"""An error that is told with other facts."""

from __future__ import annotations

import pytest

from litert_ir.errors import (
    ConversionError,
    LiteRTIRError,
    MissingDependencyError,
    Problem,
    SignatureError,
    TargetError,
)


@pytest.mark.parametrize("kind", [ConversionError, MissingDependencyError, TargetError])
def test_other_facts_are_told_and_the_rest_stays(kind: type[LiteRTIRError]) -> None:
    error = kind("It failed.", where="here", received="nothing")
    told = error.evolve(where="there", advice="look")
    assert type(told) is kind
    assert str(told) == str(kind("It failed.", where="there", received="nothing", advice="look"))
    assert str(error) == str(kind("It failed.", where="here", received="nothing"))


def test_fields_cause_and_notes_stay() -> None:
    error = SignatureError("Bad.", [Problem("inputs", "a tensor", "None")])
    error.__cause__ = cause = ValueError("deeper")
    error.add_note("seen in the child")
    told = error.evolve(advice="mend it")
    assert (told.problems, told.__cause__, told.__notes__) == (
        error.problems,
        cause,
        ["seen in the child"],
    )
    assert "inputs: expected a tensor, received None" in str(told)


def test_facts_make_an_error_of_another_class() -> None:
    error = ConversionError("It failed.", where="here", expected="a", received="b", advice="look")
    other = TargetError("Not written.", **error.facts)
    assert str(other) == str(error).replace("It failed.", "Not written.")


def test_other_names_are_no_facts() -> None:
    with pytest.raises(TypeError, match="an error has no reason, why"):
        ConversionError("It failed.").evolve(why="x", reason="y")
