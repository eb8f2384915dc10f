"""Layers of the table's models that Keras does not have, as users write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litert_ir.backends import load_keras

keras = load_keras()
ops = keras.ops
_layer_class: Any = keras.layers.Layer


class Computed(_layer_class):  # type: ignore[misc]  # keras has no type stubs
    """A layer without weights, of a function of the inputs."""

    def __init__(self, function: Callable[..., Any], name: str | None = None) -> None:
        super().__init__(name=name)
        self.function = function

    def call(self, *inputs: Any) -> Any:
        return self.function(*inputs)


class WithTable(_layer_class):  # type: ignore[misc]  # keras has no type stubs
    """A layer of a function of its input and a learned table; the result has the input's shape."""

    def __init__(self, function: Callable[[Any, Any], Any], rows: int) -> None:
        super().__init__()
        self.function, self.rows = function, rows

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.table = self.add_weight(
            shape=(self.rows,),
            name="table",
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=5),
        )

    def call(self, x: Any) -> Any:
        return self.function(x, self.table)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class PositionTable(_layer_class):  # type: ignore[misc]  # keras has no type stubs
    """Adds the first rows of a learned table, which are found in one of several ways."""

    def __init__(self, rows: int, how: str) -> None:
        super().__init__()
        self.rows, self.how = rows, how

    def build(self, input_shape: Any) -> None:
        self.table = self.add_weight(
            shape=(self.rows, input_shape[-1]), name="table", initializer="random_normal"
        )

    def call(self, x: Any) -> Any:
        length = ops.shape(x)[1]
        if self.how == "slice":
            return x + self.table[:length]
        if self.how == "ops.slice":
            return x + ops.slice(self.table, (0, 0), (length, self.table.shape[1]))
        return x + ops.take(self.table, ops.arange(length), axis=0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class RelativeBias(_layer_class):  # type: ignore[misc]  # keras has no type stubs
    """Attention scores of a sequence with itself, with a learned bias by clipped distance."""

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.table = self.add_weight(shape=(9,), name="table", initializer="random_normal")

    def call(self, x: Any) -> Any:
        steps = ops.arange(ops.shape(x)[1])
        distances = ops.clip(steps[None, :] - steps[:, None], -4, 4) + 4
        scores = ops.matmul(x, ops.transpose(x, (0, 2, 1))) + ops.take(self.table, distances)
        return ops.matmul(ops.softmax(scores / 4.0), x)


def height_and_width(image: Any) -> tuple[Any, Any]:
    """The sizes of a batch of images, channels last."""
    shape = ops.shape(image)
    return shape[1], shape[2]


class ResizedTo(_layer_class):  # type: ignore[misc]  # keras has no type stubs
    """Resizes its first image to the size of its second."""

    def __init__(self, interpolation: str) -> None:
        super().__init__()
        self.interpolation = interpolation

    def call(self, image: Any, like: Any) -> Any:
        size = height_and_width(like)
        return ops.image.resize(image, size, interpolation=self.interpolation)

    def compute_output_shape(self, image_shape: Any, like_shape: Any) -> Any:
        return (*like_shape[:3], image_shape[3])


def new(layer: Callable[..., Any], *arguments: Any, **options: Any) -> Callable[[Any], Any]:
    """A step of a model that makes a new layer each time, so that each model has its own."""

    def apply(x: Any) -> Any:
        return layer(*arguments, **options)(x)

    return apply
