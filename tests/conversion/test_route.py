"""A plan is obeyed: its route says what is tried, and what else is tried makes another plan."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

import litert_ir as lir
from litert_ir.conversion.strategy_names import named_strategies, resolved, strategies_of
from litert_ir.errors import AllStrategiesFailedError, PlanError
from tests.conversion.exports import exported, fresh, model, plan_of
from tests.conversion.stubs import failing, refusing, returning

FLOAT = tuple(strategy.name for strategy in lir.DEFAULT_STRATEGIES)


def through(plan: lir.ExportPlan, *names: str) -> lir.ExportPlan:
    """The plan with another route."""
    return attrs.evolve(plan, route=tuple(lir.RouteStep(strategy=name) for name in names))


def steps(plan: lir.ExportPlan) -> list[str]:
    return [step.strategy for step in plan.route]


def test_the_route_of_a_plan_is_taken() -> None:
    plan = lir.ExportPlan.from_json(through(plan_of("single"), "concrete-function").to_json())
    result = lir.execute(plan, model("single"))
    assert [attempt.strategy for attempt in result.attempts] == ["concrete-function"]
    assert result.plan == plan
    assert result.content == exported("single").content


def test_a_plan_without_a_route_takes_the_default_one() -> None:
    result = lir.execute(through(plan_of("single")), model("single"), verify=False)
    assert result.strategy == FLOAT[0]
    assert steps(result.plan) == list(FLOAT)


def test_other_strategies_make_another_plan() -> None:
    plan = lir.plan_for(model("single"))
    ready = returning(exported("single").content, "ready")
    result = lir.execute(plan, model("single"), strategies=(refusing(), ready, "direct"))
    assert steps(plan) == list(FLOAT)
    assert result.plan == attrs.evolve(
        plan,
        route=(
            lir.RouteStep(strategy="refusing", refusal="not today"),
            lir.RouteStep(strategy="ready"),
            lir.RouteStep(strategy="direct"),
        ),
    )
    assert result.plan.fingerprint != plan.fingerprint


def test_a_plan_may_be_made_for_other_strategies() -> None:
    plan = lir.plan_for(model("single"), strategies=["saved-model", failing("mine"), lir.Direct()])
    assert steps(plan) == ["saved-model", "mine", "direct"]


def test_a_strategy_of_ones_own_is_passed_again() -> None:
    mine = returning(exported("single").content, "mine")
    plan = lir.plan_for(model("single"), strategies=(mine,))
    with pytest.raises(PlanError, match="not known by its name") as caught:
        lir.execute(plan, model("single"))
    assert (caught.value.where, caught.value.received) == ("plan.route", "'mine'")
    assert "quantized-NAME" in caught.value.expected
    assert "strategies=(Mine(),)" in caught.value.advice
    assert mine.calls == 0
    assert lir.execute(plan, model("single"), strategies=(mine,)).plan == plan


def test_a_misspelt_name_in_a_route_is_recognized() -> None:
    with pytest.raises(PlanError, match="did you mean 'quantized-direct'") as caught:
        strategies_of(through(plan_of("single"), "stablehlo", "quantised-direct"))
    assert caught.value.received == "'quantised-direct'"


def test_what_makes_float_files_is_quantized_where_the_plan_is() -> None:
    plan = lir.plan_for(model("single"), quantization="dynamic")
    assert steps(plan) == ["quantized-stablehlo", *FLOAT[1:]]
    result = lir.execute(through(plan, "stablehlo"), model("single"))
    assert steps(result.plan) == ["quantized-stablehlo"]
    assert result.strategy == "quantized-stablehlo"


def test_a_refusal_is_asked_for_anew() -> None:
    plan = attrs.evolve(
        plan_of("single"),
        route=(
            lir.RouteStep(strategy="quantized-direct"),
            lir.RouteStep(strategy="concrete-function", refusal="no such package there"),
        ),
    )
    result = lir.execute(plan, model("single"), verify=False)
    refused, accepted = result.attempts
    assert (refused.outcome, accepted.outcome) == (lir.Outcome.REFUSED, lir.Outcome.ACCEPTED)
    assert result.plan.route == (
        lir.RouteStep(
            strategy="quantized-direct",
            refusal="quantizes, where the plan asks for a float file",
        ),
        lir.RouteStep(strategy="concrete-function"),
    )


def test_export_takes_names(tmp_path: Any) -> None:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(model("single"), tmp_path / "m.tflite", strategies=("quantized-stablehlo",))
    assert [attempt.strategy for attempt in caught.value.attempts] == ["quantized-stablehlo"]


def test_every_name_stands_for_a_strategy_of_that_name() -> None:
    known = named_strategies()
    assert {name: strategy.name for name, strategy in known.items()} == {
        name: name for name in known
    }
    assert resolved(tuple(known), None) == tuple(known.values())


def test_a_name_stands_for_what_runs_in_the_open_child() -> None:
    with lir.ModelInChild(fresh("single")) as child:
        inside = lir.InChildProcess(lir.Direct(), child)
        own = lir.InChildProcess(lir.Direct(), lir.ThroughFile(time_limit_s=9))
        chosen = ("direct", "direct-in-child", "quantized-direct", lir.Quantized(own), own)
        assert resolved(chosen, child) == (
            *(inside, inside, lir.Quantized(inside)),
            *(lir.Quantized(own), own),
        )
