"""The steps of random models: what changes a size, what pads, what looks at a size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from litert_ir.backends import load_keras
from tests.dynamic.own_layers import Computed, ResizedTo

keras = load_keras()
layers, ops = keras.layers, keras.ops

StepMaker = Callable[..., Any]
Arguments = st.SearchStrategy[tuple[Any, ...]]

PADDINGS = st.sampled_from(("same", "valid"))
EDGES = st.tuples(st.integers(0, 2), st.integers(0, 2)).filter(any)
SIZES = st.integers(1, 5)
STRIDES = st.integers(1, 3)
_CONVOLUTIONS = {3: layers.Conv1D, 4: layers.Conv2D}
_TRANSPOSED = {3: layers.Conv1DTranspose, 4: layers.Conv2DTranspose}
_POOLS = {
    (3, "max"): layers.MaxPooling1D,
    (4, "max"): layers.MaxPooling2D,
    (3, "average"): layers.AveragePooling1D,
    (4, "average"): layers.AveragePooling2D,
}
_PADS = {3: layers.ZeroPadding1D, 4: layers.ZeroPadding2D}
_CROPS = {3: layers.Cropping1D, 4: layers.Cropping2D}


def narrowed(x: Any) -> Any:
    """The same with few channels, so that models stay small."""
    return layers.Dense(4)(x) if x.shape[-1] > 8 else x


def convolution(x: Any, size: int, stride: int, padding: str) -> Any:
    return _CONVOLUTIONS[len(x.shape)](4, size, stride, padding, activation="relu")(x)


def dilated(x: Any, size: int, rate: int, padding: str) -> Any:
    return _CONVOLUTIONS[len(x.shape)](4, size, padding=padding, dilation_rate=rate)(x)


def transposed(x: Any, size: int, stride: int, padding: str) -> Any:
    return _TRANSPOSED[len(x.shape)](4, size, stride, padding)(x)


def pool(x: Any, kind: str, size: int, stride: int, padding: str) -> Any:
    return _POOLS[len(x.shape), kind](size, stride, padding)(x)


def _edges(x: Any, edges: tuple[int, int]) -> Any:
    return edges if len(x.shape) == 3 else (edges, edges[::-1])


def zero_padded(x: Any, edges: tuple[int, int]) -> Any:
    return _PADS[len(x.shape)](_edges(x, edges))(x)


def cropped(x: Any, edges: tuple[int, int]) -> Any:
    return _CROPS[len(x.shape)](_edges(x, edges))(x)


def upsampled(x: Any, factor: int) -> Any:
    return (layers.UpSampling1D if len(x.shape) == 3 else layers.UpSampling2D)(factor)(x)


def upsampled_bilinear(x: Any, factor: int) -> Any:
    return layers.UpSampling2D(factor, interpolation="bilinear")(x)


def padded_to_multiple(x: Any, multiple: int) -> Any:
    def pad(x: Any) -> Any:
        shape = ops.shape(x)
        padding = [(0, -shape[axis] % multiple) for axis in range(1, len(shape) - 1)]
        return ops.pad(x, ((0, 0), *padding, (0, 0)))

    return Computed(pad)(x)


def first_half(x: Any) -> Any:
    return Computed(lambda x: x[:, : ops.shape(x)[1] // 2])(x)


def halves_swapped(x: Any) -> Any:
    def swap(x: Any) -> Any:
        half = ops.shape(x)[1] // 2
        return ops.concatenate([x[:, half:], x[:, :half]], axis=1)

    return Computed(swap)(x)


def every(x: Any, step: int) -> Any:
    return Computed(lambda x: x[:, ::step])(x)


def last_steps(x: Any, count: int) -> Any:
    return Computed(lambda x: x[:, -count:])(x)


def windows(x: Any, size: int) -> Any:
    """Whole windows of some steps, each of which is a step."""

    def cut(x: Any) -> Any:
        count = ops.shape(x)[1] // size
        return ops.reshape(x[:, : count * size], (-1, count, size * x.shape[-1]))

    return Computed(cut)(x)


def exact_windows(x: Any, size: int) -> Any:
    """Windows of a length that has to be their multiple."""
    return layers.Reshape((-1, size * x.shape[-1]))(x)


def gated(x: Any) -> Any:
    """Squeeze and excite."""
    axes = tuple(range(1, len(x.shape) - 1))
    mean = Computed(lambda x: ops.mean(x, axis=axes, keepdims=True))(x)
    return layers.Multiply()([x, layers.Dense(x.shape[-1], activation="sigmoid")(mean)])


def attention(x: Any, causal: bool) -> Any:
    return layers.MultiHeadAttention(2, 2)(x, x, use_causal_mask=causal)


def recurrent(x: Any, backwards: bool) -> Any:
    return layers.GRU(4, return_sequences=True, go_backwards=backwards)(x)


def cumulated(x: Any) -> Any:
    return Computed(lambda x: ops.cumsum(x, axis=1) * 0.1)(x)


def reversed_steps(x: Any) -> Any:
    return Computed(lambda x: ops.flip(x, axis=1))(x)


def softmax(x: Any) -> Any:
    return layers.Softmax(axis=1)(x)


def progress(x: Any) -> Any:
    """How far along each step is, added as a number between 0 and 1."""

    def add(x: Any) -> Any:
        length = ops.shape(x)[1]
        steps = ops.arange(length, dtype="float32") / ops.cast(length, "float32")
        return x + ops.reshape(steps, (1, -1, *[1] * (len(x.shape) - 2)))

    return Computed(add)(x)


def with_skip(x: Any, stride: int, padding: str) -> Any:
    """A coarse branch brought back to the size of a skip: resized, or joined in time."""
    coarse = convolution(x, 3, stride, padding)
    if len(x.shape) == 3:
        return layers.Concatenate(axis=1)([coarse, layers.Dense(4)(x)])
    return layers.Concatenate()([ResizedTo("nearest")(coarse, x), x])


def global_pool(x: Any, kind: str) -> Any:
    """The whole as one place."""
    axes = tuple(range(1, len(x.shape) - 1))
    reduce = ops.max if kind == "max" else ops.mean
    return Computed(lambda x: reduce(x, axis=axes, keepdims=True))(x)


KINDS = st.sampled_from(("max", "average"))
STEPS: Mapping[str, tuple[StepMaker, Arguments]] = {
    "convolution": (convolution, st.tuples(SIZES, STRIDES, PADDINGS)),
    "dilated": (dilated, st.tuples(st.integers(2, 3), st.integers(2, 3), PADDINGS)),
    "transposed": (transposed, st.tuples(SIZES, STRIDES, PADDINGS)),
    "pool": (pool, st.tuples(KINDS, st.integers(2, 4), STRIDES, PADDINGS)),
    "zero padded": (zero_padded, st.tuples(EDGES)),
    "cropped": (cropped, st.tuples(EDGES)),
    "upsampled": (upsampled, st.tuples(st.integers(2, 3))),
    "padded to multiple": (padded_to_multiple, st.tuples(st.sampled_from((2, 3, 8)))),
    "first half": (first_half, st.just(())),
    "halves swapped": (halves_swapped, st.just(())),
    "every": (every, st.tuples(st.integers(2, 3))),
    "last steps": (last_steps, st.tuples(st.integers(1, 6))),
    "gated": (gated, st.just(())),
    "reversed": (reversed_steps, st.just(())),
    "progress": (progress, st.just(())),
    "with skip": (with_skip, st.tuples(st.integers(1, 3), PADDINGS)),
    "global pool": (global_pool, st.tuples(KINDS)),
}
STEPS_OF_SERIES: Mapping[str, tuple[StepMaker, Arguments]] = {
    **STEPS,
    "causal": (convolution, st.tuples(SIZES, STRIDES, st.just("causal"))),
    "windows": (windows, st.tuples(st.integers(2, 4))),
    "exact windows": (exact_windows, st.tuples(st.integers(2, 4))),
    "attention": (attention, st.tuples(st.booleans())),
    "recurrent": (recurrent, st.tuples(st.booleans())),
    "cumulated": (cumulated, st.just(())),
    "softmax": (softmax, st.just(())),
}
STEPS_OF_IMAGES: Mapping[str, tuple[StepMaker, Arguments]] = {
    **STEPS,
    "upsampled bilinear": (upsampled_bilinear, st.tuples(st.integers(2, 3))),
}
