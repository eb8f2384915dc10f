"""Cases of layers that move, cut, pad and enlarge."""

from __future__ import annotations

from typing import Any

from keras import layers

from tests.stablehlo.sweep.case import Case, layer
from tests.stablehlo.sweep.drawing import floats

_IMAGE = floats(6, 8, 3)


def _resizing(name: str, height: int, width: int, **options: Any) -> Case:
    return layer(f"resizing_{name}", lambda: layers.Resizing(height, width, **options), _IMAGE)


def _enlarging(name: str, size: Any, **options: Any) -> Case:
    return layer(
        f"up_sampling_2d_{name}", lambda: layers.UpSampling2D(size, **options), floats(4, 5, 3)
    )


MOVING = (
    layer("flatten", layers.Flatten, floats(3, 4, 2)),
    layer("flatten_channels_first", lambda: layers.Flatten("channels_first"), floats(3, 4, 2)),
    layer("flatten_vector", layers.Flatten, floats(3)),
    layer("reshape", lambda: layers.Reshape((2, 6)), floats(3, 4)),
    layer("reshape_unknown", lambda: layers.Reshape((-1, 2)), floats(3, 4)),
    layer("reshape_of_any_length", lambda: layers.Reshape((-1, 2)), floats(None, 4)),
    layer("permute", lambda: layers.Permute((2, 1)), floats(3, 4)),
    layer("permute_three", lambda: layers.Permute((3, 1, 2)), floats(3, 4, 2)),
    layer("repeat_vector", lambda: layers.RepeatVector(3), floats(4)),
)
CUTTING = (
    layer("cropping_1d", lambda: layers.Cropping1D((1, 2)), floats(6, 3)),
    layer("cropping_2d", lambda: layers.Cropping2D(((1, 0), (2, 1))), floats(5, 6, 3)),
    layer("cropping_3d", lambda: layers.Cropping3D(1), floats(4, 5, 3, 2)),
    layer("zero_padding_1d", lambda: layers.ZeroPadding1D((1, 2)), floats(4, 3)),
    layer("zero_padding_2d", lambda: layers.ZeroPadding2D(((1, 0), (2, 1))), floats(4, 5, 3)),
    layer("zero_padding_3d", lambda: layers.ZeroPadding3D(1), floats(3, 2, 3, 2)),
    layer(
        "zero_padding_2d_channels_first",
        lambda: layers.ZeroPadding2D(1, data_format="channels_first"),
        floats(3, 4, 5),
    ),
    layer("center_crop", lambda: layers.CenterCrop(4, 5), _IMAGE),
    layer("center_crop_larger", lambda: layers.CenterCrop(9, 9), _IMAGE),
    layer("random_crop_at_inference", lambda: layers.RandomCrop(4, 5), _IMAGE),
)
ENLARGING = (
    layer("up_sampling_1d", lambda: layers.UpSampling1D(3), floats(4, 3)),
    _enlarging("nearest", 2),
    _enlarging("nearest_oblong", (2, 3)),
    _enlarging("bilinear", 2, interpolation="bilinear"),
    _enlarging("bilinear_oblong", (3, 2), interpolation="bilinear"),
    _enlarging("bicubic", 2, interpolation="bicubic"),
    _enlarging("lanczos", 2, interpolation="lanczos3"),
    _enlarging("channels_first", 2, data_format="channels_first"),
    layer("up_sampling_3d", lambda: layers.UpSampling3D(2), floats(2, 3, 2, 2)),
    _resizing("bilinear", 9, 5),
    _resizing("bilinear_antialias", 3, 4, antialias=True),
    _resizing("nearest", 9, 5, interpolation="nearest"),
    _resizing("bicubic", 9, 5, interpolation="bicubic"),
    _resizing("lanczos3", 9, 5, interpolation="lanczos3"),
    _resizing("lanczos5", 9, 5, interpolation="lanczos5"),
    _resizing("cropped", 6, 6, crop_to_aspect_ratio=True),
    _resizing("padded", 6, 6, pad_to_aspect_ratio=True),
    _resizing("to_half", 3, 4),
    _resizing("to_one_pixel", 1, 1),
)
CASES = (*MOVING, *CUTTING, *ENLARGING)
