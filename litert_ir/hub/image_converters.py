"""Read how the preprocessor of a task makes the values of its images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litert_ir.backends import loaded
from litert_ir.ir.metadata import Normalization
from litert_ir.ir.task import ImagePreparation

ORIGIN = "preprocessor.image_converter"


def preparation_of(model: Any, names: Sequence[str]) -> ImagePreparation | None:
    """Return how images become the values of a task's input.

    Args:
        model: The task.
        names: The names of its inputs.

    Returns:
        None where it has several inputs, or where the preprocessor has no converter of images, or
        one with a way of its own.
    """
    converter: Any = model
    for name in ORIGIN.split("."):
        converter = getattr(converter, name, None)
    keras_hub = loaded("keras_hub")
    if keras_hub is None or len(names) != 1:
        return None
    plain = keras_hub.layers.ImageConverter
    if not isinstance(converter, plain) or type(converter).call is not plain.call:
        return None
    return ImagePreparation(
        name=names[0],
        normalization=_normalization(converter.scale, converter.offset),
        interpolation=str(converter.interpolation),
        antialias=bool(converter.antialias),
        crops=bool(converter.crop_to_aspect_ratio),
        pads=bool(converter.pad_to_aspect_ratio),
    )


def _normalization(scale: Any, offset: Any) -> Normalization:
    """Return ``x * scale + offset`` as ``(x - mean) / std``; either may be one number, or none."""
    factor = np.asarray(1.0 if scale is None else scale, np.float64)
    term = np.asarray(0.0 if offset is None else offset, np.float64)
    mean = (-term / factor + 0.0).ravel()  # no negative zero
    return Normalization(mean.tolist(), (1.0 / factor).ravel().tolist())
