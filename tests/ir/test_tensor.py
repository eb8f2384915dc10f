from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.ir.tensor import DType, DynamicDim, Shape, TensorSpec, shape_text
from litert_ir.testing.strategies import dtypes, dynamic_dims, shapes, tensor_specs


def spec(**changes: Any) -> TensorSpec:
    """A float32 vector named x, but for ``changes``."""
    return TensorSpec(**{"name": "x", "shape": (1,), "dtype": DType.FLOAT32, **changes})


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((), "()"),
        ((3,), "(3,)"),
        ((DynamicDim(),), "(?,)"),
        ((DynamicDim("batch"), 224, 224, 3), "(batch=?, 224, 224, 3)"),
        ((DynamicDim(), 0), "(?, 0)"),
        ((DynamicDim("length", minimum=20, maximum=512, multiple_of=8),), "(length=20..512:8,)"),
        ((DynamicDim(minimum=3), DynamicDim("n", maximum=9)), "(3.., n=1..9)"),
    ],
)
def test_shape_text(shape: Shape, text: str) -> None:
    assert shape_text(shape) == text


def test_a_spec_prints_as_shape_and_dtype() -> None:
    assert str(spec(shape=(DynamicDim("batch"), 8))) == "(batch=?, 8) float32"


@given(shapes())
def test_sizes_are_none_exactly_where_a_dimension_is_dynamic(shape: Shape) -> None:
    tensor = spec(shape=shape)
    assert [size is None for size in tensor.sizes] == [isinstance(d, DynamicDim) for d in shape]
    assert [size for size in tensor.sizes if size is not None] == [
        dim for dim in shape if isinstance(dim, int)
    ]
    assert tensor.is_static == (None not in tensor.sizes)


@given(dtypes())
def test_strategy_dtypes_are_interface_types(dtype: DType) -> None:
    assert dtype.is_interface_type


def test_types_that_no_file_can_take() -> None:
    refused = {dtype for dtype in DType if not dtype.is_interface_type}
    assert refused == {DType.STRING, DType.BFLOAT16, DType.COMPLEX128}


def test_a_file_holds_bfloat16_as_float32_and_all_else_as_it_is() -> None:
    changed = {dtype: dtype.in_file for dtype in DType if dtype.in_file is not dtype}
    assert changed == {DType.BFLOAT16: DType.FLOAT32}


def test_a_type_in_the_model_makes_another_spec_of_the_same_text() -> None:
    assert spec(model_dtype=DType.BFLOAT16) != spec()
    assert str(spec(model_dtype=DType.BFLOAT16)) == str(spec())


def test_floating_types() -> None:
    floating = {dtype.value for dtype in DType if dtype.is_floating}
    assert floating == {"float16", "bfloat16", "float32", "float64"}


@pytest.mark.parametrize("dim", [True, 1.5, "2", None])
def test_a_dimension_of_another_type_is_refused(dim: object) -> None:
    with pytest.raises(TypeError, match=r"a dimension is an int or a DynamicDim, not "):
        spec(shape=(2, dim))


def test_a_negative_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not negative, received -1 in \(2, -1\)"):
        spec(shape=(2, -1))


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", ValueError),
        ("shape", [1], TypeError),
        ("dtype", "float32", TypeError),
        ("model_dtype", "bfloat16", TypeError),
    ],
)
def test_a_malformed_field_is_refused(field: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=field):
        spec(**{field: value})


@given(tensor_specs())
def test_a_spec_is_frozen_hashable_and_evolves(tensor: TensorSpec) -> None:
    renamed = attrs.evolve(tensor, name=tensor.name + "_")
    assert renamed != tensor
    assert len({tensor, renamed, attrs.evolve(renamed, name=tensor.name)}) == 2
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        tensor.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("field", ["minimum", "maximum", "multiple_of"])
@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (True, TypeError, "is a whole number, not True"),
        (2.0, TypeError, "is a whole number, not 2.0"),
        ("2", TypeError, "is a whole number, not '2'"),
        (0, ValueError, "is 1 or more, received 0"),
        (-8, ValueError, "is 1 or more, received -8"),
    ],
)
def test_a_bound_is_a_whole_number_above_0(
    field: str, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{field} {message}$"):
        DynamicDim("length", **{field: value})


@pytest.mark.parametrize(
    "bounds", [{"minimum": 5, "maximum": 4}, {"minimum": 9, "maximum": 15, "multiple_of": 8}]
)
def test_bounds_leave_a_size(bounds: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no size is within the bounds "):
        DynamicDim(**bounds)


@given(dynamic_dims())
def test_the_smallest_size_is_the_first_that_is_admitted(dim: DynamicDim) -> None:
    assert dim.admits(dim.smallest)
    assert not any(map(dim.admits, range(dim.smallest)))


@given(dynamic_dims(), st.integers(1, 200))
def test_only_a_bounded_dimension_refuses_sizes(dim: DynamicDim, size: int) -> None:
    assert dim.is_bounded or dim.admits(size)
    assert not dim.is_bounded or not all(map(dim.admits, (1, 2, 10**6 + 1)))
