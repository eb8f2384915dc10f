"""Every architecture family of keras.applications converts, at a dynamic batch, and agrees."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.testing.models import settle_batch_norm

# The smallest variant of each family, and the smallest image that it takes.
FAMILIES: Mapping[str, int] = {
    "ConvNeXtTiny": 64,
    "DenseNet121": 64,
    "EfficientNetB0": 64,
    "EfficientNetV2B0": 64,
    "InceptionResNetV2": 75,
    "InceptionV3": 75,
    "MobileNet": 64,
    "MobileNetV2": 64,
    "MobileNetV3Small": 64,
    "NASNetMobile": 64,
    "ResNet50": 64,
    "ResNet50V2": 64,
    "VGG16": 32,
    "Xception": 71,
}

# Where rounding alone exceeds the default: with these weights Keras' own float32 results are
# 3e-3 away from its float64 ones, as far as the file's are.
TOLERANCES: Mapping[str, lir.Tolerance] = {
    "InceptionV3": lir.Tolerance(variation=0.004, scale=2e-5),
}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_family(family: str) -> None:
    keras, size = load_keras(), FAMILIES[family]
    keras.utils.set_random_seed(0)
    build = getattr(keras.applications, family)
    model: Any = build(weights=None, include_top=False, input_shape=(size, size, 3), pooling="avg")
    images = np.random.default_rng(0).uniform(0, 255, (8, size, size, 3)).astype(np.float32)
    settle_batch_norm(model, images)
    result = lir.execute(
        lir.plan_for(model),
        model,
        strategies=(lir.StableHLO(),),
        verify=lir.Verification(
            samples=[[images[:1]], [images[1:4]]], tolerance=TOLERANCES.get(family)
        ),
    )
    assert result.parity is not None
    assert result.parity.agrees
    keras.backend.clear_session()
