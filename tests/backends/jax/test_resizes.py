"""Resizes on JAX are traced as what generalizes, and compute what JAX computes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import jax
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from litert_ir.backends import load_tensorflow
from litert_ir.backends.jax.nearest_samples import nearest_places
from litert_ir.backends.jax.resizes import resizes_named

SIZES = st.integers(1, 90)
TARGET = "@tf.ResizeBilinear"


def images(*shape: int, dtype: str = "float32") -> Any:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)


def lowered(function: Callable[..., Any], x: Any, *, any_size: bool = False) -> str:
    with resizes_named(any_size=any_size):
        return str(jax.jit(function).lower(x).as_text())


def resized(*shape: int, method: str = "bilinear", antialias: bool = False) -> Callable[[Any], Any]:
    return lambda x: jax.image.resize(x, shape, method, antialias=antialias)


@given(st.tuples(SIZES, SIZES), st.tuples(SIZES, SIZES))
@settings(max_examples=25, deadline=None)
@example((1, 1), (7, 13))
@example((301, 40), (11, 1))
@example((20, 64), (55, 41))
def test_linear_weights_are_those_of_the_operator(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    x = images(1, *before, 1)
    operator = load_tensorflow().raw_ops.ResizeBilinear(
        images=x, size=after, half_pixel_centers=True
    )
    np.testing.assert_allclose(operator, resized(1, *after, 1)(x), atol=2e-4)


@given(SIZES, SIZES)
@settings(max_examples=25, deadline=None)
@example(2, 41)
@example(20, 55)
@example(98, 147)
@example(80, 47)
@example(110, 93)
def test_nearest_places_are_those_that_jax_takes(before: int, after: int) -> None:
    x = np.arange(before, dtype=np.float32).reshape(1, before, 1, 1)
    expected = np.ravel(resized(1, after, 1, 1, method="nearest")(x))
    np.testing.assert_array_equal(nearest_places(before, after), expected)


@pytest.mark.parametrize("any_size", [False, True])
@pytest.mark.parametrize(
    ("shape", "options", "is_named"),
    [
        ((1, 9, 3, 3), {}, True),
        ((1, 9, 3, 3), {"method": "bicubic"}, False),
        ((1, 9, 3, 3), {"antialias": True}, False),
        ((2, 9, 5, 3), {}, False),
        ((1, 9, 5, 4), {}, False),
    ],
)
def test_linear_resizes_of_height_and_width_are_named(
    shape: tuple[int, ...], options: dict[str, Any], is_named: bool, any_size: bool
) -> None:
    text = lowered(resized(*shape, **options), images(1, 4, 5, 3), any_size=any_size)
    assert (TARGET in text) is is_named


def test_only_for_one_size_antialiasing_that_does_nothing_is_left_out() -> None:
    shape, x = (1, 9, 8, 3), images(1, 4, 5, 3)
    assert TARGET in lowered(resized(*shape, antialias=True), x)
    assert TARGET not in lowered(resized(*shape, antialias=True), x, any_size=True)


@pytest.mark.parametrize("any_size", [False, True])
def test_a_size_that_stays_may_be_another_one_elsewhere(any_size: bool) -> None:
    text = lowered(resized(1, 4, 5, 3), images(1, 4, 5, 3), any_size=any_size)
    assert (TARGET in text) is any_size


def test_whole_numbers_are_interpolated_as_jax_does() -> None:
    assert TARGET not in lowered(resized(1, 9, 8, 3), images(1, 4, 5, 3, dtype="int32"))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_interpolated_in_float32(dtype: str) -> None:
    x = jax.numpy.asarray(images(1, 4, 5, 3), dtype)
    text = lowered(resized(1, 9, 8, 3), x)
    (call,) = (line for line in text.splitlines() if TARGET in line)
    assert "(tensor<1x4x5x3xf32>, tensor<2xi32>) -> tensor<1x9x8x3xf32>" in call


@pytest.mark.parametrize("method", ["nearest", "bilinear"])
@pytest.mark.parametrize("shape", [(1, 9, 8, 3), (1, 4, 11, 7)], ids=["last", "first"])
def test_results_are_those_of_jax(method: str, shape: tuple[int, ...]) -> None:
    x, function = images(1, 4, 5, 3 if shape[3] == 3 else 5), resized(*shape, method=method)
    expected = np.asarray(function(x))
    with resizes_named(any_size=True):
        found = function(jax.numpy.asarray(x))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    "outer",
    [
        lambda function: jax.vmap(function, in_axes=1),
        lambda function: jax.grad(lambda x: (function(x[:, 0]) ** 2).sum()),
    ],
    ids=["vmap", "grad"],
)
def test_transformed_functions_compute_what_jax_computes(outer: Callable[..., Any]) -> None:
    x, function = images(1, 2, 4, 5, 3), resized(1, 9, 8, 3)
    expected = outer(function)(x)
    with resizes_named(any_size=False):
        text = str(jax.jit(outer(function)).lower(x).as_text())
        found = outer(function)(x)
    assert TARGET not in text
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_inner_functions_traced_before_still_run_elsewhere() -> None:
    x, inner = images(1, 4, 5, 3), jax.jit(resized(1, 9, 8, 3))
    assert TARGET in lowered(lambda x: inner(x) + 1, x)
    np.testing.assert_allclose(inner(x), resized(1, 9, 8, 3)(x), atol=1e-5)


def test_jax_has_its_function_back_after_a_failure() -> None:
    original = jax.image.resize
    with pytest.raises(ZeroDivisionError), resizes_named(any_size=False):
        raise ZeroDivisionError
    assert jax.image.resize is original
