"""A wrong layer that was planted into a network is named, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.verification.cases import random_cases
from tests.explanation.planted import (
    Change,
    names,
    planted,
    spoil_scales,
    with_activation,
    with_kernel_changed,
    with_layer_swapped,
)

pytestmark = pytest.mark.slow

IN_BERT = "bert_backbone/transformer_layer_1"
DENSE = f"{IN_BERT}/feedforward_intermediate_dense"


def mobile_net() -> Any:
    keras = load_keras()
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3), classes=10)
    normalize(model)
    return model


def normalize(model: Any) -> None:
    """Give batch normalizations the statistics of their inputs: else all values fade to zero."""
    keras = load_keras()
    layers = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    for layer in layers:
        layer.momentum = 0.0
    images = np.random.default_rng(0).normal(size=(8, *model.input_shape[1:]))
    model(images.astype(np.float32), training=True)


def bert() -> Any:
    import keras_hub

    keras = load_keras()
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=1000,
        num_layers=2,
        num_heads=2,
        hidden_dim=64,
        intermediate_dim=128,
        max_sequence_length=32,
    )
    return keras_hub.models.BertTextClassifier(backbone, num_classes=3, preprocessor=None)


def tanh(name: str) -> Any:
    return load_keras().layers.Activation("tanh", name=name)


@pytest.mark.parametrize(
    ("make", "layer", "change"),
    [
        (mobile_net, "Conv1", with_kernel_changed("Conv1")),
        (mobile_net, "block_5_depthwise", with_kernel_changed("block_5_depthwise")),
        (mobile_net, "predictions", with_kernel_changed("predictions")),
        (mobile_net, "block_5_expand_relu", with_layer_swapped("block_5_expand_relu", tanh)),
        (bert, DENSE, with_kernel_changed(DENSE)),
        (bert, f"{IN_BERT}/self_attention_layer/query", None),
        (bert, "bert_backbone/token_embedding", None),
        (bert, DENSE, with_activation(DENSE, "relu")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_layer_of_a_float_file_is_named(
    make: Callable[[], Any], layer: str, change: Change | None, tmp_path: Path
) -> None:
    found = planted(make, change or with_kernel_changed(layer), tmp_path)
    assert layer in names(found)
    assert len(found.departing) == 1
    assert found.headline.count(" adds ") == 1
    worst_other = max(each.added for each in found.layers if not each.departs)
    assert worst_other < 1e-5


@pytest.mark.parametrize(
    ("make", "layer"),
    [(mobile_net, "block_6_expand"), (mobile_net, "block_12_project"), (bert, DENSE)],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("recipe", ["dynamic", "int8"])
def test_a_badly_quantized_layer_is_named(
    make: Callable[[], Any], layer: str, recipe: str, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.tflite"
    model = make()
    samples = drawn(model)
    data = samples if recipe == "int8" else None
    lir.export(model, path, quantization=recipe, verify=False, representative_dataset=data)
    right = lir.layer_errors(model, path, samples=samples, confirm=0)
    assert not right.departing, right.headline
    spoil_scales(path, layer)
    wrong = lir.layer_errors(model, path, samples=samples, confirm=0)
    # What comes out of a spoiled layer may exceed the ranges of those behind it.
    assert next(each.name for each in wrong.layers if each.departs) == layer
    assert len(wrong.departing) == 1 or recipe == "int8"


def drawn(model: Any) -> list[dict[str, Any]]:
    plan = lir.plan_for(model)
    names_ = [spec.name for spec in plan.inputs]
    return [dict(zip(names_, case.inputs, strict=True)) for case in random_cases(plan, model)]
