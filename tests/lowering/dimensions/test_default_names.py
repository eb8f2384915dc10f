"""Dynamic dimensions are named for what they count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir import DType, DynamicDim, TensorSpec
from litert_ir.lowering.dimensions.default_names import name_of, names_of

FREE = DynamicDim()


def tensor(*shape: int | DynamicDim, name: str = "x") -> TensorSpec:
    return TensorSpec(name=name, shape=shape, dtype=DType.FLOAT32)


@pytest.mark.parametrize(
    ("shape", "axis", "name"),
    [
        ((FREE, 3), 0, "batch"),
        ((1, FREE), 1, "length"),
        ((1, FREE, 3), 1, "length"),
        ((1, 3, FREE), 2, "length"),
        ((1, FREE, FREE), 2, "width"),
        ((1, FREE, FREE, 3), 1, "height"),
        ((1, FREE, FREE, 3), 2, "width"),
        ((1, 3, FREE, FREE), 2, "height"),
        ((1, 3, FREE, FREE), 3, "width"),
        ((1, FREE, FREE, FREE, 3), 1, "depth"),
        ((1, FREE, FREE, FREE, FREE), 4, "size"),
        ((1, FREE, 2, 2, 2, 2), 1, "size"),
    ],
)
def test_what_a_dimension_counts(shape: tuple[int | DynamicDim, ...], axis: int, name: str) -> None:
    assert name_of(tensor(*shape), axis) == name


def test_what_two_inputs_count_is_told_apart() -> None:
    inputs = [tensor(FREE, FREE, name="enc"), tensor(FREE, FREE, name="dec")]
    assert names_of(inputs, [(0, 1), (1, 1)], {"batch"}) == ("enc_length", "dec_length")
    assert names_of(inputs, [(0, 1)], {"batch"}) == ("length",)
    assert names_of(inputs, [(0, 1)], {"batch", "length"}) == ("enc_length",)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(2, 6)), min_size=1, max_size=4),
    st.sets(st.sampled_from(["length", "a_length", "height", "b_size", "a_length_1"])),
)
def test_no_name_is_given_twice(inputs: list[tuple[str, int]], taken: set[str]) -> None:
    specs = [tensor(*[FREE] * rank, name=name) for name, rank in inputs]
    places = [(i, axis) for i, spec in enumerate(specs) for axis in range(1, len(spec.shape))]
    names = names_of(specs, places, taken)
    assert len({*names, *taken}) == len(places) + len(taken)
