"""Sizes that dimensions may have: in words, and held against arrays."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.ir.dimensions import nearest_size, same_but_for_source, size_faults, sizes_text
from litert_ir.ir.file_dimensions import dimensions_from_json, dimensions_to_json
from litert_ir.ir.plan import ModelKind
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import DynamicDim
from litert_ir.testing.strategies import dynamic_dims, signatures

LENGTH = DynamicDim("length", minimum=20, maximum=512, multiple_of=8)


@pytest.mark.parametrize(
    ("dim", "text"),
    [
        (DynamicDim("batch"), "1 or more"),
        (DynamicDim(minimum=20), "20 or more"),
        (DynamicDim(maximum=512), "1 .. 512"),
        (DynamicDim(multiple_of=8), "multiples of 8"),
        (DynamicDim(minimum=20, multiple_of=8), "20 or more, multiples of 8"),
        (LENGTH, "20 .. 512, multiples of 8"),
    ],
)
def test_sizes_in_words(dim: DynamicDim, text: str) -> None:
    assert sizes_text(dim) == text


def near(dim: DynamicDim, lower: int, higher: int) -> DynamicDim:
    """A dimension with bounds a little further apart."""
    maximum = None if dim.maximum is None else dim.maximum + higher
    return attrs.evolve(dim, minimum=max(1, dim.minimum - lower), maximum=maximum)


@given(dynamic_dims(), st.integers(0, 7), st.integers(0, 7))
def test_dimensions_that_admit_others_read_otherwise(
    one: DynamicDim, lower: int, higher: int
) -> None:
    other = near(one, lower, higher)
    admitted = [[dim.admits(size) for size in range(200)] for dim in (one, other)]
    assert admitted[0] == admitted[1] or sizes_text(one) != sizes_text(other)


@given(dynamic_dims(), st.text())
def test_only_the_source_may_differ(dim: DynamicDim, source: str) -> None:
    assert same_but_for_source(dim, attrs.evolve(dim, source=source))
    assert not same_but_for_source(dim, attrs.evolve(dim, name="other"))
    assert not same_but_for_source(dim, attrs.evolve(dim, multiple_of=1, maximum=1000))


@given(dynamic_dims(), st.integers(1, 300))
def test_the_nearest_size_is_admitted_and_none_is_nearer(dim: DynamicDim, size: int) -> None:
    nearest = nearest_size(dim, size)
    assert dim.admits(nearest)
    distance = abs(nearest - size)
    assert not any(map(dim.admits, range(size - distance + 1, size + distance)))


@given(signatures(ModelKind.SUBCLASSED), st.integers(1, 99))
def test_admitted_sizes_that_are_equal_have_no_fault(signature: Signature, size: int) -> None:
    inputs = [
        (
            spec.name,
            spec.shape,
            [dim if isinstance(dim, int) else nearest_size(dim, size) for dim in spec.shape],
        )
        for spec in signature.tensors
    ]
    assert list(size_faults(inputs)) == []


def test_each_fault_names_input_dimension_and_sizes() -> None:
    inputs = [
        ("ids", (DynamicDim("batch"), LENGTH), (0, 24)),
        ("mask", (DynamicDim("batch"), LENGTH), (2, 32)),
        ("extra", (3, DynamicDim(minimum=2), LENGTH), (4, 1, 19)),
    ]
    assert list(size_faults(inputs)) == [
        "input 'ids' has 0 along 'batch' (1 or more)",
        "input 'mask' has 32 along 'length' (20 .. 512, multiples of 8), "
        "where input 'ids' has 24: one name has one size",
        "input 'extra' has 1 along axis 1 (2 or more)",
        "input 'extra' has 19 along 'length' (20 .. 512, multiples of 8)",
    ]


@given(signatures(ModelKind.SUBCLASSED))
def test_the_dimensions_in_a_file_are_read_as_they_were_written(signature: Signature) -> None:
    read = dimensions_from_json(dimensions_to_json(signature.tensors))
    assert read == {
        spec.name: tuple(dim if isinstance(dim, DynamicDim) else None for dim in spec.shape)
        for spec in signature.tensors
    }


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", ValueError, "Expecting value"),
        (b"\xff", ValueError, "decode"),
        (b"[" * 100_000, ValueError, "nests too deep"),
        (b"[]", TypeError, "expected dict"),
        (b'{"x":3}', TypeError, "expected list, received 3"),
        (b'{"x":[3]}', TypeError, "expected a dynamic dimension, received 3"),
        (b'{"x":[{}]}', TypeError, "expected a dynamic dimension"),
        (b'{"x":[{"dynamic":3}]}', TypeError, "expected str, received 3"),
        (b'{"x":[{"dynamic":"n","minimum":0}]}', ValueError, "minimum is 1 or more"),
        (
            b'{"x":[{"dynamic":"n"}],"y":[{"dynamic":"n","maximum":3}]}',
            ValueError,
            "different bounds of 'n'",
        ),
    ],
)
def test_damaged_dimensions_are_refused(
    content: bytes, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        dimensions_from_json(content)
