"""Models whose sizes, weights or calls are hard to trace; they run on every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litert_ir.backends import load_keras

keras: Any = load_keras()


class Returning(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Returns whatever a function makes of its inputs."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(name="returning")
        self.function = function

    def call(self, x: Any, y: Any = None) -> Any:
        return self.function(x) if y is None else self.function(x, y)


class Through(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Passes its input through layers; has no build of its own."""

    def __init__(self, *layers: Any) -> None:
        super().__init__(name="through")
        self.parts = list(layers)

    def call(self, x: Any) -> Any:
        for layer in self.parts:
            x = layer(x)
        return x


def first_half(x: Any) -> Any:
    """Refuses odd lengths in Python, which a symbol for the length always fails."""
    if x.shape[1] % 2 != 0:
        raise ValueError("The length must be even.")
    return x[:, : x.shape[1] // 2]


def with_positions(x: Any) -> Any:
    """Has a table of 10 positions."""
    if x.shape[1] > 10:
        raise ValueError("There are 10 positions.")
    return x + keras.ops.ones((10, x.shape[2]))[: x.shape[1]]


def with_rows_taken(x: Any) -> Any:
    """Has a table of 10 positions, beyond which JAX reads NaN."""
    return x + keras.ops.take(keras.ops.ones((10, 8)), keras.ops.arange(x.shape[1]), axis=0)


def of_wide_windows(x: Any) -> Any:
    """Needs a length of 100 at least."""
    return keras.ops.max_pool(x, pool_size=(100 if x.shape[1] >= 100 else -1,), strides=1)


def step_by_step(x: Any) -> Any:
    """Counts in Python."""
    return keras.ops.stack([2.0 * x[:, i] for i in range(x.shape[1])], axis=1)


def one_output_per_step(x: Any) -> Any:
    return [x[:, i] for i in range(x.shape[1])]


def stateful() -> Any:
    inputs = keras.Input(batch_shape=(1, 2, 3))
    return keras.Model(inputs, keras.layers.LSTM(2, stateful=True, name="memory")(inputs))


class Drawing(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Draws random numbers in each call, which its output may leave out."""

    def __init__(self, *, used: bool) -> None:
        super().__init__(name="drawing")
        self.seeds, self.used = keras.random.SeedGenerator(1), used

    def call(self, x: Any) -> Any:
        noise = keras.random.normal(keras.ops.shape(x), seed=self.seeds)
        return x + noise if self.used else x * 2.0


def of_int64() -> Any:
    tokens = keras.InputSpec(shape=(None, 5), dtype="int64")
    return Returning(lambda x: x[:, :2] + 1), [tokens]


def recurrent() -> Any:
    """Layers with loops, of a dynamic number of steps; unbuilt."""
    return Through(
        keras.layers.LSTM(4, return_sequences=True),
        keras.layers.Bidirectional(keras.layers.GRU(3, return_sequences=True)),
        keras.layers.TimeDistributed(keras.layers.Dense(2)),
    )


def images() -> Any:
    """Layers of windows, for images of any size; unbuilt."""
    return Through(
        keras.layers.Conv2D(4, 3, strides=2, padding="same"),
        keras.layers.BatchNormalization(),
        keras.layers.UpSampling2D(2),
        keras.layers.Permute((2, 1, 3)),
    )
