"""The metrics of a comparison, and what they are where a formula has no answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from litert_ir.verification.metrics import (
    cosine_similarity,
    error_summary,
    is_classifier,
    top1_agreement,
)

NAN, INF = float("nan"), float("inf")

vectors = npst.arrays(np.float32, st.integers(1, 9), elements=st.floats(-1e3, 1e3, width=32))


def array(*numbers: float) -> NDArray[np.float32]:
    return np.array(numbers, np.float32)


def rows(*numbers: list[float]) -> NDArray[np.float32]:
    return np.array(numbers, np.float32)


@pytest.mark.parametrize(
    ("reference", "result", "mean"),
    [
        (array(1, 2), array(1, 3), 0.5),
        (array(NAN, INF, 1), array(NAN, INF, 4), 1.0),
        (array(NAN, 1), array(0, 1), INF),
        (np.array([2, 4]), np.array([2, 8]), 2.0),
        (np.array([3 + 4j]), np.array([0j]), 5.0),
        (array(), array(), 0.0),
    ],
)
def test_the_mean_difference(reference: NDArray[Any], result: NDArray[Any], mean: float) -> None:
    assert error_summary([(reference, result)])[1] == mean


def test_the_mean_is_that_of_elements_not_of_cases() -> None:
    assert error_summary([(array(0), array(3)), (array(0, 0), array(0, 0))]) == (3.0, 1.0)


@pytest.mark.parametrize(
    ("reference", "result", "cosine"),
    [
        (array(1, 2), array(2, 4), 1.0),
        (array(1, 0), array(0, 1), 0.0),
        (array(1, 1), array(-1, -1), -1.0),
        (array(3, 4), array(4, 3), 24 / 25),
        (array(0, 0), array(0, 0), 1.0),
        (array(0, 0), array(0, 1), 0.0),
        (array(1, 0), array(0, 0), 0.0),
        (array(), array(), 1.0),
        (array(1, NAN, INF), array(1, NAN, INF), 1.0),
        (array(1, NAN), array(1, 0), 0.0),
        (array(1, 0), array(1, NAN), 0.0),
        (array(1, INF), array(1, -INF), 0.0),
        (np.array([1e300, 1e300]), np.array([1e300, 1e300]), 1.0),
        (np.array([1e-300, 0]), np.array([1e-300, 1e-300]), 0.5**0.5),
        (np.array([1 + 1j]), np.array([1 - 1j]), 0.0),
    ],
)
def test_the_cosine(reference: NDArray[Any], result: NDArray[Any], cosine: float) -> None:
    assert cosine_similarity([(reference, result)]) == pytest.approx(cosine, abs=1e-12)


def test_no_cases_point_in_the_same_direction() -> None:
    assert cosine_similarity([]) == 1.0


@given(vectors)
def test_equal_values_have_a_cosine_of_exactly_one(values: NDArray[Any]) -> None:
    assert cosine_similarity([(values, values)]) == 1.0
    assert error_summary([(values, values)]) == (0.0, 0.0)


@given(vectors, st.integers(0, 2**32 - 1))
def test_the_cosine_of_cases_is_that_of_one_vector(values: NDArray[Any], seed: int) -> None:
    other = values + np.random.default_rng(seed).normal(0, 10, values.shape)
    half = len(values) // 2
    cases = [(values[:half], other[:half]), (values[half:], other[half:])]
    assert cosine_similarity(cases) == pytest.approx(cosine_similarity([(values, other)]), abs=1e-9)
    assert -1.0 <= cosine_similarity(cases) <= 1.0


@pytest.mark.parametrize(
    ("reference", "result", "share"),
    [
        (rows([0, 1], [1, 0]), rows([0, 1], [0, 1]), 0.5),
        (rows([0, 0.9, 0.8]), rows([0, 0.5, 0.4]), 1.0),
        (rows([1, 1, 0]), rows([0, 1, 0]), 1.0),  # the model itself has two first classes
        (rows([0, 1, 0]), rows([1, 1, 0]), 0.0),  # of equal ones, a device takes the lowest
        (rows([1, 0, 0]), rows([1, 1, 0]), 1.0),
        (rows([NAN, 1]), rows([NAN, 1]), 0.0),
        (rows([0, 1]), rows([NAN, 1]), 0.0),
        (rows([1], [2]), rows([1], [2]), None),
        (array(1, 2), array(1, 2), None),
        (np.zeros((1, 2, 3), np.float32), np.zeros((1, 2, 3), np.float32), None),
        (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), None),
        (np.array([[1, 2]]), np.array([[1, 2]]), None),
        (np.array([[1j, 2]]), np.array([[1j, 2]]), None),
    ],
)
def test_the_first_class(
    reference: NDArray[Any], result: NDArray[Any], share: float | None
) -> None:
    assert top1_agreement([(reference, result)]) == share


@pytest.mark.parametrize(
    ("dtype", "sizes", "is_one"),
    [
        ("float32", (None, 10), True),
        ("float16", (1, 2), True),
        ("float32", (None, None), True),
        ("float32", (None, 1), False),
        ("float32", (None,), False),
        ("float32", (None, 4, 10), False),
        ("int32", (None, 10), False),
        ("complex64", (None, 10), False),
    ],
)
def test_what_counts_as_a_classifier(
    dtype: str, sizes: tuple[int | None, ...], is_one: bool
) -> None:
    assert is_classifier(dtype, sizes) is is_one
