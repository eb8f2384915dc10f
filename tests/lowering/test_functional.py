"""Functional models: one argument that holds the whole structure, in the order of writing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import pytest

from litert_ir import ListNode, MappingNode, ModelKind, TensorSpec, TupleNode, plan_for
from litert_ir.backends import load_keras
from litert_ir.errors import SignatureError
from litert_ir.testing import models

keras: Any = load_keras()

# Keras wants the keys of flat dicts to be the layers' names, and says so.
any_keys = pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict:UserWarning")


def inputs(*names: str, size: int = 3) -> list[Any]:
    return [keras.Input((size,), name=name) for name in names]


def with_input(**options: Any) -> Any:
    """A model of inputs ``x`` and ``{"odd": ...}``, of which the second is unusual."""
    (x,) = inputs("x")
    odd = keras.Input((4,), name="odd", **options)
    return keras.Model({"x": x, "deep": {"odd": odd}}, keras.layers.Dense(2)(x))


@pytest.mark.parametrize(
    ("fixture", "node"),
    [
        ("single_model", TensorSpec),
        ("list_model", ListNode),
        ("dict_model", MappingNode),
        ("nested_model", MappingNode),
    ],
)
def test_the_whole_structure_is_one_argument(
    fixture: str, node: type, request: pytest.FixtureRequest
) -> None:
    plan = plan_for(request.getfixturevalue(fixture))
    (argument,) = plan.signature.arguments
    assert argument.name == "inputs"
    assert not argument.keyword_only
    assert isinstance(argument.value, node)


def test_a_tuple_stays_a_tuple(lines: Callable[..., list[str]]) -> None:
    first, second = inputs("first", "second")
    plan = plan_for(keras.Model((first, second), first + second))
    assert isinstance(plan.signature.arguments[0].value, TupleNode)
    assert lines(plan.signature.leaves) == [
        "inputs[0] = first (batch=?, 3) float32",
        "inputs[1] = second (batch=?, 3) float32",
    ]


def test_a_list_of_one_stays_a_list(lines: Callable[..., list[str]]) -> None:
    (x,) = inputs("x")
    plan = plan_for(keras.Model([x], 2.0 * x))
    assert isinstance(plan.signature.arguments[0].value, ListNode)
    assert lines(plan.signature.leaves) == ["inputs[0] = x (batch=?, 3) float32"]


def test_tensors_are_named_for_their_keys_or_their_layers(
    nested_model: Any, lines: Callable[..., list[str]]
) -> None:
    assert lines(plan_for(nested_model).signature.leaves) == [
        "inputs['pair'][0] = left (batch=?, 3) float32",
        "inputs['pair'][1] = right (batch=?, 3) float32",
        "inputs['side']['mask'] = side_mask (batch=?, 3) int32",
    ]


@any_keys
def test_names_that_coincide_are_numbered(lines: Callable[..., list[str]]) -> None:
    first, second, third = inputs("first", "second", "a_b")
    model = keras.Model({"a": {"b": first}, "a_b": second, "more": [third]}, first + second + third)
    assert lines(plan_for(model).signature.leaves) == [
        "inputs['a']['b'] = a_b (batch=?, 3) float32",
        "inputs['a_b'] = a_b_1 (batch=?, 3) float32",
        "inputs['more'][0] = a_b_2 (batch=?, 3) float32",
    ]


def test_the_order_is_that_of_writing() -> None:
    zulu, mike, alpha = inputs("zulu", "mike", "alpha")
    model = keras.Model(
        {"zulu": zulu, "mike": mike, "alpha": alpha},
        {"z": 1.0 * zulu, "m": 2.0 * mike, "a": 3.0 * alpha},
    )
    plan = plan_for(model)
    assert [spec.name for spec in plan.inputs] == ["zulu", "mike", "alpha"]
    assert [leaf.spec.name for leaf in plan.output_leaves] == ["z", "m", "a"]
    assert plan.adapter is not None
    assert [binding.name for binding in plan.adapter.inputs] == ["zulu", "mike", "alpha"]
    assert [binding.name for binding in plan.adapter.outputs] == ["z", "m", "a"]


def test_dimensions_are_the_declared_ones() -> None:
    image = keras.Input((None, None, 3), name="image")
    plan = plan_for(keras.Model(image, keras.layers.GlobalAveragePooling2D()(image)))
    assert [str(spec) for spec in plan.inputs] == ["(batch=?, height=?, width=?, 3) float32"]
    assert [str(leaf.spec) for leaf in plan.output_leaves] == ["(batch=?, 3) float32"]


def test_a_scalar_has_no_dimensions() -> None:
    (x,) = inputs("x")
    scale = keras.Input(batch_shape=(), name="scale")
    model = keras.Model([x, scale], x * scale)
    assert [str(spec) for spec in plan_for(model).inputs] == ["(batch=?, 3) float32", "() float32"]
    pinned = plan_for(model, batch_size=2)
    assert [str(spec) for spec in pinned.inputs] == ["(2, 3) float32", "() float32"]


def test_one_bare_tensor_needs_no_adapter(single_model: Any, list_model: Any) -> None:
    assert plan_for(single_model).adapter is None
    assert plan_for(list_model).adapter is not None


def test_batch_size_pins_all_inputs_and_what_follows_from_them(dict_model: Any) -> None:
    plan = plan_for(dict_model, batch_size=1)
    assert [str(spec) for spec in plan.inputs] == ["(1, 8, 8, 3) float32", "(1, 4) float32"]
    assert [leaf.spec.sizes for leaf in plan.output_leaves] == [(1, 5), (1, 6)]


def static_batch_model() -> Any:
    x = keras.Input(batch_shape=(4, 3), name="x")
    return keras.Model(x, keras.layers.Dense(2)(x))


@pytest.mark.parametrize("batch_size", [None, 4])
def test_a_declared_batch_is_kept(batch_size: int | None) -> None:
    plan = plan_for(static_batch_model(), batch_size=batch_size)
    assert [spec.sizes for spec in plan.inputs] == [(4, 3)]
    assert [leaf.spec.sizes for leaf in plan.output_leaves] == [(4, 2)]


def test_another_batch_than_the_declared_one_is_refused() -> None:
    with pytest.raises(
        SignatureError, match="batch_size=1 contradicts the model's inputs"
    ) as error:
        plan_for(static_batch_model(), batch_size=1)
    (problem,) = error.value.problems
    assert (problem.path, problem.expected) == ("inputs", "a batch of 1")
    assert problem.received == "(4, 3) float32"
    assert "leave batch_size out" in error.value.advice


@pytest.mark.parametrize("batch_size", [0, -1, True, 1.5, "1"])
def test_a_batch_size_is_a_positive_int(single_model: Any, batch_size: Any) -> None:
    with pytest.raises(SignatureError, match=f"a positive number .* received {batch_size!r}"):
        plan_for(single_model, batch_size=batch_size)


class AddIfThere(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Adds its second input where there is one."""

    def call(self, x: Any, bonus: Any = None) -> Any:
        return x if bonus is None else x + bonus

    def compute_output_spec(self, x: Any, bonus: Any = None) -> Any:
        del bonus
        return keras.KerasTensor(x.shape, x.dtype)


