"""Samples on which rounding decides are not what a file is compared on."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import pytest
from keras import layers

import litert_ir as lir
from litert_ir.conversion import driver
from litert_ir.errors import AllStrategiesFailedError, ParityError
from litert_ir.verification.cases import Case, reference_outputs
from litert_ir.verification.steadiness import steadier_cases
from litert_ir.verification.tolerance import tolerance_for

CANCELLED = [0.5, 0.5]
STEADY = [[1.0, 0.0], [0.25, -1.0]]


def directions(kernel: float = 0.3) -> Any:
    """A model that gives the direction of a difference, whatever its length."""
    inputs = layers.Input((2,), name="x")
    differences = layers.Dense(2, use_bias=False)(inputs)
    model = keras.Model(inputs, layers.UnitNormalization()(differences))
    model.set_weights([np.array([[0.1, kernel], [-0.1, -kernel]], np.float32)])
    return model


@pytest.fixture(scope="module")
def model() -> Any:
    return directions()


@pytest.fixture(scope="module")
def plan(model: Any) -> lir.ExportPlan:
    return lir.plan_for(model)


def case(plan: lir.ExportPlan, model: Any, *rows: list[float]) -> Case:
    inputs = (np.array(rows, np.float32),)
    return Case(inputs, reference_outputs(plan, model, inputs))


def test_others_take_the_place_of_such_samples(model: Any, plan: lir.ExportPlan) -> None:
    cases = [case(plan, model, CANCELLED), case(plan, model, STEADY[0], CANCELLED, STEADY[1])]
    found = steadier_cases(plan, model, cases, tolerance_for(plan))
    assert found is not None
    assert [item.inputs[0].tolist() for item in found] == [
        [STEADY[0]],
        [STEADY[0], STEADY[0], STEADY[1]],
    ]
    for item in found:
        np.testing.assert_array_equal(
            item.outputs, reference_outputs(plan, model, item.inputs), strict=True
        )
        assert item.note == "1 random sample(s) on which rounding decides gave way to others"


def test_cases_stay_where_rounding_decides_nothing(model: Any, plan: lir.ExportPlan) -> None:
    cases = [case(plan, model, *STEADY)]
    assert steadier_cases(plan, model, cases, tolerance_for(plan)) is None


def test_there_have_to_be_others(model: Any, plan: lir.ExportPlan) -> None:
    cases = [case(plan, model, CANCELLED)]
    assert steadier_cases(plan, model, cases, tolerance_for(plan)) is None


def test_nothing_is_told_of_models_that_update_state() -> None:
    """Such as the seeds of recurrent dropout, although no output depends on them."""
    inputs = layers.Input((3, 2), name="x")
    model = keras.Model(inputs, layers.SimpleRNN(2, recurrent_dropout=0.5)(inputs))
    plan = lir.plan_for(model)
    given = (np.ones((2, 3, 2), np.float32),)
    cases = [Case(given, reference_outputs(plan, model, given))]
    assert steadier_cases(plan, model, cases, tolerance_for(plan)) is None


class OfAnotherModel:
    """Converts another model than it is asked to."""

    name = "another-model"

    def refuses(self, plan: lir.ExportPlan) -> lir.Refusal | None:
        return lir.StableHLO().refuses(plan)

    def convert(self, plan: lir.ExportPlan, model: Any, calibration: Any) -> lir.Artifact:
        del model
        return lir.StableHLO().convert(plan, directions(0.31), calibration)


def test_a_wrong_file_stays_one(
    model: Any, plan: lir.ExportPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = (case(plan, model, CANCELLED, *STEADY),)
    monkeypatch.setattr("litert_ir.conversion.comparison.random_cases", lambda *_, **__: cases)
    with pytest.raises(AllStrategiesFailedError, match="does not compute what the Keras model"):
        lir.execute(plan, model, strategies=(OfAnotherModel(),))


def test_what_is_compared_again_has_the_seconds_that_are_left(
    model: Any, plan: lir.ExportPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets: list[Any] = []

    def differs(*arguments: Any) -> None:
        budgets.append(arguments[-1])
        raise ParityError("The file differs.")

    monkeypatch.setattr(driver, "verify_file", differs)
    cases = (case(plan, model, STEADY[0], CANCELLED),)
    monkeypatch.setattr(driver, "cases_of", lambda _: cases)
    with pytest.raises(AllStrategiesFailedError):
        lir.execute(
            plan, model, strategies=(lir.StableHLO(),), verify=lir.Verification(timeout=50.0)
        )
    first, again = budgets
    assert first.seconds == 50.0
    assert again.seconds < 50.0
