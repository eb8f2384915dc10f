"""Find how a KerasHub task's preprocessor normalizes images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends import loaded
from litert_ir.ir.metadata import ColorSpace, InputMetadata, Normalization
from litert_ir.ir.tensor import TensorSpec

_IMAGE_RANK, _COLORS = 4, 3


def image_metadata(model: Any, inputs: Sequence[TensorSpec]) -> InputMetadata | None:
    """Describe the image input of a task whose preprocessor scales and shifts, and no more.

    A converter multiplies by a scale and adds an offset, which is ``(x - mean) / std`` as well.

    Args:
        model: Any model.
        inputs: The file's inputs.

    Returns:
        The description; None for other models, for tasks without a preprocessor, with one that
        computes in a way of its own, and with no or several inputs of RGB images.
    """
    converter = getattr(getattr(model, "preprocessor", None), "image_converter", None)
    images = [spec for spec in inputs if _is_image(spec)]
    if len(images) != 1 or converter is None or not _is_plain(converter):
        return None
    return InputMetadata(
        images[0].name,
        normalization=_normalization(converter.scale, converter.offset),
        color_space=ColorSpace.RGB,
    )


def _is_image(spec: TensorSpec) -> bool:
    is_color = len(spec.shape) == _IMAGE_RANK and spec.sizes[-1] == _COLORS
    return is_color and spec.dtype.is_floating


def _is_plain(converter: Any) -> bool:
    """Tell whether a converter computes as KerasHub's own class does."""
    keras_hub = loaded("keras_hub")
    if keras_hub is None:
        return False
    plain = keras_hub.layers.ImageConverter
    return isinstance(converter, plain) and type(converter).call is plain.call


def _normalization(scale: Any, offset: Any) -> Normalization | None:
    scales, offsets = _numbers(scale, 1.0), _numbers(offset, 0.0)
    if 0.0 in scales or {len(scales), len(offsets)} - {1, _COLORS}:
        return None
    count = max(len(scales), len(offsets))
    spread = zip(_spread(scales, count), _spread(offsets, count), strict=True)
    means = tuple(-offset / scale for scale, offset in spread)
    return Normalization(_alike(means), _alike(tuple(1 / scale for scale in scales)))


def _numbers(value: Any, default: float) -> tuple[float, ...]:
    if value is None:
        return (default,)
    return tuple(map(float, value)) if isinstance(value, list | tuple) else (float(value),)


def _spread(numbers: tuple[float, ...], count: int) -> tuple[float, ...]:
    return numbers * count if len(numbers) == 1 else numbers


def _alike(numbers: tuple[float, ...]) -> tuple[float, ...]:
    """The numbers, or the one that all of them are; minus zero is zero."""
    plain = tuple(number + 0.0 for number in numbers)
    return plain[:1] if len(set(plain)) == 1 else plain