@pytest.fixture(scope="module")
def optional_input_model() -> Any:
    (x,) = inputs("x")
    bonus = keras.Input((3,), name="bonus", optional=True)
    return keras.Model({"x": x, "bonus": bonus}, AddIfThere(name="sum")(x, bonus))


def test_an_optional_input_is_an_ordinary_one(
    optional_input_model: Any, lines: Callable[..., list[str]]
) -> None:
    assert lines(plan_for(optional_input_model).signature.leaves) == [
        "inputs['x'] = x (batch=?, 3) float32",
        "inputs['bonus'] = bonus (batch=?, 3) float32",
    ]


@pytest.mark.parametrize("form", ["nested", "wrapped", "flat"])
def test_an_optional_input_is_left_out_where_none_is_wanted(
    optional_input_model: Any, form: str, lines: Callable[..., list[str]]
) -> None:
    x = keras.InputSpec(shape=(None, 3), dtype="float32")
    nested = {"x": x, "bonus": None}
    wanted = {"nested": nested, "wrapped": [nested], "flat": [x, None]}[form]
    plan = plan_for(optional_input_model, input_signature=wanted)
    assert lines(plan.signature.leaves) == ["inputs['x'] = x (batch=?, 3) float32"]
    assert plan.adapter is not None
    assert [str(binding) for binding in plan.adapter.inputs] == ["x = inputs['x']"]


@pytest.mark.parametrize("dtype", ["string", "complex128", "float8_e4m3fn"])
def test_types_that_no_file_can_take_are_refused(dtype: str) -> None:
    with pytest.raises(SignatureError, match="input") as caught:
        plan_for(with_input(dtype=dtype))
    (problem,) = caught.value.problems
    assert problem.path == "inputs['deep']['odd']"
    assert problem.expected.startswith("a dtype among bool, int8")
    assert dtype in problem.received


@pytest.mark.parametrize("layout", ["sparse", "ragged"])
def test_layouts_that_no_file_can_take_are_refused(layout: str) -> None:
    with pytest.raises(SignatureError, match="cannot be those of a LiteRT file") as caught:
        plan_for(with_input(**{layout: True}))
    (problem,) = caught.value.problems
    assert str(problem) == (
        f"inputs['deep']['odd']: expected a dense tensor, received a {layout} tensor"
    )


def test_all_odd_inputs_are_reported_together() -> None:
    sparse = keras.Input((3,), name="sparse", sparse=True)
    ragged = keras.Input((3,), name="ragged", ragged=True)
    (x,) = inputs("x")
    with pytest.raises(SignatureError) as caught:
        plan_for(keras.Model([sparse, x, {"in": ragged}], 2.0 * x))
    assert [problem.path for problem in caught.value.problems] == ["inputs[0]", "inputs[2]['in']"]


# The saved model's own weights are read back through numpy's older protocol by TensorFlow.
@pytest.mark.parametrize(
    "build", [*models.FUNCTIONAL_MODELS.values(), models.sequential_model], ids=lambda f: f.__name__
)
def test_a_saved_and_loaded_model_has_the_same_plan(
    build: Callable[[], Any], tmp_path: File
) -> None:
    model = build()
    model.save(tmp_path / "model.keras")
    assert plan_for(keras.saving.load_model(tmp_path / "model.keras")) == plan_for(model)


def test_the_same_model_has_the_same_plan_each_time(nested_model: Any) -> None:
    first, second = plan_for(nested_model), plan_for(nested_model)
    assert first == second
    assert hash(first) == hash(second)
    assert first.fingerprint == second.fingerprint
    assert first.kind is ModelKind.FUNCTIONAL
