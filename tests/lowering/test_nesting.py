"""What a user nests ends, and has keys that name something, before anything recurses into it."""

from __future__ import annotations

from typing import Any

import pytest

import litert_ir as lir
from litert_ir.errors import SignatureError
from litert_ir.ir.nodes import MOST_NESTED
from litert_ir.lowering.nesting import check_nesting
from litert_ir.testing import models

SPEC = lir.TensorSpec(name="x", shape=(1, 4), dtype=lir.DType.FLOAT32)


def in_lists(value: Any, times: int) -> Any:
    for _ in range(times):
        value = [value]
    return value


def holding_itself() -> list[Any]:
    value: list[Any] = []
    value.append({"a": value})
    return value


def doubled(times: int) -> Any:
    value: Any = SPEC
    for _ in range(times):
        value = (value, value)
    return value


@pytest.mark.parametrize("value", [SPEC, {"a": [SPEC, None]}, in_lists(SPEC, MOST_NESTED), 5, []])
def test_what_ends_passes(value: Any) -> None:
    check_nesting(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (in_lists(SPEC, MOST_NESTED + 1), "containers in each other"),
        (holding_itself(), "containers in each other"),
        (doubled(40), "at most 10,000 parts"),
        ({"a": {1: SPEC}}, "keys are non-empty strings"),
        ({"": SPEC}, "keys are non-empty strings"),
    ],
)
@pytest.mark.parametrize("through", [None, lir.ThroughFile()])
def test_what_does_not_end_is_refused(
    value: Any, expected: str, through: lir.ThroughFile | None
) -> None:
    with pytest.raises(SignatureError) as caught:
        lir.plan_for(models.dict_model(), input_signature=value, through=through)
    (problem,) = caught.value.problems
    assert expected in problem.expected
    assert problem.path.startswith("input_signature")
