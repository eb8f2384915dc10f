"""Random inputs that a model accepts, to compare a file with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import SamplesError
from litert_ir.verification import cases
from litert_ir.verification.cases import (
    Case,
    affordable_cases,
    cases_for,
    given_cases,
    random_cases,
    reference_outputs,
)
from tests.conversion.exports import exported, keras_outputs, plan_of, random_inputs


def shapes(cases: tuple[Case, ...]) -> list[tuple[tuple[int, ...], ...]]:
    return [tuple(array.shape for array in case.inputs) for case in cases]


def cases_of(model: Any, **request: Any) -> tuple[Case, ...]:
    return random_cases(lir.plan_for(model, **request), model)


def test_two_batch_sizes_show_a_batch_that_was_fixed() -> None:
    export = exported("dict")
    found = random_cases(export.plan, export.model)
    assert shapes(found) == [((1, 8, 8, 3), (1, 4)), ((3, 8, 8, 3), (3, 4))]


def test_a_static_batch_has_two_cases_that_differ() -> None:
    export = exported("dict", batch_size=1)
    first, second = random_cases(export.plan, export.model)
    assert shapes((first,)) == shapes((second,)) == [((1, 8, 8, 3), (1, 4))]
    assert all(np.any(a != b) for a, b in zip(first.inputs, second.inputs, strict=True))


def test_cases_are_the_same_each_time() -> None:
    export = exported("mixed-dtypes")
    for ours, theirs in zip(
        random_cases(export.plan, export.model),
        random_cases(export.plan, export.model),
        strict=True,
    ):
        for a, b in zip(ours.inputs + ours.outputs, theirs.inputs + theirs.outputs, strict=True):
            np.testing.assert_array_equal(a, b)


def test_inputs_have_the_plans_types() -> None:
    export = exported("mixed-dtypes")
    for case in random_cases(export.plan, export.model):
        tokens, keep, weights = case.inputs
        assert [array.dtype.name for array in case.inputs] == ["int32", "bool", "float32"]
        assert 0 <= tokens.min() <= tokens.max() < 10
        assert weights.std() > 0
        assert keep.shape == tokens.shape


def test_references_are_in_the_types_of_the_file() -> None:
    cast = load_keras().ops.cast
    x = load_keras().Input((4,))
    model = load_keras().Model(x, [cast(x, "bfloat16"), cast(x, "float16"), x])
    inputs = (np.full((1, 4), 1.001, np.float32),)
    found = reference_outputs(lir.plan_for(model), model, inputs)
    assert [array.dtype.name for array in found] == ["float32", "float16", "float32"]
    assert [float(array[0, 0]) for array in found] == [1.0, np.float16(1.001), np.float32(1.001)]


def test_integers_are_indices_of_a_small_table() -> None:
    keras = load_keras()
    tokens = keras.Input((40,), dtype="int32", name="tokens")
    table = keras.Model(tokens, keras.layers.Embedding(3, 4)(tokens))
    for case in cases_of(table):
        assert set(np.unique(case.inputs[0])) == {0, 1}


def _conv(kernel: int, channels: int = 3) -> Any:
    keras = load_keras()
    image = keras.Input((None, None, channels), name="image")
    x = keras.layers.Conv2D(2, kernel, name="conv")(image)
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(x), name="needs_large_images")


def test_sizes_are_what_the_model_accepts() -> None:
    found = [shape[0][1:3] for shape in shapes(cases_of(_conv(50)))]
    assert found[0] == (50, 50)
    assert len(found) > 2
    assert all(height != width for height, width in found[1:])


def test_a_model_that_accepts_nothing() -> None:
    plan = lir.plan_for(_conv(3))
    with pytest.raises(SamplesError, match="No random inputs were found") as caught:
        random_cases(plan, _conv(3, channels=4))
    error = caught.value
    assert "image (batch=?, height=3.., width=3.., 3) float32" in error.expected
    assert error.received.startswith("batch 1; height 3; width 3: ")
    assert "Verification(samples=" in error.advice
    assert "input_signature" in error.advice


def test_sizes_that_the_plan_pins_are_kept() -> None:
    spec = load_keras().InputSpec(shape=(None, 70, 80, 3), dtype="float32")
    assert shapes(cases_of(_conv(50), input_signature=[spec])) == [
        ((1, 70, 80, 3),),
        ((3, 70, 80, 3),),
    ]


def _tokens(length: int | None, **embedding: Any) -> Any:
    keras = load_keras()
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    return keras.Model(tokens, keras.layers.Embedding(30, 4, **embedding)(tokens))


def test_samples_are_compared_at_other_sizes_too() -> None:
    model = _tokens(None)
    plan = lir.plan_for(model)
    sample = (np.array([[21, 23, 29]], np.int32),)
    assert len(cases_for(plan, model, [sample])) == 1
    first, *others = cases_for(plan, model, [sample], other_sizes=True)
    assert first.inputs[0] is sample[0]
    assert {case.inputs[0].shape[0] for case in others} == {1, 3}
    assert len({case.inputs[0].shape[1] for case in others}) >= 4
    assert {value for case in others for value in case.inputs[0].ravel()} == {21, 23, 29}


@pytest.mark.parametrize(("batches", "others"), [((2,), [1]), ((1,), [3]), ((2, 5), [])])
def test_a_batch_of_the_samples_only_is_compared_with_another_one(
    batches: tuple[int, ...], others: list[int]
) -> None:
    model = _tokens(4)
    samples = [(np.ones((batch, 4), np.int32),) for batch in batches]
    found = cases_for(lir.plan_for(model), model, samples, other_sizes=True)
    assert [case.inputs[0].shape[0] for case in found] == [*batches, *others]


def _windows() -> Any:
    keras = load_keras()
    x = keras.Input((None, 2), name="series")
    return keras.Model(x, keras.layers.Reshape((-1, 6, 2))(x))


def test_sizes_that_the_model_refuses_are_told() -> None:
    model = _windows()
    plan = plan_with_length(model)
    sample = (np.ones((1, 12, 2), np.float32),)
    *_, last = cases_for(plan, model, [sample], other_sizes=True)
    assert last.note.startswith("the model does not take batch 1; length 1: ")


def plan_with_length(model: Any) -> lir.ExportPlan:
    """A plan that knows no bounds of the length, as a plan that is written by hand."""
    spec = lir.TensorSpec(
        name="series",
        shape=(lir.DynamicDim("batch"), lir.DynamicDim("length"), 2),
        dtype=lir.DType.FLOAT32,
    )
    plan = lir.plan_for(model)
    argument = plan.signature.arguments[0]
    return attrs.evolve(plan, signature=lir.Signature((attrs.evolve(argument, value=spec),)))


def test_samples_with_an_empty_result_are_no_cases() -> None:
    keras = load_keras()
    x = keras.Input((None, 2), name="series")
    model = keras.Model(x, x[:, 20:])
    plan = lir.plan_for(model)
    short, long = (np.ones((1, length, 2), np.float32) for length in (20, 21))
    assert len(given_cases(plan, model, [(short,), (long,)])) == 1
    with pytest.raises(SamplesError, match="nothing can be compared") as caught:
        given_cases(plan, model, [(short,)])
    assert caught.value.where == "series (1, 20, 2)"
    assert "larger ones" in caught.value.advice
    assert all(case.outputs[0].size for case in random_cases(plan, model))


def test_integer_images_are_drawn_as_pixels() -> None:
    keras = load_keras()
    image = keras.Input((8, 8, 3), dtype="uint8")
    model = keras.Model(image, keras.layers.Rescaling(1 / 255)(image))
    assert max(int(case.inputs[0].max()) for case in cases_of(model)) == 255


@pytest.mark.parametrize("trait", ["single", "nested", "subclassed-3", "mixed-dtypes"])
def test_references_are_what_the_model_gives(trait: str) -> None:
    export = exported(trait)
    inputs = random_inputs(plan_of(trait), 4)
    found = reference_outputs(export.plan, export.model, tuple(inputs.values()))
    for ours, theirs in zip(found, keras_outputs(trait, inputs).values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_given_samples_are_taken_as_they_are() -> None:
    export = exported("single")
    sample = (np.full((7, 4), 2.0, np.float32),)
    (case,) = given_cases(export.plan, export.model, [sample])
    assert case.inputs[0] is sample[0]
    assert case.outputs[0].shape == (7, 3)


def test_samples_beyond_the_least_number_are_used_while_they_cost_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    export = exported("single")
    read: list[int] = []

    def samples() -> Iterator[tuple[NDArray[Any], ...]]:
        for number in range(20):
            read.append(number)
            yield (np.full((1, 4), number, np.float32),)

    assert len(affordable_cases(export.plan, export.model, samples(), 4)) == 20
    read.clear()
    monkeypatch.setattr(cases, "_MOST_BYTES", 0)
    assert len(affordable_cases(export.plan, export.model, samples(), 4)) == 4
    assert len(read) <= 5
