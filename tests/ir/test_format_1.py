"""Plans of format 1, as litert_ir wrote them before there was another one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from litert_ir.ir.plan import ExportPlan

FILES = sorted((Path(__file__).parent.parent / "golden" / "plan_format_1").glob("*.json"))
Document = dict[str, Any]


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def text(request: pytest.FixtureRequest) -> str:
    """The text of one plan."""
    file: Path = request.param
    return file.read_text(encoding="utf-8")


def test_there_are_plans_of_many_kinds() -> None:
    assert len(FILES) >= 15


def test_a_plan_says_what_it_said(text: str) -> None:
    plan, document = ExportPlan.from_json(text), json.loads(text)
    assert document["format"] == "litert_ir.plan/1"
    assert plan.kind.value == document["kind"]
    assert plan.model.name == document["model"]["name"]
    assert plan.notes == tuple(document["notes"])
    assert [step.refusal for step in plan.route] == [step["refusal"] for step in document["route"]]
    bindings = (document["adapter"] or {"inputs": []})["inputs"]
    assert [leaf.spec.name for leaf in plan.signature.leaves if plan.adapter] == [
        binding["name"] for binding in bindings
    ]


def test_a_plan_comes_back_from_the_json_of_today(text: str) -> None:
    plan = ExportPlan.from_json(text)
    assert ExportPlan.from_json(plan.to_json()) == plan


def route_of(name: str) -> list[str]:
    """The strategies that a stored plan names."""
    (file,) = (file for file in FILES if file.stem == name)
    return [step.strategy for step in ExportPlan.from_json(file.read_text()).route]


def test_a_step_with_a_quantizer_is_a_strategy_around_a_strategy() -> None:
    others = ["direct", "concrete-function", "saved-model"]
    assert route_of("functional") == ["stablehlo", *others]
    assert route_of("flags_dynamic_range") == ["quantized-stablehlo", *others]
    assert route_of("flags_integer") == ["stablehlo", *others]
    assert route_of("recipe_weights_only") == [
        "quantized-stablehlo",
        *(f"quantized-{name}" for name in others),
    ]
