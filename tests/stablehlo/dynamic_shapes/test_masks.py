"""Masks that compare two positions, for all sizes, run and compared with the model."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_interpreter, load_keras, load_tensorflow
from tests.stablehlo.dynamic_shapes.hand_made import (
    Array,
    Operator,
    Tensor,
    generalized,
    hand_made,
)
from tests.stablehlo.dynamic_shapes.sized_functions import SEQUENCE
from tests.stablehlo.dynamic_shapes.sized_pairs import (
    LARGEST,
    LoadedFile,
    Pair,
    check,
    operators,
)

Keep = Callable[[Array, Array], Array]
"""Which pairs of a row and a column a mask keeps."""
KEPT: dict[str, Keep] = {
    "causal": lambda row, column: column <= row,
    "strictly causal": lambda row, column: column < row,
    "causal but for two": lambda row, column: column <= row + 2,
    "upper": lambda row, column: column >= row,
    "strictly upper": lambda row, column: column > row,
    "window": lambda row, column: (row - 3 < column) & (column <= row),
    "both sides": lambda row, column: abs(row - column) <= 1,
    "diagonal": lambda row, column: row == column,
    "not the diagonal": lambda row, column: row != column,
    "far": lambda row, column: abs(row - column) > 2,
}


def tf() -> Any:
    return load_tensorflow()


def mask(keep: Keep, rows: int, columns: int) -> Array:
    return keep(*np.indices((rows, columns)))


def scores(x: Any) -> Any:
    heads = tf().stack([x, 2 * x], axis=1)
    return tf().matmul(heads, heads, transpose_b=True)


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_a_mask_holds_for_all_lengths(keep: Keep) -> None:
    def masked(x: Any) -> Any:
        chosen = mask(keep, x.shape[1], x.shape[1])
        return tf().where(chosen, scores(x), -1e9)

    content = check(Pair(masked, (SEQUENCE,)))
    assert "BROADCAST_TO" not in operators(content)


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("low", [-1e9, float(np.finfo(np.float32).min), 1.0])
def test_a_mask_that_is_added(keep: Keep, low: float) -> None:
    def masked(x: Any) -> Any:
        added = np.where(mask(keep, x.shape[1], x.shape[1]), 0, low).astype(np.float32)
        return tf().nn.softmax(scores(x) + added)

    check(Pair(masked, (SEQUENCE,)))


def test_a_mask_of_minus_infinity() -> None:
    def masked(x: Any) -> Any:
        kept = mask(KEPT["causal"], x.shape[1], x.shape[1])
        return tf().nn.softmax(scores(x) + np.where(kept, 0, -np.inf).astype(np.float32))

    check(Pair(masked, (SEQUENCE,)))


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32"])
def test_a_mask_of_numbers(dtype: str) -> None:
    def masked(x: Any) -> Any:
        kept = mask(KEPT["window"], x.shape[1], x.shape[1]).astype(dtype)
        return tf().cast(scores(x), dtype) * kept

    content = check(Pair(masked, (SEQUENCE,)))
    assert "SELECT_V2" in operators(content)


def test_a_mask_repeated_along_batch_and_heads() -> None:
    def masked(x: Any) -> Any:
        found = scores(x)
        chosen = np.broadcast_to(mask(KEPT["causal"], *found.shape[2:]), found.shape)
        return tf().where(chosen, found, tf().zeros(found.shape))

    content = check(Pair(masked, (SEQUENCE,)))
    assert operators(content).count("LESS_EQUAL") == 1
    assert "BROADCAST_TO" not in operators(content)


def test_a_mask_of_more_dimensions_than_kernels_repeat() -> None:
    def masked(x: Any) -> Any:
        found = tf().stack([scores(x), -scores(x)], axis=3)
        shape = [1, 1, found.shape[2], 1, found.shape[4]]
        chosen = mask(KEPT["window"], found.shape[2], found.shape[4]).reshape(shape)
        return tf().where(chosen, found, -1.0)

    check(Pair(masked, (SEQUENCE,)))


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_queries_and_keys_of_two_lengths(keep: Keep) -> None:
    def masked(query: Any, key: Any) -> Any:
        found = tf().matmul(query, key, transpose_b=True)
        return tf().where(mask(keep, query.shape[1], key.shape[1]), found, 0.5)

    check(Pair(masked, (("batch", "height", 4), ("batch", "length", 4))))
    check(Pair(masked, (("batch", "height", 4), ("batch", 9, 4))))


@pytest.mark.parametrize("dtype", ["bool", "float32", "int32"])
def test_a_mask_for_an_operator_that_does_not_repeat_its_inputs(dtype: str) -> None:
    def joined(x: Any) -> Any:
        found = tf().cast(scores(x), dtype)
        chosen = mask(KEPT["upper"], *found.shape[2:]).astype(dtype)
        return tf().concat([found, np.broadcast_to(chosen, found.shape)], axis=1)

    content = check(Pair(joined, (SEQUENCE,)))
    assert operators(content).count("BROADCAST_TO") == 1


def test_a_mask_that_is_returned() -> None:
    def returned(x: Any) -> list[Any]:
        chosen = mask(KEPT["causal"], x.shape[1], x.shape[1])
        return [tf().constant(chosen), x * 2.0]

    check(Pair(returned, (SEQUENCE,)))


def test_layers_share_a_mask() -> None:
    def stacked(x: Any) -> Any:
        for _ in range(3):
            chosen = mask(KEPT["window"], x.shape[1], x.shape[1])
            weights = tf().nn.softmax(tf().where(chosen, scores(x), -1e9))
            x = tf().reduce_sum(tf().matmul(weights, x[:, None]), axis=1)
        return x

    found = operators(check(Pair(stacked, (SEQUENCE,))))
    assert [found.count(code) for code in ("RANGE", "LESS_EQUAL", "LOGICAL_AND")] == [1, 1, 1]


def test_sizes_are_known_before_a_run() -> None:
    def masked(x: Any) -> Any:
        chosen = mask(KEPT["window"], x.shape[1], x.shape[1])
        return tf().where(chosen, scores(x), -1e9)

    pair = Pair(masked, (SEQUENCE,))
    interpreter = load_interpreter().Interpreter(model_content=pair.general())
    (x,) = pair.inputs(LARGEST)
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], x.shape)
    interpreter.allocate_tensors()
    (output,) = interpreter.get_output_details()
    assert output["shape"].tolist() == [5, 2, 16, 16]


KERAS = load_keras()
LAYERS = KERAS.layers


def causal(layer: Any, inputs: int) -> Any:
    """An attention layer over itself, or over another sequence."""
    tensors = [KERAS.Input((None, 8)) for _ in range(inputs)]
    return KERAS.Model(tensors, layer(tensors[0], tensors[-1], use_causal_mask=True))


def samples(*lengths: tuple[int, ...]) -> lir.Verification:
    rng = np.random.default_rng(2)
    shapes = [[(batch, length, 8) for length in row] for batch, row in enumerate(lengths, 1)]
    return lir.Verification(
        samples=[[rng.standard_normal(shape, np.float32) for shape in row] for row in shapes]
    )


_LENGTHS, _PAIRS_OF_LENGTHS = ((1,), (7,), (64,), (130,)), ((5, 5), (4, 9), (9, 4), (1, 70))


@pytest.mark.parametrize(
    ("layer", "lengths"),
    [
        (LAYERS.MultiHeadAttention(2, 4), _LENGTHS),
        (LAYERS.MultiHeadAttention(2, 4), _PAIRS_OF_LENGTHS),
        (LAYERS.GroupQueryAttention(4, 4, 2), _PAIRS_OF_LENGTHS),
    ],
    ids=("of itself", "of another", "with groups"),
)
def test_causal_attention_of_any_length(layer: Any, lengths: Sequence[tuple[int, ...]]) -> None:
    copy = type(layer).from_config(layer.get_config())
    model = causal(copy, len(lengths[0]))
    result = lir.execute(
        lir.plan_for(model), model, strategies=(lir.StableHLO(),), verify=samples(*lengths)
    )
    assert result.parity is not None
    assert result.parity.agrees


def test_a_mask_of_an_input_with_two_dimensions_of_a_length() -> None:
    def masked(x: Any) -> Any:
        return tf().where(mask(KEPT["window"], *x.shape[1:]), x, -1.0)

    check(Pair(masked, (("batch", "length", "length"),)))


def added(length: int, values: Array) -> bytes:
    """A file that adds a constant to a square."""
    x = Tensor(shape=(length, length), dtype=values.dtype.name)
    c = Tensor(shape=values.shape, dtype=values.dtype.name, data=values)
    step = Operator(code="ADD", inputs=("input_0", "c"), outputs=("output_0",))
    return hand_made({"input_0": x, "c": c, "output_0": x}, [step])


def test_the_values_are_kept_bit_by_bit() -> None:
    def lower(length: int) -> Array:
        values: Array = np.where(np.tri(length, dtype=bool), np.float32(-0.0), np.float32(3.0))
        return values

    file = LoadedFile(generalized(added(7, lower(7)), added(12, lower(12))), xnnpack=False)
    for length in (2, 5, 13):
        (result,) = file.run([np.full((length, length), -0.0, np.float32)])
        assert result.tobytes() == lower(length).tobytes()


_SMALL_FILE = 20_000
"""Bytes; a mask of the sizes that models are traced at would take more."""


def windowed(window: int) -> Any:
    """Attention that looks back over so many positions at most."""
    keras = load_keras()

    class Windowed(keras.layers.Layer):  # type: ignore[misc,name-defined]
        def call(self, x: Any) -> Any:
            positions = keras.ops.arange(keras.ops.shape(x)[1])
            distance = positions[:, None] - positions[None, :]
            mask = keras.ops.logical_and(distance >= 0, distance < window)
            scores = keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1)))
            weights = keras.ops.softmax(keras.ops.where(mask[None], scores, -1e9))
            return keras.ops.matmul(weights, x)

    inputs = keras.Input((None, 4))
    return keras.Model(inputs, Windowed(name="windowed")(inputs))


@pytest.mark.parametrize("window", [20, 80, 300])
def test_a_window_holds_for_lengths_beyond_those_at_hand(window: int) -> None:
    model = windowed(window)
    result = lir.execute(
        lir.plan_for(model),
        model,
        strategies=(lir.StableHLO(),),
        verify=at_lengths(9, 150, window + 10),
    )
    assert result.parity is not None
    assert result.parity.agrees


def test_no_constant_of_a_long_mask_is_made() -> None:
    model = windowed(4000)
    result = lir.execute(lir.plan_for(model), model, verify=at_lengths(9))
    assert result.strategy == "stablehlo"
    assert result.content is not None
    assert len(result.content) < _SMALL_FILE


def at_lengths(*lengths: int) -> lir.Verification:
    rng = np.random.default_rng(0)
    shapes = [(1, length, 4) for length in lengths]
    return lir.Verification(
        samples=[[rng.standard_normal(shape).astype(np.float32)] for shape in shapes]
    )
