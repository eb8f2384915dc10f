"""Positions of 64 bits: LiteRT's kernels get those of 32 bits, and none wraps around."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema, load_tensorflow

keras: Any = load_keras()
tf: Any = load_tensorflow()

_KNOWN = (0, -1, 2, 2, 1, 3)
_FAR = 2**32 + 1


class Collecting(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Puts rows where positions of 64 bits say, in all the ways that TensorFlow has."""

    def call(self, x: Any, i: Any) -> dict[str, Any]:
        known = tf.constant(_KNOWN, tf.int64)
        count = tf.constant(6, tf.int64)
        math, places = tf.math, i[:, None]
        narrow = tf.cast(tf.cast(i, tf.int32), tf.int64)
        return {
            "known": math.unsorted_segment_sum(x, known, count),
            "mean": math.unsorted_segment_mean(x, i, 6),
            "most": math.unsorted_segment_max(x, i, 6),
            "least": math.unsorted_segment_min(x, narrow, 6),
            "product": math.unsorted_segment_prod(x, i, count),
            "whole": math.unsorted_segment_sum(i, i, 6),
            "of_most": math.unsorted_segment_sum(x, tf.argmax(x, -1), 8),
            "sums": tf.scatter_nd(places, x, tf.constant((6, 8), tf.int64)),
            "added": tf.tensor_scatter_nd_add(x, places[:2], x[2:4]),
            "greater": tf.tensor_scatter_nd_max(x, places[:2], x[2:4]),
            "replaced": keras.ops.scatter_update(
                x, tf.constant(((3,), (0,), (3,)), tf.int64), x[:3]
            ),
            "elements": tf.tensor_scatter_nd_update(
                x, tf.constant(((1, 7), (0, 2)), tf.int64), x[3, :2]
            ),
            "greatest": tf.raw_ops.TopKV2(input=x, k=3, index_type=tf.int64)[1],
            "chosen": tf.gather(x, tf.argmax(x, -1), axis=1, batch_dims=1),
            "running": tf.cumsum(tf.range(6, dtype=tf.int64) + i),
        }


@pytest.fixture(scope="module")
def collecting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    x = keras.Input(batch_shape=(6, 8), name="x")
    i = keras.Input(batch_shape=(6,), dtype="int64", name="i")
    model = keras.Model([x, i], Collecting()(x, i))
    path = tmp_path_factory.mktemp("collecting") / "model.tflite"
    lir.export(model, path, strategies=(lir.StableHLO(),))
    return model, path


def test_all_operators_are_litert_s_own(collecting: tuple[Any, Path]) -> None:
    schema = load_schema()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(collecting[1].read_bytes(), 0))
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    found = {names[code.builtinCode] for code in model.operatorCodes}
    assert not {name for name in found if name.startswith("STABLEHLO") or name == "CUSTOM"}


@pytest.mark.parametrize("ids", [(5, 0, 2, 2, 1, 3), (4, 4, 4, 4, 4, 4)])
def test_the_file_computes_what_the_model_computes(
    collecting: tuple[Any, Path], ids: tuple[int, ...]
) -> None:
    model, path = collecting
    x = np.random.default_rng(3).standard_normal((6, 8)).astype(np.float32)
    i = np.array(ids, np.int64)
    wanted, found = model([x, i]), lir.LiteRTFile(path).run({"x": x, "i": i})
    assert wanted.keys() == found.keys()
    for name, value in wanted.items():
        assert found[name].dtype == value.numpy().dtype, name
        np.testing.assert_allclose(found[name], value, atol=1e-5, err_msg=name)


def scattering(tmp_path: Path) -> Path:
    x = keras.Input(batch_shape=(3, 2), name="x")
    i = keras.Input(batch_shape=(3, 1), dtype="int64", name="i")
    lir.export(keras.Model([x, i], keras.ops.scatter(i, x, (4, 2))), tmp_path / "model.tflite")
    return tmp_path / "model.tflite"


def test_a_position_beyond_32_bits_is_none_of_a_row(tmp_path: Path) -> None:
    path = scattering(tmp_path)
    x, i = np.ones((3, 2), np.float32), np.array([[_FAR], [-_FAR], [2]], np.int64)
    (found,) = lir.LiteRTFile(path).run({"x": x, "i": i}).values()
    np.testing.assert_array_equal(found.sum(axis=1), [0, 0, 2, 0])
