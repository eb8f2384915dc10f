"""Small functional Keras models that have the inputs and attributes of KerasHub's."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from litert_ir.backends import load_keras

KERAS = load_keras()
LAYERS = KERAS.layers
VOCABULARY = 16


def text_model(*names: str, preprocessor: Any = None, **backbone: Any) -> Any:
    """Adds the embeddings of all its inputs."""
    inputs = {name: KERAS.Input((None,), dtype="int32", name=name) for name in names}
    embedded = [LAYERS.Embedding(VOCABULARY, 4)(tensor) for tensor in inputs.values()]
    total = LAYERS.Add()(embedded) if len(embedded) > 1 else embedded[0]
    return _with_parts(KERAS.Model(inputs, LAYERS.Dense(3)(total)), preprocessor, backbone)


def image_model(shape: tuple[int | None, ...], preprocessor: Any = None, **backbone: Any) -> Any:
    """The mean of an image's pixels."""
    image = KERAS.Input(shape)
    pooled = LAYERS.GlobalAveragePooling2D(data_format=backbone.get("data_format"))(image)
    return _with_parts(KERAS.Model(image, LAYERS.Dense(2)(pooled)), preprocessor, backbone)


def _with_parts(model: Any, preprocessor: Any, backbone: dict[str, Any]) -> Any:
    """Keras does not look into these objects."""
    model.preprocessor = preprocessor
    model.backbone = SimpleNamespace(**backbone)
    return model


def preprocessing(**sizes: Any) -> Any:
    """What has the sizes of a preprocessor."""
    return SimpleNamespace(**sizes)
