"""What is found by trying sizes is what the model accepts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir import DynamicDim
from litert_ir.errors import ModelTraceError, SignatureError
from litert_ir.ir.dimensions import StaticShapes
from litert_ir.ir.signature import Signature
from litert_ir.lowering.dimensions.search import with_found_dims, with_names
from litert_ir.lowering.dimensions.signature_dims import NothingSeen
from litert_ir.lowering.dimensions.table_limits import Table
from litert_ir.lowering.dimensions.trials import Answer, Verdict
from tests.lowering.dimensions.limits import Limit, Limits, found, lengths

FREE = DynamicDim()


def searched(
    signature: Signature, oracle: Any, *tables: Table, seen: Sequence[StaticShapes] = ()
) -> list[DynamicDim | int]:
    return found(with_found_dims(signature, oracle, lambda _: seen, tables, "model 'm'"))


@st.composite
def limits_of(draw: st.DrawFn, inputs: tuple[int, ...], start: int) -> Limit:
    """Limits with some room around a start."""
    step = draw(st.sampled_from([s for s in (1, 2, 3, 4, 7, 8, 14, 16, 32) if start % s == 0]))
    count = start // step
    least = draw(st.integers(1, count))
    most = draw(st.none() | st.integers(max(count, least + 7), 4000 // step))
    return Limit(inputs, least * step, most and most * step, step)


@st.composite
def models(draw: st.DrawFn) -> Limits:
    """Models of one to four inputs, some of which have one length."""
    count = draw(st.integers(1, 4))
    groups = [draw(st.integers(0, index)) for index in range(count)]
    start = draw(st.sampled_from([64, 96, 224, 512]))
    inputs = [tuple(i for i, group in enumerate(groups) if group == g) for g in sorted({*groups})]
    return Limits(tuple(draw(limits_of(group, start)) for group in inputs))


@given(models())
def test_ties_and_bounds_are_those_of_the_model(model: Limits) -> None:
    count = sum(len(limit.inputs) for limit in model.limits)
    dims = searched(lengths(*[FREE] * count), model)
    for limit in model.limits:
        (dim,) = {dims[index] for index in limit.inputs}
        assert isinstance(dim, DynamicDim)
        bounds = dim.minimum, dim.maximum, dim.multiple_of
        assert bounds == (limit.minimum, limit.maximum, limit.multiple_of)
        assert dim.source == ("trying sizes" if dim.is_bounded else "")
    assert len({dim.name for dim in dims if isinstance(dim, DynamicDim)}) == len(model.limits)


@given(st.sampled_from([64, 96]).flatmap(lambda start: limits_of((0,), start)))
def test_a_model_that_is_only_traced_is_asked_less(limit: Limit) -> None:
    (dim,) = searched(lengths(FREE), model := Limits((limit,), runs=False))
    assert isinstance(dim, DynamicDim)
    assert (dim.minimum, dim.maximum) == (limit.minimum, limit.maximum)
    assert model.count <= 50


def test_a_free_length_takes_few_questions() -> None:
    (dim,) = searched(lengths(FREE), model := Limits((Limit((0,)),)))
    assert dim == DynamicDim("length")
    assert model.count <= 15


def test_bounds_of_the_user_are_kept_and_not_searched() -> None:
    given_dim = DynamicDim("steps", minimum=20, maximum=90, multiple_of=10)
    (dim,) = searched(lengths(given_dim), model := Limits((Limit((0,), 3, 500),)))
    assert str(dim) == "steps=20..90:10"
    assert isinstance(dim, DynamicDim)
    assert dim.source == "input_signature"
    assert model.count <= 8


def test_names_of_the_user_tie() -> None:
    steps = DynamicDim("steps")
    assert searched(lengths(steps, steps, FREE), Limits((Limit((0, 1)), Limit((2,))))) == [
        steps,
        steps,
        DynamicDim("length"),
    ]


def test_a_tie_to_a_dimension_of_the_user_has_its_name_and_bounds() -> None:
    steps = DynamicDim("steps", minimum=8, maximum=64)
    first, second = searched(lengths(FREE, steps), Limits((Limit((0, 1)),)))
    assert first == second
    assert str(first) == "steps=8..64"


def test_two_names_for_what_must_be_one_size() -> None:
    with pytest.raises(SignatureError, match="one size where input_signature has") as caught:
        searched(lengths(DynamicDim("a"), DynamicDim("b")), Limits((Limit((0, 1)),)))
    (problem,) = caught.value.problems
    assert problem.received == "a=? and b=?"
    assert "DynamicDim" in caught.value.advice


def test_a_table_is_named_where_its_rows_are_the_limit() -> None:
    table = Table(77, "block/pos")
    (dim,) = searched(lengths(FREE), Limits((Limit((0,), maximum=77),)), Table(90, "v"), table)
    assert str(dim) == "length=1..77"
    assert isinstance(dim, DynamicDim)
    assert dim.source == "the position table of 'block/pos'"


def test_a_table_that_is_no_limit_is_none() -> None:
    assert searched(lengths(FREE), Limits((Limit((0,)),)), Table(77, "vocabulary")) == [
        DynamicDim("length")
    ]


def test_a_table_of_positions_that_is_too_long_to_be_tried_is_believed() -> None:
    table = Table(100_000, "pos", is_known=True)
    (dim,) = searched(lengths(FREE), Limits((Limit((0,), maximum=100_000),)), table)
    assert str(dim) == "length=1..100000"


def test_sizes_of_samples_are_tried_first() -> None:
    (dim,) = searched(lengths(FREE), Limits((Limit((0,), 5000, 6000),)), seen=[((2, 5500, 3),)])
    assert str(dim) == "length=5000..6000"


def test_the_batch_of_a_sample_is_tried_where_others_are_refused() -> None:
    class Even(Limits):
        def __call__(self, shapes: StaticShapes) -> Answer:
            odd = any(shape[0] % 2 for shape in shapes)
            return Answer(Verdict.REFUSED, "odd") if odd else super().__call__(shapes)

    model = Even((Limit((0,), 5, 40),))
    with pytest.raises(ModelTraceError, match="none of the sizes"):
        searched(lengths(FREE), model)
    (dim,) = searched(lengths(FREE), model, seen=[((4, 9, 3),)])
    assert str(dim) == "length=5..40"


def test_lengths_of_different_kinds() -> None:
    dims = searched(lengths(FREE, FREE), Limits((Limit((0,), 700), Limit((1,), maximum=40))))
    assert [str(dim) for dim in dims] == ["x0_length=700..", "x1_length=1..40"]


class Together(Limits):
    """Refuses more than 100 steps in all inputs together."""

    def __call__(self, shapes: StaticShapes) -> Answer:
        total = sum(shape[1] for shape in shapes)
        return Answer(Verdict.REFUSED, "too many") if total > 100 else Answer(Verdict.ACCEPTED)


def test_what_holds_alone_holds_together() -> None:
    dims = searched(lengths(FREE, FREE), Together(()))
    assert [str(dim) for dim in dims] == ["x0_length=1..50", "x1_length=1..50"]


def test_a_model_that_accepts_nothing_that_was_tried() -> None:
    with pytest.raises(ModelTraceError, match="none of the sizes that were tried") as caught:
        searched(lengths(FREE), Limits((Limit((0,), 77, 77),)))
    error = caught.value
    assert error.where == "model 'm'"
    for size in (64, 224, 1000, 4096):
        assert f"(1, {size}, 3)" in error.received
    assert "[64] is not within" in error.received
    assert "input_signature" in error.advice
    assert "Verification(samples=" in error.advice


def test_bounds_within_which_the_model_accepts_nothing() -> None:
    bounded = DynamicDim("steps", minimum=100, maximum=200)
    with pytest.raises(ModelTraceError, match=re.escape("within the bounds steps=100..200")):
        searched(lengths(bounded), Limits((Limit((0,), maximum=40),)))


def test_a_single_accepted_size_is_no_dynamic_dimension() -> None:
    with pytest.raises(ModelTraceError, match="but none beside them") as caught:
        searched(lengths(FREE), Limits((Limit((0,), 64, 64),)))
    assert "(1, 64, 3)" in caught.value.received
    assert "fix them" in caught.value.advice


class Empty(Limits):
    """Gives nothing at any size."""

    def __call__(self, shapes: StaticShapes) -> Answer:
        return Answer(Verdict.EMPTY, str(shapes))


def test_where_nothing_comes_out_nothing_is_known() -> None:
    assert searched(lengths(FREE, FREE), Empty(())) == [
        DynamicDim("x0_length"),
        DynamicDim("x1_length"),
    ]


def test_names_without_tries() -> None:
    assert found(with_names(lengths(FREE, 7))) == [DynamicDim("length"), 7]
    assert NothingSeen()(lengths(FREE)) == ()
    assert NothingSeen().sample(lengths(FREE)) is None


@pytest.mark.parametrize("branch", [1, 2, 20, 33])
def test_below_a_branch_of_the_models_code_it_is_another_model(branch: int) -> None:
    free = (Limit((0,), 1, None, 1), Limit((1,), 3, None, 1))
    dims = searched(lengths(FREE, FREE), Limits(free, known_from=branch))
    assert [dim.minimum for dim in dims if isinstance(dim, DynamicDim)] == [
        max(1, branch),
        max(3, branch),
    ]


def test_a_model_that_is_another_one_at_the_start_is_asked_where_it_knows_its_sizes() -> None:
    dims = searched(lengths(FREE), Limits((Limit((0,), 5, None, 1),), known_from=10_000))
    assert dims == [DynamicDim("length", minimum=5, source="trying sizes")]
