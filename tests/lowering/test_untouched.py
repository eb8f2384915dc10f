"""Planning leaves the model and Keras' global state as they were."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

from litert_ir import plan_for
from litert_ir.backends import load_keras
from litert_ir.testing import models

keras: Any = load_keras()


@attrs.frozen(kw_only=True)
class State:
    """Everything about a model that planning could change.

    Attributes:
        variables: Identity, path, trainability and bytes of each, seeds and statistics included.
        layers: Identity, name and flags of each layer.
        losses: How many there are.
        optimizer: Whether it is built, and its variables' bytes.
        flags: Of the model itself.
    """

    variables: tuple[tuple[int, str, bool, bytes], ...]
    layers: tuple[tuple[int, str, bool, bool, int], ...]
    losses: int
    optimizer: tuple[object, ...]
    flags: tuple[object, ...]

    @classmethod
    def of(cls, model: Any) -> State:
        return cls(
            variables=tuple((id(v), v.path, v.trainable, bytes_of(v)) for v in model.variables),
            layers=tuple(
                (id(layer), layer.name, layer.trainable, layer.built, len(layer._inbound_nodes))
                for layer in model._flatten_layers()
            ),
            losses=len(model.losses),
            optimizer=optimizer_state(model.optimizer) if model.compiled else (),
            flags=(model.built, model.compiled, model.trainable, model.dtype_policy.name),
        )


def bytes_of(variable: Any) -> bytes:
    return bytes(np.asarray(variable.numpy()).tobytes())


def optimizer_state(optimizer: Any) -> tuple[object, ...]:
    return (id(optimizer), optimizer.built, *(bytes_of(v) for v in optimizer.variables))


def zeros(*shape: int) -> Any:
    return np.zeros(shape, "float32")


def trained() -> Any:
    """A model with an optimizer's slots, new batch norm statistics, and advanced seeds."""
    model = models.single_input_model()
    model.compile("adam", "mse")
    data = np.random.default_rng(0).standard_normal((8, 4)).astype("float32")
    model.fit(data, zeros(8, 3), verbose=0)
    return model


def compiled() -> Any:
    model = models.dict_model()
    model.compile("sgd", "mse")
    return model


def partly_frozen() -> Any:
    model = models.model_in_model()
    model.layers[1].trainable = False
    return model


def regularized() -> Any:
    """A model that has a loss of its own when it is called; it never was."""
    inputs = keras.Input((4,))
    layer = keras.layers.Dense(3, activity_regularizer="l2", kernel_regularizer="l1")
    return keras.Model(inputs, layer(inputs))


def subclassed() -> Any:
    model = models.subclassed_model(1)
    model(zeros(2, 4))
    return model


BUILDERS = (
    *models.FUNCTIONAL_MODELS.values(),
    models.sequential_model,
    subclassed,
    trained,
    compiled,
    partly_frozen,
    regularized,
)


# Adam's step is divided by numpy's newest rules in TensorFlow when a model is fit.
@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_the_model_is_as_it_was(build: Callable[[], Any]) -> None:
    model = build()
    before = State.of(model)
    plan_for(model)
    assert State.of(model) == before


def test_the_model_computes_what_it_computed() -> None:
    model = models.single_input_model()
    data = np.random.default_rng(1).standard_normal((5, 4)).astype("float32")
    before = model(data).numpy()
    plan_for(model, batch_size=2)
    np.testing.assert_array_equal(model(data).numpy(), before)


def test_a_model_that_adds_losses_has_none_of_the_trace() -> None:
    class Adding(keras.Model):  # type: ignore[misc]  # keras has no type stubs
        def call(self, x: Any) -> Any:
            self.add_loss(keras.ops.sum(x))
            return 2.0 * x

    model = Adding()
    plan_for(model, input_signature=[keras.InputSpec(shape=(None, 4), dtype="float32")])
    assert model.losses == []


def numbers_of_new_names() -> list[int]:
    """The numbers in the names that Keras gives to what is made next, of many kinds."""
    inputs = keras.Input((1,))
    product = inputs * 2.0
    made = [
        inputs._keras_history.operation,
        product._keras_history.operation,
        keras.Function([inputs], [product]),
        keras.Model(inputs, product),
        keras.Sequential(),
        keras.layers.Dense(1),
        keras.random.SeedGenerator(0),
    ]
    return [int(re.sub(r"\D*(\d*)$", r"\1", thing.name) or 0) for thing in made]


@pytest.mark.parametrize("build", [models.dict_model, models.sequential_model, subclassed])
def test_names_go_on_where_they_were(build: Callable[[], Any]) -> None:
    model = build()
    before = numbers_of_new_names()
    plan_for(model)
    assert numbers_of_new_names() == [number + 1 for number in before]


def test_random_numbers_go_on_where_they_were() -> None:
    model = models.single_input_model()
    keras.utils.set_random_seed(7)
    wanted = keras.random.normal((3,)).numpy(), np.random.random()
    keras.utils.set_random_seed(7)
    plan_for(model)
    assert wanted[0].tolist() == keras.random.normal((3,)).numpy().tolist()
    assert wanted[1] == np.random.random()


@pytest.fixture
def odd_globals() -> Any:
    """Global settings that differ from the defaults, restored afterwards."""
    config = keras.config
    before = config.floatx(), config.image_data_format(), config.epsilon()
    policy = keras.mixed_precision.dtype_policy()
    config.set_floatx("float16")
    config.set_image_data_format("channels_first")
    config.set_epsilon(1e-4)
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    yield
    config.set_floatx(before[0])
    config.set_image_data_format(before[1])
    config.set_epsilon(before[2])
    keras.mixed_precision.set_dtype_policy(policy)


def global_settings() -> tuple[object, ...]:
    config = keras.config
    return (
        config.floatx(),
        config.image_data_format(),
        config.epsilon(),
        keras.mixed_precision.dtype_policy().name,
        config.is_traceback_filtering_enabled(),
        config.is_interactive_logging_enabled(),
        config.is_nnx_enabled(),
    )


def test_global_settings_are_as_they_were(single_model: Any, odd_globals: None) -> None:
    del odd_globals
    before = global_settings()
    plan = plan_for(single_model)
    assert global_settings() == before
    assert before[:2] == ("float16", "channels_first"), "the settings are unusual"
    assert [str(tensor) for tensor in plan.inputs] == ["(batch=?, 4) float32"]


def test_arguments_are_as_they_were(dict_model: Any) -> None:
    image = keras.InputSpec(shape=(1, 8, 8, 3), dtype="float32")
    extra = keras.InputSpec(shape=(1, 4), dtype="float32")
    signature, options = [{"image": image, "extra": extra}], {"optimizations": ["DEFAULT"]}
    plan_for(dict_model, input_signature=signature, options=options)
    assert signature == [{"image": image, "extra": extra}]
    assert options == {"optimizations": ["DEFAULT"]}
