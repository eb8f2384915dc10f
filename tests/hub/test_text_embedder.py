"""KerasHub's embedder of texts gives unit vectors, which rounding decides where means cancel."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest

import litert_ir as lir

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "quick", "brown", "fox", "slow", "."]
TEXTS = ["the quick brown fox.", "the slow brown fox."]


def embedder(seed: int) -> Any:
    """As in KerasHub's own test: normalized pairs of numbers are 1 and -1, or -1 and 1."""
    keras.utils.set_random_seed(seed)
    models: Any = keras_hub.models
    preprocessor = models.BertTextEmbedderPreprocessor(
        models.BertTokenizer(vocabulary=WORDS), sequence_length=8
    )
    backbone = models.BertBackbone(
        vocabulary_size=len(WORDS),
        num_layers=2,
        num_heads=2,
        hidden_dim=2,
        intermediate_dim=4,
        max_sequence_length=8,
    )
    return models.BertTextEmbedder(backbone=backbone, preprocessor=preprocessor)


@pytest.mark.parametrize("seed", [0, 1])
def test_texts_have_the_models_directions(seed: int, tmp_path: Path) -> None:
    """Of seed 0, the random samples have one whose words cancel."""
    model = embedder(seed)
    lir.export(model, tmp_path / "e.tflite", strategies=(lir.StableHLO(),))
    file = lir.LiteRTFile(tmp_path / "e.tflite")
    features = model.preprocessor(TEXTS)
    inputs = {x.name: np.asarray(features[x.name]).astype(x.dtype) for x in file.inputs}
    (found,) = file.run(inputs).values()
    np.testing.assert_allclose(found, np.asarray(model(inputs)), atol=1e-5)


def test_words_that_cancel_have_no_direction(tmp_path: Path) -> None:
    model = embedder(1)
    for weight in model.backbone.weights:
        weight.assign(np.zeros(weight.shape))
    lir.export(model, tmp_path / "e.tflite", strategies=(lir.StableHLO(),), verify=False)
    file = lir.LiteRTFile(tmp_path / "e.tflite")
    inputs = {x.name: np.ones((3, 8), x.dtype) for x in file.inputs}
    (found,) = file.run(inputs).values()
    np.testing.assert_array_equal(found, np.zeros((3, 2), np.float32))
