"""TensorFlow functions whose files depend on the sizes of their inputs in one way each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from litert_ir.backends import load_tensorflow
from tests.stablehlo.dynamic_shapes.sized_pairs import Shape

SEQUENCE: Shape = ("batch", "length", 4)
IMAGE: Shape = ("batch", "height", "width", 4)
Case = Callable[..., Any]


def tf() -> Any:
    return load_tensorflow()


def attention(x: Any) -> Any:
    batch, length, width = x.shape
    heads = tf().transpose(tf().reshape(x, [batch, length, 2, width // 2]), [0, 2, 1, 3])
    scores = tf().nn.softmax(tf().matmul(heads, heads, transpose_b=True))
    mixed = tf().transpose(tf().matmul(scores, heads), [0, 2, 1, 3])
    return tf().reshape(mixed, [batch, length, width])


def merged_dimensions(x: Any) -> list[Any]:
    batch, length, width = x.shape
    flat = tf().nn.softmax(tf().reshape(x, [batch * length, width]), axis=0)
    return [tf().reshape(flat, [batch, length * width]), tf().reshape(flat, [length, batch, width])]


def slices(x: Any) -> list[Any]:
    return [
        x[:, 1:],
        x[:, :-1],
        x[:, -1],
        x[:, 1:-1],
        x[:, -3:, 1:3],
        x[:, :2],
        x[:1],
        x[-1, ..., 1],
        x[:, None, -2:, 0],
        x[..., None, 1:],
        x[:, ::2],
        x[:, ::-1],
        x[:, -2:-4:-1],
    ]


def slices_of_a_table(x: Any) -> list[Any]:
    table = tf().reshape(x[0, 0], [4, 1]) * np.arange(40, dtype=np.float32)
    length = x.shape[1]
    return [
        table[:, :length],
        table[:, length:],
        table[:, 2:length],
        tf().slice(table, [0, length - 1], [4, 2]),
        tf().slice(table, [0, 1], [4, length]),
        tf().slice(table, [0, 2], [4, length - 2]),
        tf().slice(table, [0, 2], [4, 2]),
    ]


def repeated_constants(x: Any) -> list[Any]:
    batch, length, _ = x.shape
    ones = tf().ones([batch, length, 4])
    return [
        x * 2.0 + ones,
        tf().where(x > 0, x, 3 * ones),
        tf().maximum(x, np.full([length, 4], [0.1, 0.2, 0.3, 0.4], np.float32)),
        tf().concat([x, 5 * ones[..., :1]], axis=-1),
        tf().stack([x, 7 * ones]),
    ]


def constants_without_a_partner(x: Any) -> list[Any]:
    batch, length, _ = x.shape
    row = tf().reduce_sum(x, axis=[0, 1])
    return [tf().ones([batch, length, 4]) * row, tf().zeros([batch, 2]), tf().range(length)]


def wide_constants(x: Any) -> Any:
    batch, length, _ = x.shape
    return tf().reshape(x, [batch, length, 1, 2, 2]) + tf().ones([batch, length, 3, 2, 2])


def counted_numbers(x: Any) -> list[Any]:
    length = x.shape[1]
    counted = tf().range(length)
    return [
        x + tf().cast(counted, tf().float32)[:, None],
        tf().gather(x, counted, axis=1),
        tf().broadcast_to(tf().range(1, length + 1)[None], x.shape[:2]),
        tf().argmax(x, axis=2) + tf().range(length, dtype=tf().int64),
    ]


def positions_when_flattened(x: Any) -> list[Any]:
    batch, length, _ = x.shape
    flat = tf().reshape(x, [batch * length, 4])
    rows, columns = np.arange(batch), np.arange(length)
    places = np.arange(6)
    few = np.where(places < 3, places + 3 * rows[:, None], 3 * batch)
    return [
        tf().gather(flat, rows * length),
        tf().gather(flat, rows[:, None] * length + columns),
        tf().gather(flat, rows[:, None] * 4 + np.array([[2, 0, 3]])),
        tf().gather(tf().concat([flat[: 3 * batch], flat[:1]], axis=0), few),
        tf().argmax(x, axis=1) + (rows * 7 - 3)[:, None],
        x + (2 * rows * length + 1).astype(np.float32)[:, None, None],
    ]


def constants_of_merged_dimensions(x: Any) -> list[Any]:
    batch, length, _ = x.shape
    flat = tf().reshape(x[:, :3], [batch * 3, 4])
    block = np.arange(12, dtype=np.float32).reshape(3, 4)
    return [
        flat + np.tile(block, [batch, 1]),
        tf().concat([flat, np.tile(block > 2, [batch, 1]).astype(np.float32)], axis=1),
        tf().gather(flat, np.repeat(np.arange(batch), 3)),
        tf().gather(flat, np.tile(np.arange(batch), 3)),
        tf().gather(x[:, :, 0], np.tile([2, 0], batch), axis=1) + length,
    ]


def wide_positions(x: Any) -> Any:
    batch, length, _ = x.shape
    rows, columns = np.arange(batch), np.arange(length)
    places = np.reshape(rows[:, None] * length + columns, [batch, length, 1, 1, 1])
    return tf().reshape(x, [batch, length, 1, 2, 2]) + places.astype(np.float32)


def sizes_as_numbers(x: Any) -> list[Any]:
    batch, length, _ = x.shape
    total = tf().reduce_sum(x, axis=1)
    best = tf().argmax(x, axis=1, output_type=tf().int32)
    return [
        total / length,
        tf().reduce_sum(x, axis=[0, 1]) * (1 / (batch * length)),
        x * float(length),
        x + np.full([1, 1, 4], 2 * length, np.float32),
        best + length,
        tf().minimum(2 * best, length - 1),
        tf().argmax(x, axis=1) * length,
        tf().fill([batch], length) + best[:, 0],
    ]


def shapes_as_inputs(x: Any) -> list[Any]:
    batch, length, _ = x.shape
    total = tf().reduce_sum(x, axis=[1, 2], keepdims=True)
    return [
        tf().broadcast_to(total, [batch, length, 3]),
        tf().tile(x, [1, length, 1]),
        tf().fill([batch, length], total[0, 0, 0]),
        tf().fill(tf().constant([batch, length], tf().int64), total[0, 0, 0]),
        tf().one_hot(tf().argmax(x, axis=1), length),
        tf().nn.top_k(tf().transpose(x, [0, 2, 1]), length)[0],
        tf().scatter_nd([[0], [2]], x[0, :2], [length, 4]),
        tf().repeat(x, 2, axis=1),
        *tf().split(x, [length - 3, 3], axis=1),
        *tf().split(tf().concat([x, x, x], axis=1), [length, length, length], axis=1),
    ]


def images(x: Any) -> list[Any]:
    small = tf().nn.conv2d(x, np.ones([3, 3, 4, 4], np.float32) / 9, 2, "SAME")
    batch, height, width, _ = small.shape
    kernel = np.ones([3, 3, 2, 4], np.float32)
    return [
        tf().image.resize(small, [2 * height, 2 * width]),
        tf().image.resize(small, [3 * height, 3 * width], "nearest"),
        tf().image.resize(small, [5, 5]),
        tf().nn.conv2d_transpose(small, kernel, [batch, 2 * height, 2 * width, 2], 2, "SAME"),
        tf().nn.conv2d_transpose(
            small, kernel, [batch, 2 * height + 1, 2 * width + 1, 2], 2, "VALID"
        ),
        tf().reshape(small, [batch, height * width, 4]),
        tf().reduce_mean(x, axis=[1, 2]),
    ]


def windows(x: Any) -> Any:
    batch, height, width, depth = x.shape
    cells = tf().reshape(x, [batch, height // 4, 4, width // 4, 4, depth])
    cells = tf().reshape(tf().transpose(cells, [0, 1, 3, 2, 4, 5]), [-1, 16, depth])
    cells = tf().reshape(
        tf().nn.softmax(cells, axis=1), [batch, height // 4, width // 4, 4, 4, depth]
    )
    return tf().reshape(tf().transpose(cells, [0, 1, 3, 2, 4, 5]), [batch, height, width, depth])


def loop(x: Any) -> list[Any]:
    batch, length, width = x.shape

    def body(step: Any, state: Any, states: Any) -> tuple[Any, Any, Any]:
        state = tf().tanh(state + tf().gather(x, length - 1 - step, axis=1) + tf().ones([batch, 4]))
        return step + 1, state, tf().tensor_scatter_nd_update(states, [[step]], state[None])

    start = (0, tf().zeros([batch, width]), tf().zeros([length, batch, width]))
    return list(tf().while_loop(lambda step, *_: step < length, body, start)[1:])


def choice(x: Any) -> Any:
    ones = tf().ones(x.shape)
    return tf().cond(tf().reduce_sum(x) > 0, lambda: x + ones, lambda: 2 * ones)


def coinciding_constants(x: Any) -> list[Any]:
    """Constants of equal value at the first size, 2, of which one follows the batch."""
    batch = x.shape[0]
    return [
        tf().broadcast_to(x[0, 0, 0], [batch, 2]),
        tf().broadcast_to(x[0, 0, 1], [2, 2]),
        tf().argmax(x, axis=1, output_type=tf().int32) + batch,
        tf().argmin(x, axis=1, output_type=tf().int32) + 2,
    ]
