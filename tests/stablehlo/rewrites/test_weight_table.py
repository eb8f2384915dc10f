"""A table of weights knows what external constants stand for, and numbers them."""

from __future__ import annotations

import numpy as np

from litert_ir.isolation.worker import shared_worker
from litert_ir.stablehlo.weights.expressions import Parameter
from tests.stablehlo.rewrites import weight_tables

call = shared_worker().call
A, B, C = (Parameter(index, (3, 4), "float32") for index in range(3))


def test_weights_are_numbered_as_the_module_refers_to_them() -> None:
    weights, references, before = call(weight_tables.numbered, (A, B, C), (C, A, C))
    assert before == [C, A, C]
    assert weights == (C, A)
    assert references == 2


def test_a_module_without_weights_has_none() -> None:
    assert call(weight_tables.numbered, (A,), ()) == ((), 0, [])


def test_constants_that_were_kept_have_their_elements_and_shapes_again() -> None:
    kept = (
        np.array(0.5, np.float32),
        np.arange(6, dtype=np.int32).reshape(2, 3).T,
        np.array([True, False, True]),
    )
    found = call(weight_tables.placed, kept)
    assert [item.dtype for item in found] == [item.dtype for item in kept]
    for item, expected in zip(found, kept, strict=True):
        np.testing.assert_array_equal(item, expected, strict=True)
