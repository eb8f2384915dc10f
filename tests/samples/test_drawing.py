"""Random values that models are made for."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from litert_ir import Argument, DType, DynamicDim, Signature, TensorSpec
from litert_ir.samples.drawing import draw_like, draws_for, values
from tests.conversion.exports import plan_of

BATCH = DynamicDim("batch")


def largest(dtype: DType, *shape: int | DynamicDim) -> list[int]:
    """The largest integer of each way to draw an input."""
    spec = TensorSpec(name="x", shape=shape, dtype=dtype)
    plan = attrs.evolve(plan_of("single"), signature=Signature((Argument("x", spec),)))
    draws = draws_for(plan, np.random.default_rng(0))
    return [int(draw(((2000, 4),))[0].max()) for draw in draws]


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        (DType.UINT8, (BATCH, 32, 32, 3)),
        (DType.UINT8, (BATCH, 32, 32)),
        (DType.INT32, (BATCH, 32, 32, 3)),
        (DType.INT64, (BATCH, 32, DynamicDim("width"), 1)),
        (DType.INT32, (BATCH, 4, 32, 32)),
    ],
)
def test_integers_of_images_are_those_of_pixels_first(
    dtype: DType, shape: tuple[int | DynamicDim, ...]
) -> None:
    assert largest(dtype, *shape) == [255, 9, 1]


def test_pixels_fit_their_type() -> None:
    assert largest(DType.INT8, BATCH, 32, 32, 3) == [127, 9, 1]


@pytest.mark.parametrize("shape", [(BATCH,), (BATCH, 3), (BATCH, 8, 8, 5), (BATCH, 3, 8, 8, 3)])
def test_other_integers_are_small(shape: tuple[int | DynamicDim, ...]) -> None:
    assert largest(DType.INT32, *shape) == [9, 1]


def test_floats_are_drawn_in_one_way() -> None:
    assert len(draws_for(plan_of("single"), np.random.default_rng(0))) == 1


def test_booleans_are_even_and_floats_normal() -> None:
    rng = np.random.default_rng(0)
    keep = values(rng, TensorSpec(name="x", shape=(1,), dtype=DType.BOOL), (10_000,), 1)
    assert keep.dtype == np.bool_
    assert 0.45 < keep.mean() < 0.55
    floats = values(rng, TensorSpec(name="x", shape=(1,), dtype=DType.FLOAT16), (10_000,), 1)
    assert floats.dtype == np.float16
    assert 0.9 < floats.std() < 1.1


def test_values_like_those_of_samples_are_theirs() -> None:
    samples = [(np.array([[3, 7]], np.int32),), (np.array([[11]], np.int32),)]
    (drawn,) = draw_like(np.random.default_rng(0), samples)(((2, 50),))
    assert (drawn.shape, drawn.dtype.name) == ((2, 50), "int32")
    assert set(drawn.ravel()) == {3, 7, 11}


def test_floats_of_a_known_range_fill_it_and_stay_within() -> None:
    draws = draws_for(plan_of("single"), np.random.default_rng(0), {"features": (0.0, 255.0)})
    (drawn,) = draws[0](((2000, 4),))
    assert drawn.dtype == np.float32
    assert 0.0 <= drawn.min() < 10.0
    assert 245.0 < drawn.max() <= 255.0
    assert abs(float(drawn.mean()) - 127.5) < 2.0
