"""A model's outputs as ``predict`` computes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from litert_ir import Argument, DType, Signature, TensorSpec, plan_for
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.graph_calls import GraphCall
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.model_failures import brief
from litert_ir.backends.tensorflow.graphs import dynamic_graph, remembering_graphs, shapes_at
from litert_ir.errors import UnsupportedModelError
from tests.conversion.exports import CASES, exported, keras_outputs, plan_of, random_inputs

keras: Any = load_keras()
tf: Any = load_tensorflow()


def call_of(model: Any, **request: Any) -> tuple[GraphCall, Any]:
    plan = plan_for(model, **request)
    return GraphCall(model, plan.signature), plan.outputs


@pytest.mark.parametrize("trait", CASES)
def test_the_outputs_are_what_the_model_gives(trait: str) -> None:
    export, inputs = exported(trait), random_inputs(plan_of(trait), 3)
    plan = export.plan
    found = GraphCall(export.model, plan.signature)(tuple(inputs.values()), plan.outputs)
    for ours, theirs in zip(found, keras_outputs(trait, inputs).values(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
        assert ours.dtype == theirs.dtype


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_integer_images_are_resized_as_predict_does(dtype: str, interpolation: str) -> None:
    image = keras.Input((24, 32, 3), dtype=dtype)
    small = keras.layers.Resizing(10, 13, interpolation=interpolation)(image)
    model = keras.Model(image, keras.layers.Rescaling(1 / 127.5, -1)(small))
    images = np.random.default_rng(0).integers(0, 256, (2, 24, 32, 3)).astype(dtype)
    call, outputs = call_of(model)
    (found,) = call([images], outputs)
    np.testing.assert_array_equal(found, model.predict(images, verbose=0))


def convolution(layer: Any) -> Any:
    series = keras.Input((None, 3), name="series")
    return keras.Model(series, layer(series))


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Conv1D(2, 9),
        keras.layers.Conv1D(2, 9, use_bias=False),
        keras.layers.SeparableConv1D(2, 9),
        keras.layers.MaxPooling1D(9),
    ],
    ids=lambda layer: layer.name,
)
def test_sizes_that_predict_refuses_are_refused(layer: Any) -> None:
    model = convolution(layer)
    call, outputs = call_of(model)
    short, enough = np.ones((2, 8, 3), np.float32), np.ones((2, 9, 3), np.float32)
    with pytest.raises(ValueError, match="subtracting 9 from 8"):
        model.predict(short, verbose=0)
    with pytest.raises(ValueError, match="subtracting 9 from 8") as caught:
        call([short], outputs)
    assert "Graph execution error" not in brief(caught.value)
    np.testing.assert_allclose(call([enough], outputs)[0], model.predict(enough, verbose=0))


def _never(*_arguments: Any, **_keywords: Any) -> None:
    raise AssertionError


def test_one_graph_is_for_all_batches_and_for_the_conversion() -> None:
    series = keras.Input((8, 3), name="series")
    model = keras.Model(series, keras.layers.Conv1D(2, 3)(series))
    with remembering_graphs():
        call, outputs = call_of(model)
        converted = InferenceCall(model, call.signature, in_floats=True)
        graph = dynamic_graph(converted)
        model.call = _never  # tracing again would fail
        for batch in (1, 3):
            (found,) = call([np.ones((batch, 8, 3), np.float32)], outputs)
            assert found.shape == (batch, 6, 2)
        assert dynamic_graph(converted) is graph


def test_the_first_sizes_are_traced_and_others_go_through_the_graph_for_all() -> None:
    model = convolution(keras.layers.Conv1D(2, 3))
    call, outputs = call_of(model)
    for length in (3, 10):
        assert call([np.ones((1, length, 3), np.float32)], outputs)[0].shape == (1, length - 2, 2)
    with remembering_graphs():
        dynamic_graph(InferenceCall(model, call.signature, in_floats=True))
        model.call = _never
        for length in (10, 3, 20):
            found = call([np.ones((1, length, 3), np.float32)], outputs)[0]
            assert found.shape == (1, length - 2, 2)


def test_shapes_follow_from_those_of_the_inputs() -> None:
    model = convolution(keras.layers.Conv1D(2, 3, strides=2))
    graph = dynamic_graph(InferenceCall(model, plan_for(model).signature))
    assert shapes_at(graph, [(2, 10, 3)]) == [(2, 4, 2)]


class NotOnWeights(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Can be traced with its own variable only, and counts how often it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = self.add_weight(shape=(1,), initializer="ones", name="offset")
        self.calls = 0

    def call(self, x: Any) -> Any:
        self.calls += 1
        if not isinstance(self.offset.value, tf.Variable):
            raise TypeError("a variable is needed")
        return x + self.offset


def test_a_model_that_needs_its_variables_has_a_graph_per_shapes() -> None:
    model = NotOnWeights()
    call, _ = call_of(model, input_signature=[keras.InputSpec(shape=(None, 2))])
    traced = model.calls
    for batch in (3, 3, 4, 3):
        (found,) = call([np.zeros((batch, 2), np.float32)])
        np.testing.assert_array_equal(found, np.ones((batch, 2)))
    assert model.calls == traced + 3  # once in vain for all shapes, then for each of the two


def test_updates_of_state_are_refused() -> None:
    inputs = keras.Input(batch_shape=(1, 2, 3))
    model = keras.Model(inputs, keras.layers.LSTM(2, stateful=True, name="memory")(inputs))
    spec = TensorSpec(name="x", shape=(1, 2, 3), dtype=DType.FLOAT32)
    call = GraphCall(model, Signature((Argument("inputs", spec),)))
    with pytest.raises(UnsupportedModelError, match="changes its own state") as caught:
        call([np.ones((1, 2, 3), np.float32)])
    assert caught.value.where == "memory"


def test_weights_that_were_quantized_compute_as_they_are() -> None:
    inputs = keras.Input((64,))
    model = keras.Model(inputs, keras.layers.Dense(8)(inputs))
    model.layers[-1].quantize("int8")
    given = np.random.default_rng(0).standard_normal((2, 64)).astype(np.float32)
    call, outputs = call_of(model)
    (found,) = call([given], outputs)
    np.testing.assert_allclose(found, model.predict(given, verbose=0), rtol=1e-6)
    in_floats = InferenceCall(model, call.signature, in_floats=True)([tf.constant(given)])
    assert np.abs(found - in_floats.numpy()).max() > 1e-4


def test_outputs_without_a_tree_are_all_leaves_in_keras_order() -> None:
    export, inputs = exported("dict"), random_inputs(plan_of("dict"), 2)
    found = GraphCall(export.model, export.plan.signature)(tuple(inputs.values()))
    assert [array.shape for array in found] == [(2, 6), (2, 5)]  # by key, as optree sorts them
