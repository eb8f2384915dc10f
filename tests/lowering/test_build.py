"""Unbuilt models get their variables from shapes alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from litert_ir import plan_for
from litert_ir.backends import load_keras
from litert_ir.errors import ModelTraceError

keras: Any = load_keras()


class Witness(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Remembers how it was called; has no build of its own."""

    def __init__(self) -> None:
        super().__init__(name="witness")
        self.dense = keras.layers.Dense(2)
        self.norm = keras.layers.BatchNormalization()
        self.calls = 0
        self.saw_data = False
        self.saw_training = False

    def call(self, x: Any, training: bool = False) -> Any:
        self.calls += 1
        self.saw_data = self.saw_data or hasattr(x, "numpy")
        self.saw_training = self.saw_training or training
        return self.norm(self.dense(x), training=training)


class OwnBuild(Witness):
    def build(self, input_shape: Any) -> None:
        assert self.calls == 0, "shapes are known before the first call"
        self.built_for = input_shape
        self.dense.build(input_shape)
        self.norm.build((input_shape[0], 2))
        self.gain = self.add_weight(shape=(input_shape[-1],), name="gain")


class PartialBuild(Witness):
    """Builds some of its layers only."""

    def build(self, input_shape: Any) -> None:
        self.dense.build(input_shape)


class BuildByName(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def build(self, y_shape: Any, x_shape: Any) -> None:
        self.built_for = {"x": x_shape, "y": y_shape}

    def call(self, x: Any, y: Any) -> Any:
        return x["a"] - y


class BuildWithoutShape(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def build(self) -> None:
        self.gain = self.add_weight(shape=(4,), name="gain")

    def call(self, x: Any) -> Any:
        return x * self.gain


def spec(*shape: int | None) -> Any:
    return keras.InputSpec(shape=shape, dtype="float32")


@pytest.mark.parametrize("cls", [Witness, OwnBuild, PartialBuild])
def test_no_data_is_made_or_passed(cls: Any) -> None:
    model = cls()
    plan_for(model, input_signature=[spec(None, 4)])
    assert model.built
    assert all(layer.built for layer in model.layers)
    assert model.calls > 0
    assert not model.saw_data
    assert not model.saw_training
    model(np.zeros((1, 4), "float32"))
    assert model.saw_data, "the witness sees data when there is some"


def test_a_model_without_a_build_of_its_own_has_its_layers_weights() -> None:
    model = Witness()
    plan_for(model, input_signature=[spec(None, 4)])
    assert tuple(model.dense.kernel.shape) == (4, 2)
    assert np.any(np.asarray(model.dense.kernel.numpy()))
    np.testing.assert_array_equal(model.norm.moving_mean.numpy(), np.zeros(2))
    assert len(model.weights) == 6


def test_a_build_of_its_own_is_given_the_shape() -> None:
    model = OwnBuild()
    plan = plan_for(model, input_signature=[spec(None, 4)])
    assert model.built_for == (None, 4)
    assert tuple(model.gain.shape) == (4,)
    assert [tensor.sizes for tensor in plan.inputs] == [(None, 4)]


def test_a_build_of_several_shapes_is_given_each_by_name() -> None:
    model = BuildByName()
    plan_for(model, input_signature=[{"a": spec(None, 4)}, spec(2, 4)])
    assert model.built_for == {"x": {"a": (None, 4)}, "y": (2, 4)}


def test_a_build_without_shape_is_called_without() -> None:
    plan = plan_for(BuildWithoutShape(), input_signature=[spec(None, 4)])
    assert plan.model.parameters == 4


def test_a_built_model_is_not_built_again() -> None:
    model = OwnBuild()
    plan_for(model, input_signature=[spec(None, 4)])
    weights = [id(weight) for weight in model.weights]
    del model.built_for
    plan_for(model, input_signature=[spec(None, 4)])
    assert not hasattr(model, "built_for")
    assert [id(weight) for weight in model.weights] == weights


def test_the_built_model_computes() -> None:
    model = Witness()
    plan_for(model, input_signature=[spec(None, 4)])
    x = np.ones((3, 4), "float32")
    kernel = model.dense.kernel.numpy()
    # Tolerance: float32 sums of four products; BatchNormalization divides by sqrt(1 + 1e-3).
    np.testing.assert_allclose(model(x).numpy(), x @ kernel / np.sqrt(1.001), rtol=1e-5)


# Keras warns when it could not build a model by tracing, before it raises.
@pytest.mark.filterwarnings("ignore:Layer 'witness' looks like it has unbuilt state:UserWarning")
@pytest.mark.filterwarnings("ignore:`build\\(\\)` was called on layer 'witness':UserWarning")
@pytest.mark.parametrize(
    ("shape", "received"),
    [
        ((), "expected min_ndim=2, found ndim=0"),
        ((None, None), "must be fully-defined"),
    ],
)
def test_a_shape_that_the_model_cannot_be_built_for_is_refused(
    shape: tuple[int | None, ...], received: str
) -> None:
    model = Witness()
    with pytest.raises(ModelTraceError, match="cannot be built for the inputs") as caught:
        plan_for(model, input_signature=[spec(*shape)])
    assert caught.value.where == "model 'witness'"
    assert caught.value.expected.startswith("a model that accepts x (")
    assert received in caught.value.received
    assert "\x1b" not in str(caught.value), "Keras colours its messages"
    assert isinstance(caught.value.__cause__, ValueError)
    plan = plan_for(model, input_signature=[spec(None, 4)])
    assert [tensor.sizes for tensor in plan.inputs] == [(None, 4)], "a second try is possible"


@pytest.mark.filterwarnings("ignore:`build\\(\\)` was called on layer:UserWarning")
def test_a_model_that_only_says_it_is_built_is_built() -> None:
    model = Witness()
    model.build((None, 4))
    assert model.built
    assert not model.weights
    plan = plan_for(model)
    assert [spec.sizes for spec in plan.inputs] == [(None, 4)]
    assert len(model.weights) == 6
    assert not model.saw_data


def test_a_built_model_is_traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Witness()
    model(np.zeros((2, 4), np.float32))
    monkeypatch.setattr(model, "calls", 0)
    plan_for(model)
    assert model.calls == 1
