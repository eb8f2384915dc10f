"""Small models of every kind, with the names that tests ask for."""

from __future__ import annotations

from typing import Any

from litert_ir.backends import load_keras


def seeded() -> Any:
    keras = load_keras()
    keras.utils.set_random_seed(0)
    return keras


def shared() -> Any:
    """A layer that is called twice, and operations that are no layers."""
    keras = seeded()
    features = keras.Input((8,), name="features")
    first = keras.layers.Dense(16, activation="relu", name="first")(features)
    twice = keras.layers.Dense(16, name="twice")
    joined = keras.ops.relu(twice(twice(first)) + first)
    return keras.Model(
        features, keras.layers.Dense(3, activation="softmax", name="head")(joined), name="shared"
    )


def numbered() -> Any:
    """Layers whose names differ by the numbers that tracing appends as well."""
    keras = seeded()
    x = features = keras.Input((8,), name="features")
    for name in ("dense", "dense_1", "dense_2"):
        x = keras.layers.Dense(8, activation="tanh", name=name)(x)
    return keras.Model(features, x, name="numbered")


def nested() -> Any:
    """A sequential model, called twice in a functional one."""
    keras = seeded()
    inner = keras.Sequential(
        [keras.layers.Dense(8, name="up"), keras.layers.Dense(8, activation="tanh", name="down")],
        name="inner",
    )
    features = keras.Input((8,), name="features")
    outputs = keras.layers.Dense(2, name="head")(inner(inner(features)))
    return keras.Model(features, outputs, name="nested")


def recurrent() -> Any:
    keras = seeded()
    lstm = keras.layers.LSTM(8, return_sequences=True, name="lstm")
    layers = [keras.layers.Bidirectional(lstm, name="both"), keras.layers.GRU(4, name="gru")]
    return keras.Sequential([keras.Input((6, 5), name="steps"), *layers])


def convolutional() -> Any:
    keras = seeded()
    image = keras.Input((12, 12, 3), name="image")
    x = keras.layers.Conv2D(8, 3, strides=2, use_bias=False, name="conv")(image)
    x = keras.layers.ReLU(name="relu")(keras.layers.BatchNormalization(name="norm")(x))
    x = keras.layers.Conv2D(4, 1, name="project")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, keras.layers.Dense(3, name="head")(x), name="convolutional")


def subclassed() -> Any:
    """A model whose own code computes with the results of its blocks."""
    keras = seeded()
    block = _block_class(keras)
    model_class: Any = keras.Model

    class Net(model_class):  # type: ignore[misc]  # keras has no type stubs
        def __init__(self) -> None:
            super().__init__(name="net")
            self.blocks = [block("block_a"), block("block_b")]
            self.head = keras.layers.Dense(2, name="head")

        def build(self, shape: Any) -> None:
            for each in (*self.blocks, self.head):
                each.build(shape)

        def call(self, features: Any) -> Any:
            for each in self.blocks:
                features = each(features)
            return {"scores": self.head(features), "features": features}

    return Net()


def _block_class(keras: Any) -> Any:
    """The class of a block whose own code computes with the results of its layers."""
    layer_class: Any = keras.layers.Layer

    class Block(layer_class):  # type: ignore[misc]  # keras has no type stubs
        def __init__(self, name: str) -> None:
            super().__init__(name=name)
            self.left = keras.layers.Dense(8, name="left")
            self.right = keras.layers.Dense(8, activation="sigmoid", name="right")
            self.out = keras.layers.Dense(8, name="out")

        def build(self, shape: Any) -> None:
            for layer in (self.left, self.right, self.out):
                layer.build(shape)

        def call(self, x: Any) -> Any:
            return self.out(self.left(x) * self.right(x)) + x

    return Block
