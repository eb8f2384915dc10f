"""`--input`: text to spec and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.cli.input_specs import input_text, keras_signature, parse_input
from litert_ir.errors import OptionsError
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec

names = st.text(
    st.characters(min_codepoint=33, exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"]), min_size=1
).filter(lambda text: text == text.strip())
dims = st.one_of(st.integers(1, 10**6), st.just(DynamicDim()))
dtypes = st.sampled_from([dtype for dtype in DType if dtype.is_interface_type])
specs = st.builds(TensorSpec, name=names, shape=st.lists(dims, max_size=6).map(tuple), dtype=dtypes)


@given(specs)
def test_a_spec_survives_its_text(spec: TensorSpec) -> None:
    assert parse_input(input_text(spec)) == spec


@given(specs)
def test_the_text_of_a_parsed_text_is_that_text(spec: TensorSpec) -> None:
    text = input_text(spec)
    assert input_text(parse_input(text)) == text


def test_blanks_around_the_parts_and_case_do_not_matter() -> None:
    assert parse_input(" images = 1, ?, 3 : Float32 ") == TensorSpec(
        name="images", shape=(1, DynamicDim(), 3), dtype=DType.FLOAT32
    )


def test_no_size_at_all_is_a_scalar() -> None:
    assert parse_input("scale=:float32").shape == ()


def test_a_name_may_hold_the_separators() -> None:
    assert parse_input("a=b:0=2:int32").name == "a=b:0"


@pytest.mark.parametrize(
    ("text", "summary", "received"),
    [
        ("images", "does not describe an input", "'images'"),
        ("images=1,3", "does not describe an input", "'images=1,3'"),
        ("=1,3:float32", "does not describe an input", "'=1,3:float32'"),
        ("x=1,-3:float32", "size or a question mark", "'-3'"),
        ("x=1,0:float32", "size or a question mark", "'0'"),
        ("x=1,,3:float32", "size or a question mark", "''"),
        ("x=²:float32", "size or a question mark", "'²'"),
        ("x=1:float23", "not an element type", "'float23'"),
        ("x=1:string", "not an element type", "'string'"),
    ],
)
def test_faults_are_named(text: str, summary: str, received: str) -> None:
    with pytest.raises(OptionsError, match=summary) as caught:
        parse_input(text)
    assert caught.value.where == "--input"
    assert caught.value.received == received
    assert caught.value.expected


def test_nothing_described_is_no_signature() -> None:
    assert keras_signature((), model=None) is None


def test_a_functional_model_takes_specs_by_name(keras: Any) -> None:
    given_specs = (parse_input("a=?,3:float32"), parse_input("b=2:int32"))
    signature = keras_signature(given_specs, keras.Model())
    assert isinstance(signature, dict)
    assert list(signature) == ["a", "b"]
    assert signature["a"].shape == (None, 3)
    assert signature["b"].dtype == "int32"


def test_a_sequential_model_takes_its_single_spec_in_a_list(keras: Any) -> None:
    signature = keras_signature((parse_input("any=?,3:float32"),), keras.Sequential())
    assert isinstance(signature, list)
    assert [spec.shape for spec in signature] == [(None, 3)]
