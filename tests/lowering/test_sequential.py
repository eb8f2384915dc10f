"""Sequential models: one tensor, declared, or built from the shape of a signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir import ModelKind, TensorSpec, plan_for
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import LiteRTIRError, ModelNotBuiltError, ModelTraceError, SignatureError
from litert_ir.testing import models

keras: Any = load_keras()
tf: Any = load_tensorflow()

NOT_BUILT = "Model must be built before export. Call model(inputs) or provide input_signature."


class Witness(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """A matrix product that remembers what it was built for and called with."""

    def __init__(self) -> None:
        super().__init__(name="witness")
        self.shapes: list[Any] = []
        self.saw_data = False

    def build(self, input_shape: Any) -> None:
        self.shapes.append(tuple(input_shape))
        self.matrix = self.add_weight(shape=(input_shape[-1], 2), name="matrix")

    def call(self, x: Any) -> Any:
        self.saw_data = self.saw_data or hasattr(x, "numpy")
        return keras.ops.matmul(x, self.matrix)


def unbuilt() -> Any:
    return keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2, name="out")], name="net")


def spec(*shape: int | None, dtype: str = "float32") -> Any:
    return keras.InputSpec(shape=shape, dtype=dtype)


def test_a_built_model_knows_its_input(lines: Callable[..., list[str]]) -> None:
    plan = plan_for(models.sequential_model())
    assert plan.kind is ModelKind.SEQUENTIAL
    assert lines(plan.signature.leaves) == ["inputs = measurements (batch=?, 6) float32"]
    assert lines(plan.output_leaves) == ["output = result (batch=?, 2) float32"]
    assert plan.adapter is None
    assert isinstance(plan.signature.arguments[0].value, TensorSpec)


def test_an_integer_input_is_declared_as_such() -> None:
    model = keras.Sequential([keras.Input((4,), dtype="int32"), keras.layers.Embedding(5, 3)])
    assert [str(tensor) for tensor in plan_for(model).inputs] == ["(batch=?, 4) int32"]


@pytest.mark.parametrize("batch", [None, 3])
def test_a_model_built_for_a_shape_has_that_shape(batch: int | None) -> None:
    model = unbuilt()
    model.build((batch, 4))
    plan = plan_for(model)
    assert [tensor.sizes for tensor in plan.inputs] == [(None, 4)]
    assert [leaf.spec.sizes for leaf in plan.output_leaves] == [(None, 2)]
    assert bool(plan.notes) == (batch is not None)


def test_the_batch_that_a_model_happened_to_be_called_with_is_not_silently_fixed() -> None:
    model = unbuilt()
    model(np.zeros((2, 4), "float32"))
    plan = plan_for(model)
    assert plan.inputs[0].sizes == (None, 4) or any("batch" in note for note in plan.notes)


def test_an_unbuilt_model_is_refused_with_the_known_words() -> None:
    with pytest.raises(ModelNotBuiltError) as caught:
        plan_for(unbuilt())
    error = caught.value
    assert isinstance(error, ValueError)
    assert error.summary == NOT_BUILT
    assert str(error).startswith(NOT_BUILT)
    assert error.received == "an unbuilt Sequential model"
    assert "input_signature=[keras.InputSpec(" in error.advice


@pytest.mark.parametrize("layers", [[], [keras.Input((4,))]], ids=["none", "an input only"])
def test_a_model_without_layers_is_not_built(layers: list[Any]) -> None:
    with pytest.raises(ModelNotBuiltError, match="must be built before export"):
        plan_for(keras.Sequential(layers))


@pytest.mark.parametrize(
    "wanted",
    [
        spec(None, 4),
        [spec(None, 4)],
        (spec(None, 4),),
        tf.TensorSpec((None, 4)),
        keras.KerasTensor((None, 4)),
        np.zeros((5, 4), "float32"),
        [tf.zeros((5, 4))],
    ],
    ids=["spec", "list", "tuple", "tf.TensorSpec", "keras.KerasTensor", "array", "tensor"],
)
def test_an_unbuilt_model_is_built_from_a_signature(wanted: Any) -> None:
    model = unbuilt()
    plan = plan_for(model, input_signature=wanted)
    assert model.built
    assert [tuple(weight.shape) for weight in model.weights] == [(4, 3), (3,), (3, 2), (2,)]
    assert [str(tensor) for tensor in plan.inputs] == ["(batch=?, 4) float32"]
    assert [str(leaf.spec) for leaf in plan.output_leaves] == ["(batch=?, 2) float32"]
    assert plan_for(model) == plan


def test_an_unbuilt_model_is_built_without_data() -> None:
    witness = Witness()
    model = keras.Sequential([witness])
    plan_for(model, input_signature=[spec(None, 4)])
    assert witness.shapes == [(None, 4)]
    assert not witness.saw_data
    model(np.zeros((1, 4), "float32"))
    assert witness.saw_data, "the witness sees data when there is some"


def test_batch_size_does_not_stick_to_a_model_built_from_a_signature() -> None:
    model = unbuilt()
    plan = plan_for(model, input_signature=[spec(None, 4)], batch_size=2)
    assert [tensor.sizes for tensor in plan.inputs] == [(2, 4)]
    assert [tensor.sizes for tensor in plan_for(model).inputs] == [(None, 4)]


def test_a_spec_without_dtype_is_that_of_the_models_input() -> None:
    plan = plan_for(unbuilt(), input_signature=[keras.InputSpec(shape=(None, 4))])
    assert [str(tensor) for tensor in plan.inputs] == ["(batch=?, 4) float32"]


@pytest.mark.parametrize(
    ("wanted", "path", "received"),
    [
        (spec(None, 4, dtype="string"), "inputs", "string"),
        (spec(None, 4, dtype="complex128"), "inputs", "complex128"),
        (tf.SparseTensorSpec((None, 4), tf.float32), "inputs", "a sparse tensor"),
        (tf.RaggedTensorSpec((None, None)), "inputs", "a ragged tensor"),
        (keras.InputSpec(ndim=2, dtype="float32"), "inputs", "InputSpec(dtype=float32, ndim=2)"),
        ([None], "the signature", "none"),
    ],
)
def test_a_malformed_signature_is_refused_before_anything_is_built(
    wanted: Any, path: str, received: str
) -> None:
    model = unbuilt()
    with pytest.raises(SignatureError, match="not valid") as caught:
        plan_for(model, input_signature=wanted)
    problem = caught.value.problems[0]
    assert (problem.path, problem.received) == (path, received)
    assert not model.built
    assert not model.weights


def test_a_signature_that_a_built_model_does_not_have_is_refused() -> None:
    with pytest.raises(SignatureError, match="does not fit the model's inputs") as caught:
        plan_for(models.sequential_model(), input_signature=[spec(None, 7)])
    (problem,) = caught.value.problems
    assert (problem.path, problem.received) == ("inputs", "(batch=?, 7) float32")


def test_a_shape_that_layers_cannot_be_built_for_is_refused() -> None:
    model = keras.Sequential([keras.layers.Conv2D(2, 3)], name="net")
    with pytest.raises(ModelTraceError, match="cannot be built for the inputs") as caught:
        plan_for(model, input_signature=[spec(None, 4)])
    error = caught.value
    assert error.where == "model 'net'"
    assert error.expected == "a model that accepts inputs (batch=?, 4) float32"
    assert "expected min_ndim=4, found ndim=2" in error.received
    assert "input_signature" in error.advice
    assert isinstance(error.__cause__, ValueError)


class SumOfPair(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    def call(self, pair: Any) -> Any:
        return pair[0] + pair[1]


def test_a_model_that_takes_several_tensors_is_refused_by_name() -> None:
    model = keras.Sequential([SumOfPair()])
    model([np.zeros((2, 4), "float32"), np.zeros((2, 4), "float32")])
    with pytest.raises(LiteRTIRError):
        plan_for(model)


def test_two_tensors_for_a_sequential_model_are_no_signature() -> None:
    with pytest.raises(LiteRTIRError):
        plan_for(keras.Sequential([SumOfPair()]), input_signature=[spec(None, 4), spec(None, 4)])
