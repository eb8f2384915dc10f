"""Reference runs on JAX, in a process that cannot import TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.backends.jax.answers import references
from tests.backends.jax.process import answer
from tests.conversion.exports import CASES


@pytest.mark.parametrize("trait", CASES)
def test_references_are_those_of_tensorflow(trait: str) -> None:
    """With equal weights and inputs; float32 sums in another order differ by 1e-5 at most.

    Which sizes a dynamic dimension has beyond the first ones depends on how long a run takes.
    """
    found, wanted = answer(f"references of {trait}"), references(trait)
    same = [pair for pair in zip(found, wanted, strict=False) if len({*map(shapes, pair)}) == 1]
    assert len(same) >= 2
    for ours, theirs in same:
        for (dtype, values), (wanted_dtype, wanted_values) in zip(ours, theirs, strict=True):
            assert dtype == wanted_dtype
            scale = max(1.0, float(np.abs(wanted_values).max()))
            np.testing.assert_allclose(values, wanted_values, rtol=0, atol=1e-5 * scale)


def shapes(case: list[Any]) -> tuple[tuple[int, ...], ...]:
    """The shapes of a case's outputs."""
    return tuple(np.shape(values) for _, values in case)


def test_references_have_the_types_of_the_outputs() -> None:
    assert answer("reference types") == ["bfloat16", "float16", "float32", "int8", "bool"]


def test_a_model_on_jax_is_quantized_by_a_recipe_with_rules() -> None:
    assert answer("quantized") == ["quantized-stablehlo", True]
