"""Random inputs that a model accepts, to compare a file with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import SamplesError
from litert_ir.runtime.cases import Case, given_cases, random_cases, reference_outputs
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


def _conv(kernel: int) -> Any:
    keras = load_keras()
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Conv2D(2, kernel, name="conv")(image)
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(x), name="needs_large_images")


def test_dynamic_sizes_grow_until_the_model_accepts_them() -> None:
    assert shapes(cases_of(_conv(50))) == [((1, 64, 64, 3),), ((3, 64, 64, 3),)]


def test_a_model_that_accepts_nothing() -> None:
    with pytest.raises(SamplesError, match="No random inputs were found") as caught:
        cases_of(_conv(300))
    error = caught.value
    assert "image (batch=?, ?, ?, 3) float32" in error.expected
    for size in (16, 32, 64, 128, 224):
        assert f"size {size}," in error.received
    assert "Verification(samples=" in error.advice


def test_sizes_that_the_plan_pins_are_kept() -> None:
    spec = load_keras().InputSpec(shape=(None, 70, 80, 3), dtype="float32")
    assert shapes(cases_of(_conv(50), input_signature=[spec])) == [
        ((1, 70, 80, 3),),
        ((3, 70, 80, 3),),
    ]


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
