"""Rules for layers that a model does not have are refused before anything is traced."""

from __future__ import annotations

import pytest

import litert_ir as lir
from litert_ir.errors import OptionsError
from litert_ir.testing.models import dict_model


def test_a_rule_for_no_layer_is_told_with_the_nearest_ones() -> None:
    recipe = lir.Quantization.named("dynamic", {"con": "skip"})
    with pytest.raises(OptionsError, match="matches no layer of the model") as caught:
        lir.plan_for(dict_model(), quantization=recipe)
    assert caught.value.where == "layers of model 'dict_model'"
    assert "conv" in caught.value.expected
    assert caught.value.received == "'con'"


def test_the_rules_are_in_the_plan() -> None:
    recipe = lir.Quantization.named("dynamic", {"conv": "skip", "*_layer": "float16"})
    plan = lir.plan_for(dict_model(), quantization=recipe)
    assert plan.options.recipe == recipe
    assert lir.ExportPlan.from_json(plan.to_json()) == plan
    assert "conv: float; *_layer: float16 weights" in str(plan)
