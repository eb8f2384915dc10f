"""The matrices sample as TensorFlow's kernels do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from litert_ir.backends import load_tensorflow
from litert_ir.stablehlo.rewrites.tensorflow_ops.sampling_matrices import (
    Kernel,
    Sampling,
    area_matrix,
    bicubic_matrix,
)

raw_ops = load_tensorflow().raw_ops
SIZES = st.integers(1, 12)
FEW = settings(max_examples=15)


def image(height: int, width: int) -> NDArray[Any]:
    rng = np.random.default_rng(height * 100 + width)
    return rng.standard_normal((2, height, width, 3)).astype(np.float32)


def agree(matrices: Sequence[NDArray[Any]], x: NDArray[Any], wanted: Any) -> None:
    """Compare with TensorFlow; both add up to a dozen numbers of order one in float32."""
    rows, columns = (matrix.astype(float) for matrix in matrices)
    result = np.einsum("yh,bhwc,xw->byxc", rows, x, columns)
    np.testing.assert_allclose(result, np.asarray(wanted), rtol=0, atol=1e-5)


@FEW
@given(SIZES, SIZES, SIZES, SIZES, st.sampled_from([None, "align_corners", "half_pixel_centers"]))
def test_bicubic(height: int, width: int, rows: int, columns: int, mode: str | None) -> None:
    x = image(height, width)
    options = {name: name == mode for name in ("align_corners", "half_pixel_centers")}
    wanted = raw_ops.ResizeBicubic(images=x, size=[rows, columns], **options)
    matrices = [bicubic_matrix(height, rows, **options), bicubic_matrix(width, columns, **options)]
    agree(matrices, x, wanted)


@FEW
@given(SIZES, SIZES, SIZES, SIZES)
def test_area(height: int, width: int, rows: int, columns: int) -> None:
    x = image(height, width)
    wanted = raw_ops.ResizeArea(images=x, size=[rows, columns])
    agree([area_matrix(height, rows), area_matrix(width, columns)], x, wanted)


@pytest.mark.parametrize("kernel", Kernel)
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(
    ("sizes", "shift"), [((6, 8, 9, 5), (0.0, 0.0)), ((5, 4, 3, 11), (1.25, -2.5))]
)
def test_scale_and_translate(
    kernel: Kernel, antialias: bool, sizes: tuple[int, ...], shift: tuple[float, float]
) -> None:
    height, width, rows, columns = sizes
    x, scale = image(height, width), (rows / height, columns / width)
    wanted = raw_ops.ScaleAndTranslate(
        images=x,
        size=[rows, columns],
        scale=scale,
        translation=shift,
        kernel_type=kernel.value,
        antialias=antialias,
    )
    matrices = [
        Sampling(kernel=kernel, antialias=antialias, scale=by, translate=move).matrix(
            source, target
        )
        for by, move, source, target in zip(
            scale, shift, (height, width), (rows, columns), strict=True
        )
    ]
    agree(matrices, x, wanted)


def test_all_weight_lies_inside() -> None:
    for matrix in (
        area_matrix(7, 3),
        bicubic_matrix(7, 3, align_corners=False, half_pixel_centers=True),
    ):
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)
