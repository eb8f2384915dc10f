"""A case of the sweep: a small Keras model and what to feed it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import attrs
import keras
import numpy as np

import litert_ir as lir
from tests.stablehlo.sweep.drawing import Array, Drawn

ROUNDING = lir.Tolerance(variation=0.0, scale=1e-5)
"""Float files differ from Keras by the order of summation; integers do not differ."""

Function = Callable[..., Any]
_layer_class: Any = keras.layers.Layer


@attrs.frozen(kw_only=True)
class Case:
    """A model that runs alike on every backend of Keras.

    Attributes:
        name: Its name in the table.
        build: Makes the model from its symbolic inputs.
        inputs: What it takes, in order.
        batch: The batch that the model fixes; None where it is dynamic.
        length: What dynamic sizes beside the batch are when the file runs.
        tolerance: How far the file may be from the model.
        telling: False where outputs hardly vary with the inputs, by their nature.
    """

    name: str
    build: Function
    inputs: tuple[Drawn, ...]
    batch: int | None = None
    length: int = 7
    tolerance: lir.Tolerance = ROUNDING
    telling: bool = True

    def model(self) -> Any:
        """A new model; its weights and statistics are random, and always the same."""
        keras.backend.clear_session(free_memory=False)  # the names start anew
        keras.utils.set_random_seed(0)
        tensors = [
            keras.Input(batch_shape=(self.batch, *drawn.shape), dtype=drawn.dtype, name=f"x{i}")
            for i, drawn in enumerate(self.inputs)
        ]
        made = self.build(*tensors)
        model = made if isinstance(made, keras.Model) else keras.Model(tensors, made)
        randomize(model)
        return model

    def samples(self, *batches: int) -> list[tuple[Array, ...]]:
        """Values for the inputs, one set for each batch size."""
        rng = np.random.default_rng(len(self.name))
        return [tuple(x.draw(rng, batch, self.length) for x in self.inputs) for batch in batches]


def model(name: str, build: Function, *inputs: Drawn, **options: Any) -> Case:
    """A case of a functional model: ``build`` makes its outputs from its symbolic inputs."""
    return Case(name=name, build=build, inputs=inputs, **options)


def layer(name: str, make: Callable[[], Any], *inputs: Drawn, **options: Any) -> Case:
    """A case of one layer, which takes a list if there are several inputs."""

    def build(*tensors: Any) -> Any:
        return make()(tensors[0] if len(tensors) == 1 else list(tensors))

    return Case(name=name, build=build, inputs=inputs, **options)


def op(name: str, function: Function, *inputs: Drawn, **options: Any) -> Case:
    """A case of a function of tensors, which runs inside a layer's call."""

    def build(*tensors: Any) -> Any:
        return Apply(function)(*tensors)

    return Case(name=name, build=build, inputs=inputs, **options)


def each(
    name: str,
    functions: Iterable[Function] | Mapping[str, Function],
    *inputs: Drawn,
    **options: Any,
) -> Case:
    """A case of several functions of the same tensors, each with an output of its name."""
    named = (
        functions
        if isinstance(functions, Mapping)
        else {function.__name__: function for function in functions}
    )

    def outputs(*tensors: Any) -> dict[str, Any]:
        return {key: function(*tensors) for key, function in named.items()}

    return op(name, outputs, *inputs, **options)


class Apply(_layer_class):  # type: ignore[misc]  # keras has no type stubs
    """A layer that applies a function to its inputs."""

    def __init__(self, function: Function) -> None:
        super().__init__(autocast=False)
        self.function = function

    def call(self, *tensors: Any) -> Any:
        return self.function(*tensors)


def randomize(model: Any) -> None:
    """Give every weight and statistic of a model a random value, for outputs of order one."""
    rng = np.random.default_rng(0)
    for variable in model.variables:
        if "float" in variable.dtype:
            variable.assign(_value(rng, variable.path, tuple(variable.shape)))


def _value(rng: np.random.Generator, path: str, shape: tuple[int, ...]) -> Array:
    if path.endswith(("gamma", "scale", "variance")):
        return rng.uniform(0.5, 1.5, shape)
    if len(shape) < 2:
        return rng.standard_normal(shape) * 0.5
    spread = 1.0 if path.endswith("embeddings") else float(np.prod(shape[:-1])) ** -0.5
    return rng.standard_normal(shape) * spread
