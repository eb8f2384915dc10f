"""Recurrent layers with dropout: their masks, and the seeds of these, are no part of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from tests.conversion.exports import STRATEGIES


@pytest.fixture(scope="module")
def model() -> Any:
    keras = load_keras()
    layers = keras.layers
    inputs = keras.Input((4, 3), batch_size=2, name="x")
    hidden = layers.GRU(4, dropout=0.4, return_sequences=True)(inputs)
    hidden = layers.LSTM(3, recurrent_dropout=0.3)(hidden)
    return keras.Model(inputs, hidden)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_converts_and_leaves_the_seeds(
    model: Any, strategy: str, tmp_path: Path
) -> None:
    before = [variable.numpy().copy() for variable in model.variables]
    path = tmp_path / "model.tflite"
    lir.export(model, path, strategies=(STRATEGIES[strategy],))
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)
    given = np.random.default_rng(5).standard_normal((2, 4, 3)).astype(np.float32)
    (found,) = lir.LiteRTFile(path).run({"x": given}).values()
    np.testing.assert_allclose(found, model.predict(given, verbose=0), atol=1e-5)
