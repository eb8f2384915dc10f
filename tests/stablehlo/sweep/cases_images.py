"""Cases of image functions and of functional convolutions."""

from __future__ import annotations

from typing import Any

from keras import ops

from tests.stablehlo.sweep.case import Case, op
from tests.stablehlo.sweep.drawing import between, floats

_IMAGE, _COLORS = floats(6, 8, 3), between(0, 1, 5, 4, 3)


def _resized(name: str, *size: int, **options: Any) -> Case:
    return op(f"image_resize_{name}", lambda x: ops.image.resize(x, size, **options), _IMAGE)


def _affine(x: Any) -> Any:
    matrix = ops.convert_to_tensor([[1.0, 0.2, 0.5, 0.1, 0.9, 0.0, 0.0, 0.0]] * 2)
    return ops.image.affine_transform(x, matrix)


def _affine_by_matrices(x: Any, matrix: Any) -> Any:
    """Each image through a transformation of its own, and the next pixels of all."""
    own = ops.image.affine_transform(x, matrix * 0.5, fill_value=0.5)
    nearest = {"interpolation": "nearest", "fill_mode": "nearest"}
    return own, ops.image.affine_transform(x, matrix * 0.5, **nearest)


def _perspective(x: Any) -> Any:
    start = ops.convert_to_tensor([[[0.0, 0.0], [0.0, 7.0], [5.0, 0.0], [5.0, 7.0]]] * 2)
    return ops.image.perspective_transform(x, start, start * 0.9)


def _coordinates(x: Any) -> Any:
    rows, columns = ops.meshgrid(ops.arange(5.0) * 0.9, ops.arange(6.0) * 1.1, indexing="ij")
    return ops.image.map_coordinates(x[0, :, :, 0], ops.stack([rows, columns]), order=1)


def _translated(x: Any) -> Any:
    scale, shift = ops.convert_to_tensor([1.5, 0.5]), ops.convert_to_tensor([0.3, 0.2])
    return ops.image.scale_and_translate(x, (2, 9, 4, 3), scale, shift, (1, 2), "linear")


def _kernel(*shape: int) -> Any:
    size = 1
    for length in shape:
        size *= length
    return ops.reshape(ops.sin(ops.arange(size, dtype="float32")), shape)


RESIZING = (
    _resized("bilinear", 9, 5),
    _resized("bilinear_twice", 12, 16),
    _resized("nearest", 9, 5, interpolation="nearest"),
    _resized("bicubic", 9, 5, interpolation="bicubic"),
    _resized("lanczos3", 9, 5, interpolation="lanczos3"),
    _resized("antialias", 3, 5, antialias=True),
)
OTHERS = (
    op("image_crop", lambda x: ops.image.crop_images(x, 1, 2, 1, 0), _IMAGE),
    op("image_pad", lambda x: ops.image.pad_images(x, 1, 2, 1, 0), _IMAGE),
    op("image_extract_patches", lambda x: ops.image.extract_patches(x, 3), _IMAGE),
    op("image_extract_patches_2", lambda x: ops.image.extract_patches(x, 3, strides=2), _IMAGE),
    op(
        "image_extract_patches_3d", lambda x: ops.image.extract_patches_3d(x, 2), floats(4, 4, 4, 2)
    ),
    op("image_rgb_to_grayscale", ops.image.rgb_to_grayscale, _COLORS),
    op("image_rgb_to_hsv", ops.image.rgb_to_hsv, _COLORS),
    op("image_hsv_to_rgb", ops.image.hsv_to_rgb, _COLORS),
    op("image_gaussian_blur", ops.image.gaussian_blur, _IMAGE),
    op("image_sobel_edges", ops.image.sobel_edges, _IMAGE),
    op("image_ssim", lambda x, y: ops.image.ssim(x, y, 1.0), *[between(0, 1, 16, 16, 1)] * 2),
    op("image_affine_transform", _affine, _IMAGE, batch=2),
    op("image_affine_transform_by_matrices", _affine_by_matrices, _IMAGE, floats(8)),
    op("image_perspective_transform", _perspective, _IMAGE, batch=2),
    op("image_map_coordinates", _coordinates, _IMAGE, batch=2),
    op("image_scale_and_translate", _translated, _IMAGE, batch=2),
    op("ops_unfold", lambda x: ops.unfold(x, 2), floats(2, 4, 5), batch=2),
    op("ops_fold", lambda x: ops.fold(x, (4, 5), 2), floats(8, 12), batch=2),
    op("ops_extract_sequences", lambda x: ops.extract_sequences(x, 4, 2), floats(10)),
)
CONVOLUTIONS = (
    op("ops_conv", lambda x: ops.conv(x, _kernel(3, 3, 3, 4), padding="same"), _IMAGE),
    op("ops_depthwise_conv", lambda x: ops.depthwise_conv(x, _kernel(3, 3, 3, 2)), _IMAGE),
    op(
        "ops_separable_conv",
        lambda x: ops.separable_conv(x, _kernel(3, 3, 3, 1), _kernel(1, 1, 3, 4)),
        _IMAGE,
    ),
    op("ops_conv_transpose", lambda x: ops.conv_transpose(x, _kernel(3, 3, 4, 3), 2), _IMAGE),
)
CASES = (*RESIZING, *OTHERS, *CONVOLUTIONS)
