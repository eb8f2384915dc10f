"""What scores decide, and when differing decisions are more than chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from litert_ir.verification.decisions import CLASS, SIDE, Agreement, agreement, is_beyond_chance

RNG = np.random.default_rng(0)


def scores(*first: float) -> NDArray[np.float32]:
    """One row per sample, of two classes."""
    return np.array([[share, 1 - share] for share in first], np.float32)


def sides(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)[:, None]


def compared(reference: Any, result: Any, error: float = 0.05, allowed: float = 0.1) -> Agreement:
    found = agreement([(np.asarray(reference), np.asarray(result))], error, allowed)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        (scores(0.9, 0.2), CLASS),
        (np.full((2, 3, 3, 4), 0.25, np.float32), CLASS),
        (scores(0.9, 0.2).astype(np.float16), CLASS),
        (sides(0.1, 0.9), SIDE),
        (np.array([0.1, 0.9], np.float32), SIDE),
        (np.array([[0.9, 0.8, 0.1]], np.float32), SIDE),
        (np.ones((3, 1), np.float32), SIDE),  # a sum of one class is none
        (np.array([[1.5, -0.5]], np.float32), None),
        (np.array([[2.0, 3.0]], np.float32), None),
        (np.array([[np.nan, 1.0]], np.float32), None),
        (np.array([[0, 1]]), None),
        (np.zeros((0, 2), np.float32), None),
        (np.array(0.5, np.float32), SIDE),
    ],
)
def test_what_counts_as_scores(reference: NDArray[Any], what: str | None) -> None:
    found = agreement([(reference, reference)], 0.01, 0.1)
    assert (found and found.what) == what
    if found is not None:
        assert found.differing == 0
        assert not found.is_refuted


def test_near_ties_are_left_out_by_what_the_error_alone_can_turn() -> None:
    reference = scores(0.9, 0.56, 0.54, 0.1)
    found = compared(reference, 1 - reference, error=0.05)
    assert (found.decided, found.left_out, found.differing) == (3, 1, 3)
    near = sides(0.5, 0.54, 0.46, 0.9)
    found = compared(near, 1 - near, error=0.05)
    assert (found.decided, found.left_out, found.differing) == (1, 3, 1)


def test_classes_that_are_all_alike_decide_nothing() -> None:
    uniform = np.full((64, 1000), 1e-3, np.float32) + RNG.uniform(0, 1e-5, (64, 1000))
    uniform = (uniform / uniform.sum(axis=1, keepdims=True)).astype(np.float32)
    found = compared(uniform, uniform[:, ::-1])
    assert (found.decided, found.share, found.is_refuted) == (0, None, False)
    assert "not judged" in str(found)


@pytest.mark.parametrize(
    ("differing", "of", "refuted", "can_be"),
    [
        (1, 1, False, False),
        (2, 2, True, True),  # 0.1 ** 2
        (2, 4, False, True),  # 0.0523
        (3, 4, True, True),
        (3, 16, False, True),  # an agreement of 0.81 in 16 rows may be luck
        (5, 16, True, True),
        (11, 64, False, True),
        (12, 64, True, True),
        (6, 64, False, True),
    ],
)
def test_few_differing_decisions_may_be_luck(
    differing: int, of: int, refuted: bool, can_be: bool
) -> None:
    reference = scores(*[0.9] * of)
    result = scores(*[0.1] * differing, *[0.9] * (of - differing))
    found = compared(reference, result)
    assert (found.differing, found.decided) == (differing, of)
    assert (found.is_refuted, found.can_be_refuted) == (refuted, can_be)
    assert ("too few to judge" in str(found)) is not can_be
    assert found.share == pytest.approx(1 - differing / of)
    twisted = compared(sides(*reference[:, 0]), sides(*result[:, 0]))
    assert (twisted.what, twisted.is_refuted) == (SIDE, refuted)


def test_decisions_within_a_sample_are_one_trial() -> None:
    """Of four images, a thousand pixels that are wrong say less than four wrong images."""
    reference = np.zeros((6, 10, 10, 2), np.float32)
    reference[..., 0] = 1
    result = reference.copy()
    result[:4] = reference[:4, ..., ::-1]
    assert not compared(reference[:4], result[:4]).is_refuted
    assert not compared(reference, result).is_refuted
    assert compared(reference, reference[..., ::-1]).is_refuted


@given(st.integers(1, 40), st.integers(0, 40), st.floats(0.01, 0.9))
def test_the_test_is_the_exact_binomial_one(trials: int, failures: int, likelihood: float) -> None:
    draws = np.random.default_rng(1).binomial(trials, likelihood, 20_000)
    seen = float(np.mean(draws >= failures))
    if failures > trials:
        assert is_beyond_chance(failures, trials, likelihood)
    elif not 0.035 < seen < 0.065:  # beyond the noise of the simulation
        assert is_beyond_chance(failures, trials, likelihood) is (seen < 0.05)


@pytest.mark.parametrize(("failures", "refuted"), [(500, False), (560, True), (5000, True)])
def test_any_number_of_samples_is_judged(failures: int, *, refuted: bool) -> None:
    """Their binomial coefficients are beyond floats."""
    assert is_beyond_chance(failures, 5000, 0.1) is refuted


def test_nothing_is_refuted_where_any_share_may_differ() -> None:
    reference = scores(*[0.9] * 50)
    found = compared(reference, 1 - reference, allowed=1.0)
    assert (found.is_refuted, found.can_be_refuted) == (False, False)
