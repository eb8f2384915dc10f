"""Samples of the user's say with what batch and what values a model can be tried at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import ModelTraceError, SamplesError
from litert_ir.lowering.dimensions.fills import constant, like, random_values

KERAS = load_keras()
RNG = np.random.default_rng(0)
TOKENS = RNG.integers(2, 50, (4, 6)).astype(np.int32)
SERIES = RNG.random((4, 6, 3), dtype=np.float32) + 2

layer_class: Any = KERAS.layers.Layer


class InPairs(layer_class):  # type: ignore[misc]  # keras has no type stubs
    """The difference of each two neighbours in a batch, which has to be even."""

    def call(self, x: Any) -> Any:
        batch, length = KERAS.ops.shape(x)[:2]
        pairs = KERAS.ops.reshape(x, (batch // 2, 2, length, x.shape[2]))
        turned = KERAS.ops.concatenate([pairs[:, :1] - pairs[:, 1:], pairs[:, 1:]], 1)
        return KERAS.ops.reshape(turned, (batch, length, x.shape[2]))

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


class AboveOne(layer_class):  # type: ignore[misc]  # keras has no type stubs
    """Refuses values of 0 and 1, and negative ones."""

    def call(self, x: Any) -> Any:
        tf = load_tensorflow()
        tf.debugging.assert_greater(x, tf.ones((), x.dtype))
        return x

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


def of_pairs(length: int | None) -> Any:
    x = inputs = KERAS.Input((length, 3), name="x")
    return KERAS.Model(inputs, KERAS.layers.Dense(2)(InPairs()(x)))


def of_tokens(length: int | None) -> Any:
    inputs = KERAS.Input((length,), dtype="int32", name="x")
    embedded = KERAS.layers.Embedding(50, 4)(AboveOne()(inputs))
    return KERAS.Model(inputs, KERAS.layers.Dense(2)(embedded))


def of_series(length: int | None) -> Any:
    inputs = KERAS.Input((length, 3), name="x")
    return KERAS.Model(inputs, KERAS.layers.Dense(2)(AboveOne()(inputs)))


@pytest.mark.parametrize(
    ("build", "sample", "strategy"),
    [
        (of_pairs, SERIES, lir.ConcreteFunction()),
        (of_tokens, TOKENS, lir.StableHLO()),
        (of_series, SERIES, lir.StableHLO()),
    ],
)
def test_a_model_that_takes_samples_only(
    build: Any, sample: Any, strategy: lir.ConversionStrategy, tmp_path: Path
) -> None:
    model = build(None)
    with pytest.raises(ModelTraceError, match="samples="):
        lir.plan_for(model)
    verify = lir.Verification(samples=[sample])
    result = lir.export(model, tmp_path / "m.tflite", strategies=(strategy,), verify=verify)
    assert result.plan.inputs[0].sizes[:2] == (None, None)
    assert result.parity is not None
    lengths = {shapes[0][1] for shapes in result.parity.input_shapes}
    assert {6} < lengths  # and at others, with the batch and the values of the sample
    longer = np.concatenate([sample, sample[:, ::-1]], axis=1)
    (found,) = lir.LiteRTFile(tmp_path / "m.tflite").run({"x": longer}).values()
    np.testing.assert_allclose(found, np.asarray(model(longer)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("length", [None, 6])
def test_an_iterator_over_samples_is_read_once(length: int | None, tmp_path: Path) -> None:
    samples = iter([TOKENS, TOKENS[:2]])
    verify = lir.Verification(samples=samples)
    path = tmp_path / "m.tflite"
    result = lir.export(of_tokens(length), path, strategies=(lir.StableHLO(),), verify=verify)
    assert result.parity is not None
    assert [shapes[0] for shapes in result.parity.input_shapes[:2]] == [(4, 6), (2, 6)]
    assert next(samples, None) is None


def test_an_iterator_to_calibrate_on_is_refused_before_the_model_is_tried(tmp_path: Path) -> None:
    with pytest.raises(SamplesError, match="read only once"):
        lir.export(
            of_series(None),
            tmp_path / "m.tflite",
            quantization="int8",
            representative_dataset=iter([SERIES]),
        )


def test_fills() -> None:
    shapes, dtypes = [(1, 9), (2, 2)], ["int32", "float32"]
    ones = constant(7)(shapes, dtypes)
    assert [array.tolist() for array in ones] == [[[7] * 9], [[1, 1], [1, 1]]]
    tiled, cut = like([TOKENS[:1], SERIES])(shapes, dtypes)
    assert tiled.tolist() == [[*TOKENS[0], *TOKENS[0, :3]]]
    assert cut.tolist() == SERIES.ravel()[:4].reshape(2, 2).tolist()
    (same,) = like([SERIES])([SERIES.shape], ["float32"])
    np.testing.assert_array_equal(same, SERIES)
    drawn = random_values(shapes, dtypes)
    assert {*np.unique(drawn[0])} <= {0, 1}
    assert np.ptp(drawn[1]) > 0
