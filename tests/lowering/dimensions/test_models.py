"""Dynamic dimensions of real models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.tensorflow.graphs import dynamic_graph, remembering_graphs
from litert_ir.ir.signature import Argument, Signature
from litert_ir.lowering.dimensions.trials import Trials

keras = load_keras()
layers, ops = keras.layers, keras.ops


def image_model(*blocks: Callable[[Any], Any]) -> Any:
    x = image = keras.Input((None, None, 3), name="image")
    for block in blocks:
        x = block(x)
    return keras.Model(image, x)


def text_model(*blocks: Callable[[Any], Any]) -> Any:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(50, 8)(tokens)
    for block in blocks:
        x = block(x)
    return keras.Model(tokens, x)


class Positions(keras.layers.Layer):  # type: ignore[misc,name-defined]
    """Adds rows of a table, looked up by their numbers."""

    def build(self, shape: Any) -> None:
        self.table = self.add_weight(shape=(40, shape[-1]), name="table")

    def call(self, x: Any) -> Any:
        return x + ops.take(self.table, ops.arange(ops.shape(x)[1]), axis=0)


def u_net(x: Any) -> Any:
    half = layers.MaxPooling2D()(x)
    quarter = layers.MaxPooling2D()(half)
    half = layers.Concatenate()([layers.UpSampling2D()(quarter), half])
    return layers.Concatenate()([layers.UpSampling2D()(half), x])


def dims_of(model: Any, **options: Any) -> list[str]:
    """The dynamic dimensions of the inputs but the batch, each with the source of its bounds."""
    dims = (dim for spec in lir.plan_for(model, **options).inputs for dim in spec.shape[1:])
    return [
        f"{dim}" + (f", from {dim.source}" if dim.source else "")
        for dim in dims
        if isinstance(dim, lir.DynamicDim)
    ]


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        (lambda: image_model(u_net), ["height=4..:4", "width=4..:4"]),
        (lambda: image_model(layers.Cropping2D((5, 20))), ["height=11..", "width=41.."]),
        (lambda: image_model(lambda x: x + ops.transpose(x, (0, 2, 1, 3))), ["height=?"] * 2),
        (lambda: image_model(layers.AveragePooling2D(3)), ["height=3..", "width=3.."]),
        (lambda: text_model(layers.LSTM(3)), ["length=?"]),
    ],
)
def test_bounds_are_found_by_trying_sizes(model: Callable[[], Any], wanted: list[str]) -> None:
    bounded = [f"{dim}, from trying sizes" if ".." in dim else dim for dim in wanted]
    assert dims_of(model()) == bounded


@pytest.mark.parametrize("pool", [layers.GlobalMaxPooling1D, layers.GlobalAveragePooling1D])
def test_a_window_of_nothing_is_too_small_whatever_comes_out(pool: Any) -> None:
    """The greatest and the mean of nothing are no result."""
    convolutions = [layers.Conv1D(4, 7, strides=3) for _ in range(2)]
    assert dims_of(text_model(*convolutions, pool())) == ["length=25.., from trying sizes"]


def test_a_table_of_positions_bounds_the_length() -> None:
    wanted = ["length=1..40, from the position table of 'pos'"]
    assert dims_of(text_model(Positions(name="pos"))) == wanted


def test_lengths_of_two_inputs_are_independent() -> None:
    source, target = (keras.Input((None, 4), name=name) for name in ("source", "target"))
    _, h, c = layers.LSTM(3, return_state=True)(source)
    decoded = layers.LSTM(3, return_sequences=True)(target, initial_state=[h, c])
    model = keras.Model([source, target], decoded)
    assert dims_of(model) == ["source_length=?", "target_length=?"]


def test_inputs_of_one_length_are_tied() -> None:
    tokens, mask, other = (keras.Input((None, 4), name=name) for name in ("t", "m", "o"))
    joined = layers.Concatenate(axis=1)([tokens * mask, other])
    dims = dims_of(keras.Model([tokens, mask, other], joined))
    assert dims == ["t_length=?", "t_length=?", "o_length=?"]


def test_bounds_of_the_user_stay() -> None:
    steps = lir.DynamicDim("steps", minimum=8, maximum=32)
    spec = lir.TensorSpec(
        name="tokens", shape=(lir.DynamicDim("batch"), steps), dtype=lir.DType.INT32
    )
    dims = dims_of(text_model(Positions()), input_signature=[spec])
    assert dims == ["steps=8..32, from input_signature"]


def test_models_that_compute_with_sizes_in_python() -> None:
    model = image_model(layers.UpSampling2D(2, interpolation="bilinear"))
    plan = lir.plan_for(model)
    assert [str(leaf.spec) for leaf in plan.output_leaves] == ["(batch=?, ?, ?, 3) float32"]
    assert dims_of(model) == ["height=?", "width=?"]


def test_nothing_is_tried_where_only_the_batch_is_dynamic(
    monkeypatch: pytest.MonkeyPatch, single_model: Any
) -> None:
    monkeypatch.setattr(Trials, "ask", None)
    assert str(lir.plan_for(single_model).inputs[0]) == "(batch=?, 4) float32"


def test_a_model_is_left_as_it_was() -> None:
    model = image_model(u_net, layers.BatchNormalization())
    before = [np.array(weight) for weight in model.weights]
    lir.plan_for(model)
    after = [np.array(weight) for weight in model.weights]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_the_sizes_of_samples_are_tried(tmp_path: Any) -> None:
    """No size of litert_ir's own is within the limits of this model."""
    model = keras.Sequential([keras.Input((None, 2)), layers.Conv1D(2, 20_000)])
    with pytest.raises(lir.errors.ModelTraceError, match="none of the sizes"):
        lir.plan_for(model)
    sample = np.zeros((1, 20_100, 2), "float32")
    result = lir.export(model, tmp_path / "m.tflite", verify=lir.Verification(samples=[[sample]]))
    assert str(result.plan.inputs[0]) == "(batch=?, length=20000.., 2) float32"


def test_one_trace_serves_the_plan_and_what_follows() -> None:
    model = image_model(layers.Conv2D(2, 3))
    with remembering_graphs():
        before = dynamic_graph(InferenceCall(model, _unnamed(model), in_floats=True))
        plan = lir.plan_for(model)
        after = dynamic_graph(InferenceCall(model, plan.signature, in_floats=True))
    assert after is before


def _unnamed(model: Any) -> Signature:
    spec = lir.TensorSpec(
        name="image",
        shape=(lir.DynamicDim("batch"), lir.DynamicDim(), lir.DynamicDim(), 3),
        dtype=lir.DType.FLOAT32,
    )
    assert model.input_shape == spec.sizes
    return Signature((Argument("inputs", spec),))


def test_a_model_that_computes_with_sizes_in_python_is_converted(tmp_path: Any) -> None:
    model = image_model(layers.UpSampling2D(2, interpolation="bilinear"))
    result = lir.export(model, tmp_path / "m.tflite")
    assert result.strategy == "stablehlo"
