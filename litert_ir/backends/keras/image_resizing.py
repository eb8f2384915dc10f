"""Resize images by Keras, in any of its ways."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_keras
from litert_ir.ir.task import ImagePreparation


def resized_by_keras(
    pixels: NDArray[Any], height: int, width: int, preparation: ImagePreparation
) -> NDArray[np.float32]:
    """Resize an image ``(height, width, channels)``, as a task's preprocessor does.

    Raises:
        MissingDependencyError: When Keras or its backend is not installed.
    """
    keras = load_keras()
    layer = keras.layers.Resizing(
        height,
        width,
        interpolation=preparation.interpolation,
        antialias=preparation.antialias,
        crop_to_aspect_ratio=preparation.crops,
        pad_to_aspect_ratio=preparation.pads,
        data_format="channels_last",
        dtype="float32",
    )
    found = keras.ops.convert_to_numpy(layer(pixels.astype(np.float32)))
    return np.asarray(found, np.float32)
