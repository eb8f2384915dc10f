"""Which tensors of a file stand for those of a model's call."""

from __future__ import annotations

import pytest

from litert_ir.errors import FileRejectedError
from litert_ir.ir.tensor import DType, DynamicDim, Shape, TensorSpec
from litert_ir.lowering.file_match import (
    FileTensor,
    MatchedBy,
    Side,
    TensorMatch,
    fitted_shape,
    match_tensors,
)

BATCH, ANY = DynamicDim("batch"), DynamicDim()


def spec(name: str, *shape: int | DynamicDim, dtype: DType = DType.FLOAT32) -> TensorSpec:
    return TensorSpec(name=name, shape=shape, dtype=dtype)


def stored(
    name: str,
    *shape: int | DynamicDim,
    dtype: DType = DType.FLOAT32,
    quantized: bool = False,
) -> FileTensor:
    return FileTensor(name=name, shape=shape, dtype=dtype, is_quantized=quantized)


def pairs(matches: tuple[TensorMatch, ...]) -> list[tuple[str, str, MatchedBy]]:
    return [(match.name, match.in_file, match.by) for match in matches]


def test_equal_names_decide_whatever_the_order() -> None:
    wanted = [spec("a", BATCH, 4), spec("b", BATCH, 4)]
    found = [stored("b", ANY, 4), stored("a", ANY, 4)]
    assert pairs(match_tensors(Side.INPUTS, wanted, found)) == [
        ("a", "a", MatchedBy.NAME),
        ("b", "b", MatchedBy.NAME),
    ]


def test_tensorflows_prefix_and_suffix_are_no_part_of_a_name() -> None:
    wanted = [spec("a", BATCH, 4), spec("b", BATCH, 4)]
    found = [stored("serving_default_b:0", ANY, 4), stored("serving_default_a:0", ANY, 4)]
    matches = match_tensors(Side.INPUTS, wanted, found)
    assert [match.in_file for match in matches] == ["serving_default_a:0", "serving_default_b:0"]
    assert {match.by for match in matches} == {MatchedBy.NAME}


def test_a_shape_or_type_that_one_tensor_has_decides_before_the_order() -> None:
    wanted = [
        spec("long", BATCH, 9),
        spec("left", BATCH, 4),
        spec("ids", BATCH, 4, dtype=DType.INT32),
        spec("right", BATCH, 4),
    ]
    found = [
        stored("args_0", ANY, 4),
        stored("args_1", ANY, 4),
        stored("args_2", ANY, 4, dtype=DType.INT64),
        stored("args_3", ANY, 9),
    ]
    assert pairs(match_tensors(Side.INPUTS, wanted, found)) == [
        ("long", "args_3", MatchedBy.SHAPE),
        ("left", "args_0", MatchedBy.ORDER),
        ("ids", "args_2", MatchedBy.SHAPE),
        ("right", "args_1", MatchedBy.ORDER),
    ]


def test_numbered_names_are_in_the_order_of_their_numbers() -> None:
    wanted = [spec(f"x{at}", BATCH, 4) for at in range(11)]
    names = sorted(f"output_{at}" for at in range(11))
    matches = match_tensors(Side.OUTPUTS, wanted, [stored(name, ANY, 4) for name in names])
    assert [match.in_file for match in matches] == [f"output_{at}" for at in range(11)]


def test_integers_that_stand_for_floats_are_taken_for_them_and_others_are_not() -> None:
    wanted = [spec("x", BATCH, 4)]
    quantized = stored("other", ANY, 4, dtype=DType.INT8, quantized=True)
    (match,) = match_tensors(Side.INPUTS, wanted, [quantized])
    assert match.in_file == "other"
    with pytest.raises(FileRejectedError, match="not those of the model"):
        match_tensors(Side.INPUTS, wanted, [stored("other", ANY, 4, dtype=DType.INT8)])


def test_an_output_of_unknown_shape_is_any_output_and_an_input_without_axes_is_none() -> None:
    wanted = [spec("x", BATCH, 4)]
    assert match_tensors(Side.OUTPUTS, wanted, [stored("output_0")])
    with pytest.raises(FileRejectedError):
        match_tensors(Side.INPUTS, wanted, [stored("args_0")])


@pytest.mark.parametrize(
    ("wanted", "found", "received"),
    [
        ([spec("x", BATCH, 4)], [stored("x", ANY, 5)], r"x (?, 5) float32 where the model has x"),
        ([spec("x", BATCH, 4)], [stored("y", ANY, 4, 4)], r"y (?, 4, 4) float32"),
        ([spec("x", BATCH, 4)], [stored("x", ANY, 4), stored("y", ANY, 4)], "2 in place of 1"),
        ([spec("x", BATCH, 4)], [], "0 in place of 1"),
        ([spec("x", DynamicDim("n", maximum=8))], [stored("x", 9)], "x (9,) float32"),
        ([spec("x", 9)], [stored("x", DynamicDim("n", maximum=8))], "x (n=1..8,) float32"),
    ],
)
def test_what_the_model_cannot_take_is_refused_with_both_sides(
    wanted: list[TensorSpec], found: list[FileTensor], received: str
) -> None:
    with pytest.raises(FileRejectedError, match="inputs are not those of the model") as caught:
        match_tensors(Side.INPUTS, wanted, found)
    assert received in caught.value.received
    assert str(wanted[0]) in caught.value.expected


@pytest.mark.parametrize(
    ("own", "in_file", "fitted"),
    [
        ((BATCH, 4), (ANY, 4), (BATCH, 4)),
        ((BATCH, 4), (1, 4), (1, 4)),
        ((3, 4), (ANY, 4), (3, 4)),
        ((BATCH, ANY), (BATCH, DynamicDim("n", maximum=9)), (BATCH, DynamicDim("n", maximum=9))),
    ],
)
def test_fitted_shapes(own: Shape, in_file: Shape, fitted: Shape) -> None:
    assert fitted_shape(own, in_file) == fitted
