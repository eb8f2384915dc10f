"""A model as a function of flat inputs that leaves no traces on the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from litert_ir import Argument, DType, DynamicDim, ListNode, MappingNode, Signature, TensorSpec
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.layers import all_layers
from litert_ir.errors import UnsupportedModelError
from litert_ir.testing import models

keras: Any = load_keras()
tf: Any = load_tensorflow()


class Recording(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Returns what it is called with."""

    def call(self, pair: Any, gate: Any, *, scale: Any, training: Any = None) -> Any:
        return {"pair": pair, "gate": gate, "scale": scale, "training": training}


def tensor(name: str, *shape: int | DynamicDim, dtype: DType = DType.FLOAT32) -> TensorSpec:
    return TensorSpec(name=name, shape=shape, dtype=dtype)


BATCH = DynamicDim("batch")
SIGNATURE = Signature(
    (
        Argument("pair", ListNode((tensor("left", BATCH, 2), tensor("right", 3, 2)))),
        Argument("gate", MappingNode((("g", tensor("gate", BATCH, dtype=DType.BOOL)),))),
        Argument("scale", tensor("scale"), keyword_only=True),
    )
)


def test_flat_tensors_are_nested_and_training_is_false() -> None:
    left, right, gate, scale = (
        tf.zeros((1, 2)),
        tf.zeros((3, 2)),
        tf.zeros((1,), dtype=tf.bool),
        tf.zeros(()),
    )
    result = InferenceCall(Recording(), SIGNATURE)([left, right, gate, scale])
    assert result["pair"][0] is left
    assert result["pair"][1] is right
    assert result["gate"]["g"] is gate
    assert result["scale"] is scale
    assert result["training"] is False


def test_the_wire_has_sorted_names_and_the_plans_shapes() -> None:
    specs = InferenceCall(Recording(), SIGNATURE).wire_specs()
    assert specs == [
        tf.TensorSpec((None, 2), tf.float32, name="lir_in_0000"),
        tf.TensorSpec((3, 2), tf.float32, name="lir_in_0001"),
        tf.TensorSpec((None,), tf.bool, name="lir_in_0002"),
        tf.TensorSpec((), tf.float32, name="lir_in_0003"),
    ]
    assert [spec.name for spec in specs] == sorted(spec.name for spec in specs)


def test_the_call_computes_what_the_model_computes() -> None:
    model = models.single_input_model()
    signature = Signature((Argument("inputs", tensor("x", BATCH, 4)),))
    data = keras.ops.convert_to_tensor(np.eye(4, dtype="float32"))
    np.testing.assert_array_equal(
        InferenceCall(model, signature)([data]).numpy(), model(data, training=False).numpy()
    )


def test_updates_of_state_are_refused_and_undone() -> None:
    inputs = keras.Input(batch_shape=(1, 2, 3))
    memory = keras.layers.LSTM(2, stateful=True, name="memory")
    model = keras.Model(inputs, memory(inputs))
    signature = Signature((Argument("inputs", tensor("x", 1, 2, 3)),))
    with pytest.raises(UnsupportedModelError, match="changes its own state") as caught:
        InferenceCall(model, signature)([tf.ones((1, 2, 3))])
    assert caught.value.where == "memory"
    assert caught.value.received.startswith("2 updated variable(s)")
    assert all(not np.any(state.numpy()) for state in memory.states)


class Holding(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Holds layers in unusual places."""

    def __init__(self, name: str, **held: Any) -> None:
        super().__init__(name=name)
        for attribute, value in held.items():
            setattr(self, attribute, value)


def test_layers_are_found_in_any_attribute_and_once() -> None:
    inner = Holding("inner")
    outer = Holding("outer", layers=3, parts={1: inner, "again": [(inner,)], None: {inner}})
    inner.owner = outer
    assert [layer.name for layer in all_layers(outer)] == ["inner"]
    assert [layer.name for layer in all_layers(inner)] == ["outer"]


def test_a_model_is_called_in_its_own_types_and_gives_those_of_the_file() -> None:
    seen: list[str] = []

    class Seeing(keras.Model):  # type: ignore[misc]  # keras has no type stubs
        def call(self, x: Any) -> Any:
            seen.append(keras.backend.standardize_dtype(x.dtype))
            return x

    model = Seeing()
    model.autocast = False  # else Keras casts as well, to what the model computes in
    spec = TensorSpec(name="x", shape=(1,), dtype=DType.FLOAT32, model_dtype=DType.BFLOAT16)
    call = InferenceCall(model, Signature((Argument("x", spec),)))
    given = tf.constant([1.001])
    (output,) = call.flat_outputs([given], spec)
    assert (seen, output.dtype, float(output[0])) == (["bfloat16"], tf.float32, 1.0)
    (output,) = call.flat_outputs([given], tensor("x", 1))
    assert output.dtype == tf.bfloat16


def test_all_layers_are_found_outer_before_inner() -> None:
    names = [layer.name for layer in all_layers(models.model_in_model())]
    assert names == ["outer", "sequential_model", "hidden", "result", "top"]
    assert list(all_layers(keras.layers.Dense(1))) == []
