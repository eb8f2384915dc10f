"""Custom layers and strategies that a child process can import."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import ConversionError

keras: Any = load_keras()
registered = keras.saving.register_keras_serializable("litert_ir_tests")


def doubled(x: Any) -> Any:
    """An activation that is not registered."""
    return 2.0 * keras.ops.tanh(x)


def shifted(x: Any) -> Any:
    return keras.ops.tanh(x) + 0.5


registered(shifted)


class Ones(keras.initializers.Initializer):  # type: ignore[misc]  # keras has no type stubs
    """An initializer that is not registered."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return keras.ops.ones(shape, dtype)


class Wrapping(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Does not build the layer in it, of which Keras warns when it loads one."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        # By itself, Keras would give it another name each time that one is made.
        self.inner = keras.layers.Dense(units, name="inner")

    def call(self, x: Any) -> Any:
        return self.inner(x)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


class Outer:
    """Where no one looks for classes."""

    @registered
    class Scaled(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
        def build(self, shape: Any) -> None:
            self.scale = self.add_weight(shape=(shape[-1],), initializer=Ones(), name="scale")

        def call(self, x: Any) -> Any:
            return x * self.scale


class TwoArguments(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Keras records the shape of the first argument alone, so it cannot build what it loads."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = keras.layers.Dense(3)
        self.second = keras.layers.Dense(3)

    def call(self, query: Any, context: Any, *, scale: Any = None) -> Any:
        joined = self.first(query) - self.second(context)
        return {"joined": joined if scale is None else joined * scale}


def custom_model() -> Any:
    """Functional, of custom layers, functions and initializers; with weights that vary."""
    keras.utils.set_random_seed(0)
    features = keras.Input((4,), name="features")
    x = keras.layers.Dense(5, activation=doubled, kernel_initializer=Ones())(features)
    x = Outer.Scaled()(Wrapping(6)(x))
    scores = keras.layers.Dense(3, activation=shifted, name="scores")(x)
    model = keras.Model(features, scores, name="custom")
    rng = np.random.default_rng(0)
    model.set_weights([rng.standard_normal(w.shape, "float32") for w in model.weights])
    return model


@attrs.frozen
class Obedient(lir.ConversionStrategy):
    """A strategy that does one thing."""

    name: str = attrs.field(default="obedient", init=False)

    def refuses(self, plan: lir.ExportPlan) -> lir.Refusal | None:
        del plan
        return None

    def convert(
        self, plan: lir.ExportPlan, model: Any, calibration: Iterable[Any] | None
    ) -> lir.Artifact:
        raise NotImplementedError


@attrs.frozen
class NotOnJax(Obedient):
    """Refuses plans of one backend."""

    def refuses(self, plan: lir.ExportPlan) -> lir.Refusal | None:
        return lir.Refusal(reason="no JAX") if plan.versions.backend == "jax" else None


@attrs.frozen
class Aborting(Obedient):
    """Ends its process, as converters do."""

    name: str = attrs.field(default="aborting", init=False)

    def convert(
        self, plan: lir.ExportPlan, model: Any, calibration: Iterable[Any] | None
    ) -> lir.Artifact:
        del plan, model, calibration
        os.write(2, b"the last words\n")
        os.abort()


@attrs.frozen
class Hanging(Obedient):
    """Never ends."""

    name: str = attrs.field(default="hanging", init=False)

    def convert(
        self, plan: lir.ExportPlan, model: Any, calibration: Iterable[Any] | None
    ) -> lir.Artifact:
        del plan, model, calibration
        time.sleep(600)
        raise AssertionError


@attrs.frozen
class Failing(Obedient):
    """Says what it sees, and fails."""

    name: str = attrs.field(default="failing", init=False)

    def convert(
        self, plan: lir.ExportPlan, model: Any, calibration: Iterable[Any] | None
    ) -> lir.Artifact:
        os.write(2, b"printed meanwhile\n")
        seen = (plan.versions.backend.value, keras.backend.backend(), model.name, calibration)
        raise ConversionError("It broke.", received=repr(seen))
