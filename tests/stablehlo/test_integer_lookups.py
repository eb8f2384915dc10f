"""`IntegerLookup` with a fixed vocabulary: searched in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import AllStrategiesFailedError
from tests.conversion.exports import Array

WORDS = [-7, 3, 1_000_000_007, 42, -(2**40), 12, 2**63 - 1]
UNKNOWN = [0, 1, -1, 99, 2**62, -(2**63)]


def exported(layer: Any, x: Array, path: Path) -> Any:
    keras = load_keras()
    inputs = keras.Input(x.shape[1:], dtype=str(x.dtype), name="x")
    model = keras.Model(inputs, layer(inputs))
    verify = lir.Verification(samples=[x[:2]])
    lir.export(model, path, strategies=(lir.StableHLO(),), verify=verify)
    return model


def assert_equal(layer: Any, x: Array, path: Path) -> None:
    """At a batch and on values that the export has not seen."""
    model = exported(layer, x, path)
    (found,) = lir.LiteRTFile(path).run({"x": x}).values()
    np.testing.assert_array_equal(found, np.asarray(model(x)), strict=True)


def drawn(*shape: int, unknown: bool = True) -> Array:
    values = np.array(WORDS + UNKNOWN * unknown, np.int64)
    return np.random.default_rng(0).choice(values, shape)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_oov_indices": 3},
        {"mask_token": 0},
        {"mask_token": 99, "num_oov_indices": 2},
        {"output_mode": "multi_hot"},
        {"output_mode": "count", "num_oov_indices": 2},
        {"output_mode": "tf_idf", "idf_weights": np.arange(7.0)},
    ],
    ids=str,
)
def test_indices_of_integers(options: dict[str, Any], tmp_path: Path) -> None:
    layer = load_keras().layers.IntegerLookup(vocabulary=WORDS, **options)
    assert_equal(layer, drawn(9, 5), tmp_path / "model.tflite")


def test_one_hot_and_the_way_back(tmp_path: Path) -> None:
    layers = load_keras().layers
    layer = layers.IntegerLookup(vocabulary=WORDS, output_mode="one_hot")
    assert_equal(layer, drawn(9, 1), tmp_path / "model.tflite")
    back = layers.IntegerLookup(vocabulary=WORDS, invert=True)
    indices = np.random.default_rng(0).integers(0, 9, (9, 5))
    assert_equal(back, indices, tmp_path / "back.tflite")


@pytest.mark.parametrize("count", [1, 2, 3, 64, 10_000])
def test_vocabularies_of_all_sizes(count: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    words = rng.permutation(np.arange(-20_000, 20_000))[:count]
    layer = load_keras().layers.IntegerLookup(vocabulary=words)
    x = np.concatenate([rng.choice(words, (6, 40)), rng.integers(-20_000, 20_000, (6, 40))])
    assert_equal(layer, x, tmp_path / "model.tflite")
    assert (tmp_path / "model.tflite").stat().st_size < 20_000 + 32 * count


def test_narrow_inputs_and_an_adapted_vocabulary(tmp_path: Path) -> None:
    layer = load_keras().layers.IntegerLookup()
    x = np.random.default_rng(0).integers(-9, 9, (9, 5), dtype=np.int32)
    layer.adapt(x[:4])
    assert_equal(layer, x, tmp_path / "model.tflite")


def test_without_indices_for_unknown_integers(tmp_path: Path) -> None:
    layer = load_keras().layers.IntegerLookup(vocabulary=WORDS, num_oov_indices=0)
    assert_equal(layer, drawn(9, 5, unknown=False), tmp_path / "model.tflite")
    (found,) = lir.LiteRTFile(tmp_path / "model.tflite").run({"x": np.full((1, 5), 99)}).values()
    np.testing.assert_array_equal(found, np.full((1, 5), -1))
    assert layer.num_oov_indices == 0


def test_hashes_are_refused_by_the_names_of_their_operators(tmp_path: Path) -> None:
    lookup = load_keras().layers.IntegerLookup
    layer = lookup(vocabulary=WORDS, num_oov_indices=3, oov_method="farmhash")
    with pytest.raises(AllStrategiesFailedError, match="StringToHashBucketFast"):
        exported(layer, drawn(9, 5), tmp_path / "model.tflite")
