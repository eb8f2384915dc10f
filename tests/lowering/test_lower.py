"""The plan as a whole: checks before tracing, what it remembers, which models it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir import DEFAULT_STRATEGIES, ConverterOptions, ExportPlan, Optimization, plan_for
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import OptionsError, SignatureError, UnsupportedModelError
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.lowering.lower import lower
from litert_ir.testing import models

keras: Any = load_keras()
tf: Any = load_tensorflow()


class Counting(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Counts how often it is called."""

    def __init__(self) -> None:
        super().__init__(name="counting")
        self.calls = 0

    def call(self, x: Any) -> Any:
        self.calls += 1
        return 2.0 * x


class CountingInAVariable(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def build(self, _: Any) -> None:
        self.counter = self.add_weight(name="counter", trainable=False, initializer="zeros")

    def call(self, x: Any) -> Any:
        self.counter.assign_add(1.0)
        return x * self.counter


class DrawingNoise(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def __init__(self) -> None:
        super().__init__(name="noisy")
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, x: Any) -> Any:
        return x + keras.random.normal((4,), seed=self.seeds)


class AlwaysTraining(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def __init__(self) -> None:
        super().__init__(name="training")
        self.norm = keras.layers.BatchNormalization()

    def call(self, x: Any) -> Any:
        return self.norm(x, training=True)


def spec(*shape: int | None) -> Any:
    return keras.InputSpec(shape=shape, dtype="float32")


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"optimisations": ["DEFAULT"]}, "litert_kwargs"),
        ({"optimizations": ["FASTER"]}, "optimizations"),
        ({"inference_input_type": "int8"}, "inference_input_type"),
        ({"representative_dataset": [[np.zeros((1, 4))]]}, "representative_dataset"),
    ],
    ids=["unknown key", "unknown value", "contradiction", "dataset without a use"],
)
def test_options_are_checked_before_anything_is_traced(options: Any, where: str) -> None:
    model = Counting()
    with pytest.raises(OptionsError) as caught:
        plan_for(model, input_signature=[spec(None, 4)], options=options)
    assert where in caught.value.where
    assert model.calls == 0
    assert not model.built


def test_options_are_checked_before_the_model() -> None:
    with pytest.raises(OptionsError, match="Did you mean 'optimizations'"):
        plan_for("no model", options={"optimisation": []})


def test_the_batch_size_is_checked_before_anything_is_traced() -> None:
    model = Counting()
    with pytest.raises(SignatureError, match="batch_size is not valid"):
        plan_for(model, input_signature=[spec(None, 4)], batch_size=0)
    assert model.calls == 0


@pytest.mark.parametrize(
    "options",
    [
        {"optimizations": ["DEFAULT"]},
        ConverterOptions(optimizations=(Optimization.DEFAULT,)),
        {"quantization": "dynamic"},
        FileOptions(recipe=Quantization(Precision.DYNAMIC_RANGE)),
    ],
    ids=["dict", "typed", "recipe", "plan's"],
)
def test_options_are_part_of_the_plan(options: Any) -> None:
    plan = plan_for(models.sequential_model(), options=options)
    assert plan.options == FileOptions(recipe=Quantization(Precision.DYNAMIC_RANGE))


def test_a_plan_remembers_the_model(single_model: Any) -> None:
    summary = plan_for(single_model).model
    assert summary.name == "single_input"
    assert summary.type == "keras.src.models.functional.Functional"
    assert summary.parameters == single_model.count_params() == 99
    assert summary.weight_bytes == 4 * 99


def test_weights_of_other_types_have_their_own_size() -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, dtype="float16")])
    plan = plan_for(model)
    assert plan.model.weight_bytes == 2 * plan.model.parameters == 2 * (4 * 3 + 3)
    assert [str(leaf.spec) for leaf in plan.output_leaves] == ["(batch=?, 3) float16"]


def test_a_plan_remembers_the_versions(single_model: Any) -> None:
    versions = plan_for(single_model).versions
    assert (versions.keras, versions.tensorflow) == (keras.__version__, tf.__version__)
    assert versions.backend == "tensorflow"
    assert versions.litert_ir


def test_a_plan_has_the_route_that_lowering_leaves_open(single_model: Any) -> None:
    plan = plan_for(single_model)
    assert [step.strategy for step in plan.route] == [s.name for s in DEFAULT_STRATEGIES]
    assert lower(single_model).route == ()


@pytest.mark.parametrize("build", models.FUNCTIONAL_MODELS.values(), ids=models.FUNCTIONAL_MODELS)
def test_a_plan_survives_json(build: Callable[[], Any]) -> None:
    plan = plan_for(build())
    assert ExportPlan.from_json(plan.to_json()) == plan


def stateful_lstm() -> Any:
    inputs = keras.Input(batch_shape=(2, 5, 4))
    return keras.Model(inputs, keras.layers.LSTM(3, stateful=True, name="memory")(inputs))


def stateful_lstm_in_a_model() -> Any:
    inputs = keras.Input(batch_shape=(2, 5, 4))
    return keras.Model(inputs, keras.layers.Dense(1)(stateful_lstm()(inputs)))


@pytest.mark.parametrize("build", [stateful_lstm, stateful_lstm_in_a_model])
def test_stateful_layers_are_refused_by_name(build: Callable[[], Any]) -> None:
    model = build()
    before = [variable.numpy() for variable in model.variables]
    with pytest.raises(UnsupportedModelError, match="changes its own state") as caught:
        plan_for(model)
    error = caught.value
    assert "is not supported for export" in error.summary
    assert "memory" in error.where
    assert error.expected == "outputs that depend on no variable that a call updates"
    assert error.received.startswith("2 updated variable(s): ")
    assert error.received.count("memory/rnn_state") == 2
    assert "an input and an output" in error.advice
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


@pytest.mark.parametrize(
    ("cls", "variable"), [(CountingInAVariable, "counter"), (DrawingNoise, "seed_generator_state")]
)
def test_models_whose_outputs_depend_on_updated_variables_are_refused(
    cls: Callable[[], Any], variable: str
) -> None:
    model = cls()
    with pytest.raises(UnsupportedModelError, match="changes its own state") as caught:
        plan_for(model, input_signature=[spec(None, 4)])
    assert caught.value.where == f"model {model.name!r}"
    assert caught.value.received == f"1 updated variable(s): {variable}"


def test_a_model_that_updates_what_no_output_depends_on_is_planned() -> None:
    model = AlwaysTraining()  # normalizes with the statistics of the batch, and moves its own
    plan_for(model, input_signature=[spec(None, 4)])
    np.testing.assert_array_equal(model.norm.moving_mean.numpy(), np.zeros(4))


def test_a_refused_model_has_the_state_that_it_had() -> None:
    model = CountingInAVariable()
    model(np.ones((1, 4), "float32"))
    with pytest.raises(UnsupportedModelError):
        plan_for(model, input_signature=[spec(None, 4)])
    assert float(model.counter) == 1.0


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.LSTM(3, return_state=True),
        lambda: keras.layers.Dropout(0.5),
        lambda: keras.layers.GaussianNoise(1.0),
        keras.layers.BatchNormalization,
    ],
    ids=["LSTM", "Dropout", "GaussianNoise", "BatchNormalization"],
)
def test_layers_that_have_state_only_in_training_are_fine(layer: Callable[[], Any]) -> None:
    inputs = keras.Input((5, 4))
    assert plan_for(keras.Model(inputs, layer()(inputs))).notes == ()
