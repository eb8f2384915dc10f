"""Plans of Keras models on JAX, made in a process that cannot import TensorFlow."""

from __future__ import annotations

from importlib.metadata import version

import attrs
import pytest

import litert_ir as lir
from tests.backends.jax.process import answer
from tests.conversion.exports import CASES, plan_of


def test_tensorflow_is_never_imported() -> None:
    assert answer("tensorflow") == []


@pytest.mark.parametrize("trait", CASES)
def test_a_plan_is_that_of_tensorflow_but_for_versions_and_route(trait: str) -> None:
    plan, wanted = lir.ExportPlan.from_json(answer(f"plan of {trait}")), plan_of(trait)
    assert attrs.evolve(plan, versions=wanted.versions, route=wanted.route) == wanted


def test_a_plan_says_that_it_was_made_with_jax() -> None:
    versions = lir.ExportPlan.from_json(answer("plan of single")).versions
    assert (versions.backend, versions.tensorflow) == ("jax", None)
    assert versions.jax == answer("jax version") == version("jax")
    assert f"(jax backend), jax {versions.jax}" in answer("text")


@pytest.mark.parametrize(
    ("case", "inputs", "outputs"),
    [
        ("first half", ["(batch=?, length=2..:2, 8)"], ["(batch=?, ?, 8)"]),
        ("positions", ["(batch=?, length=1..10, 8)"], ["(batch=?, ?, 8)"]),
        ("windows", ["(batch=?, length=100.., 8)"], ["(batch=?, ?, 8)"]),
        ("taken", ["(batch=?, length=1..10, 8)"], ["(batch=?, ?, 8)"]),
        ("steps", ["(2, length=?, 8)"], ["(2, ?, 8)"]),
        ("recurrent", ["(batch=?, length=?, 8)"], ["(batch=?, ?, 2)"]),
        ("images", ["(batch=?, height=?, width=?, 3)"], ["(batch=?, ?, ?, 4)"]),
        ("drawn in vain", ["(batch=?, 4)"], ["(batch=?, 4)"]),
        ("flat", ["(batch=?, 4)"], ["(batch=?,)", "(2, 3)", "(1, 4)"]),
        ("pinned", ["(3, 8, 8, 3)", "(3, 4)"], ["(3, 5)", "(3, 6)"]),
        ("one fixed", ["(batch=?, 3)", "(7, 3)"], ["(7, 3)", "(batch=?, 3)"]),
        ("static", ["(3, 4)"], ["(3, 2)"]),
    ],
)
def test_sizes_that_vary_are_dynamic(case: str, inputs: list[str], outputs: list[str]) -> None:
    found = answer(f"sizes: {case}")
    shapes = [[line.split(" ", 1)[1] for line in side] for side in found]
    assert shapes == [[f"{shape} float32" for shape in side] for side in (inputs, outputs)]


def test_constants_are_outputs_in_the_types_of_jax() -> None:
    _, outputs = answer("sizes: constants")
    assert outputs == [
        "output_0 (batch=?, 4) float32",
        "output_1 () float32",
        "output_2 (2, 3) int32",
    ]


def test_a_structure_that_follows_a_size_is_refused() -> None:
    name, text = answer("sizes: one output per step")
    assert name == "SignatureError"
    assert "output: expected the same structure" in text
    assert "static sizes" in text


def test_types_that_jax_does_not_have_are_narrowed_and_noted() -> None:
    assert answer("narrowed") == [
        ["x (batch=?, 5) int32"],
        ["output (batch=?, 2) int32"],
        ["Taken in the types that the backend has: x is int32, not int64."],
    ]


def test_bfloat16_tensors_are_float32_in_the_file_and_bfloat16_in_the_model() -> None:
    interface, model_types, references = answer("bfloat16")
    assert interface == [
        ["x (batch=?, 4) float32"],
        ["output_0 (batch=?, 4) float32", "output_1 (batch=?, 4) float32"],
        ["LiteRT has no bfloat16 tensors; float32 in the file: x, output[0], output[1]."],
    ]
    assert model_types == ["bfloat16"] * 3
    assert references == ["float32", [[1.0] * 4]]


def test_types_that_jax_is_configured_to_have_are_kept() -> None:
    assert answer("wide") == [["x (batch=?, 5) int64"], ["output (batch=?, 2) int64"], []]


def test_specs_of_jax_are_specs() -> None:
    """A static size is pinned, a symbol is a dynamic dimension."""
    assert answer("specs of jax") == [
        ["x (2, 4) float32"],
        ["x (batch=?, 4) float32"],
        ["x (batch=?, length=?) float32"],
    ]


def test_the_batch_of_an_example_is_dynamic() -> None:
    assert answer("examples") == [["x (batch=?, 4) float32"]] * 2


def test_specs_of_tensorflow_are_specs_where_the_user_has_it() -> None:
    given, example, error, text = answer("specs of tensorflow")
    assert given == "mine (batch=?, 4) float32"
    assert example == "x (batch=?, 4) float32"
    assert error == "SignatureError"
    assert "x: expected a dense tensor, received a ragged tensor" in text


def test_a_model_is_built_from_shapes_and_never_for_a_size_that_was_made_up() -> None:
    error, weights, interface, later, kernel, initialized = answer("built from shapes")
    assert (error, weights) == ("ModelTraceError", 0)
    assert interface == [["x (batch=?, 4) float32"], ["output (batch=?, 2) float32"]]
    assert (later, kernel, initialized) == (6, [4, 2], True)


def test_the_model_and_random_numbers_stay_as_they_were() -> None:
    assert answer("untouched") == [True, True]
    assert answer("losses") == 0
