"""KerasHub tasks that were quantized in Keras."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import keras
import keras_hub
import pytest

import litert_ir as lir
from litert_ir.ir.stored_types import StoredAs
from tests.hub.tiny_tasks import bert_classifier


def gemma() -> Any:
    keras.utils.set_random_seed(3)
    backbone = keras_hub.models.GemmaBackbone(
        vocabulary_size=24,
        num_layers=1,
        num_query_heads=2,
        num_key_value_heads=1,
        hidden_dim=8,
        intermediate_dim=16,
        head_dim=4,
    )
    return keras_hub.models.GemmaCausalLM(backbone)


@pytest.mark.slow
@pytest.mark.parametrize(("build", "mode"), [(bert_classifier, "int8"), (gemma, "int4")])
def test_a_quantized_task_agrees_with_keras(build: Callable[[], Any], mode: str) -> None:
    task = build()
    with warnings.catch_warnings():  # Keras warns of each layer that it leaves as it is
        warnings.simplefilter("ignore")
        task.quantize(mode)
    plan = lir.plan_for(task, max_sequence_length=6)
    kernels = [item for item in plan.stored if not item.by_strategy]
    assert len(kernels) >= 8
    assert {item.weights for item in kernels} == {StoredAs.INT8}
    assert {item.exact for item in kernels} == {mode == "int8"}
    result = lir.execute(plan, task, strategies=(lir.StableHLO(),))
    assert result.parity is not None
    assert result.parity.agrees
