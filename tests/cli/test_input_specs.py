"""`--input`: text to spec and back."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir import plan_for
from litert_ir.cli.input_dims import dim_text, parse_dim
from litert_ir.cli.input_specs import input_text, keras_signature, parse_input
from litert_ir.errors import OptionsError
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec

names = st.text(
    st.characters(min_codepoint=33, exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"]), min_size=1
).filter(lambda text: text == text.strip())
dim_names = (
    st.none()
    | st.sampled_from(["length", "x_1", "a/b.c", "größe"])
    | names.filter(
        lambda text: text[0].isidentifier() and not set(text) & set(",:=?") and ".." not in text
    )
)


@st.composite
def dynamic(draw: st.DrawFn) -> DynamicDim:
    """Dynamic dimensions with any part of a name and bounds."""
    multiple = draw(st.integers(1, 64))
    minimum = draw(st.integers(1, 999))
    bounds = DynamicDim(draw(dim_names), minimum=minimum, multiple_of=multiple)
    maximum = draw(st.none() | st.integers(bounds.smallest, 10**6))
    return attrs.evolve(bounds, maximum=maximum)


dims = st.one_of(st.integers(1, 10**6), st.just(DynamicDim()), dynamic())
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


@pytest.mark.parametrize(
    ("text", "dim"),
    [
        ("?", DynamicDim()),
        ("..", DynamicDim()),
        ("length", DynamicDim("length")),
        ("length:..", DynamicDim("length")),
        ("length:32..", DynamicDim("length", minimum=32)),
        ("length:..512", DynamicDim("length", maximum=512)),
        ("length:32..512", DynamicDim("length", minimum=32, maximum=512)),
        ("length:32..512:8", DynamicDim("length", minimum=32, maximum=512, multiple_of=8)),
        ("length:8..:8", DynamicDim("length", minimum=8, multiple_of=8)),
        ("length:..:8", DynamicDim("length", multiple_of=8)),
        ("32..512", DynamicDim(minimum=32, maximum=512)),
        ("..512:8", DynamicDim(maximum=512, multiple_of=8)),
        (" length : 32 .. 512 : 8 ", DynamicDim("length", minimum=32, maximum=512, multiple_of=8)),
    ],
)
def test_each_part_of_a_dynamic_dimension_may_be_left_out(text: str, dim: DynamicDim) -> None:
    assert parse_dim(text) == dim
    assert parse_input(f"x=2,{text},3:int32").shape == (2, dim, 3)
    assert parse_dim(dim_text(dim)) == dim


@pytest.mark.parametrize("name", ["", "two words", "a,b", "a:b", "a=b", "a..b", "?", "3d", "-x"])
def test_a_name_that_the_form_cannot_hold_is_not_printed(name: str) -> None:
    spec = TensorSpec(name="x", shape=(DynamicDim(name),), dtype=DType.INT32)
    with pytest.raises(OptionsError, match="cannot be written on the command line") as caught:
        input_text(spec)
    assert (caught.value.where, caught.value.received) == ("--input", repr(name))
    assert "letter" in caught.value.expected
    assert "input_signature" in caught.value.advice


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
        ("x=1,-3:float32", "A dimension is a size, or", "'-3'"),
        ("x=1,0:float32", "A dimension is a size, or", "'0'"),
        ("x=1,,3:float32", "A dimension is a size, or", "''"),
        ("x=²:float32", "A dimension is a size, or", "'²'"),
        ("x=3d:float32", "A dimension is a size, or", "'3d'"),
        ("x=1,?:8:float32", "A dimension is a size, or", "'?:8'"),
        ("x=n::float32", "A dimension is a size, or", "'n:'"),
        ("x=n:8:float32", "A dimension is a size, or", "'n:8'"),
        ("x=n:1..2:3:4:float32", "A dimension is a size, or", "'n:1..2:3:4'"),
        ("x=n:-1..2:float32", "A dimension is a size, or", "'n:-1..2'"),
        ("x=n:0..2:float32", "A dimension is a size, or", "'n:0..2'"),
        ("x=n:1..2:0:float32", "A dimension is a size, or", "'n:1..2:0'"),
        ("x=1...2:float32", "A dimension is a size, or", "'1...2'"),
        ("x=n..5:float32", "A dimension is a size, or", "'n..5'"),
        ("x=n:9..8:float32", "No size is within the bounds", "'n:9..8'"),
        ("x=1..7:8:float32", "No size is within the bounds", "'1..7:8'"),
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


def test_names_and_bounds_are_kept(keras: Any) -> None:
    given_specs = tuple(
        map(parse_input, ("a=?,3:float32", "b=?,length:..64:int32", "c=8,2..:bool"))
    )
    signature = keras_signature(given_specs, keras.Model())
    assert isinstance(signature, dict)
    assert signature["a"].shape == (None, 3)
    assert [signature["b"], signature["c"]] == list(given_specs[1:])


def test_a_plan_has_the_names_and_bounds(keras: Any) -> None:
    words, mask = keras.Input((None,), name="words"), keras.Input((None,), name="mask")
    model = keras.Model([words, mask], words * mask)
    texts = ("words=?,length:..64:float32", "mask=?,length:..64:float32")
    plan = plan_for(model, input_signature=keras_signature(tuple(map(parse_input, texts)), model))
    length = DynamicDim("length", maximum=64, source="input_signature")
    assert [spec.shape for spec in plan.inputs] == [(DynamicDim("batch"), length)] * 2


def test_a_sequential_model_takes_its_single_spec_in_a_list(keras: Any) -> None:
    signature = keras_signature((parse_input("any=?,3:float32"),), keras.Sequential())
    assert isinstance(signature, list)
    assert [spec.shape for spec in signature] == [(None, 3)]
