"""Subclassed models: one element per argument of ``call``, by its real name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir import Absent, ModelKind, plan_for
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import ModelNotBuiltError, SignatureError
from litert_ir.testing.models import subclassed_model

keras: Any = load_keras()
tf: Any = load_tensorflow()

Lines = Callable[..., list[str]]
NOT_BUILT = "Model must be built before export. Call model(inputs) or provide input_signature."


def spec(*shape: int | None, dtype: str | None = "float32") -> Any:
    return keras.InputSpec(shape=shape, dtype=dtype)


def zeros(*shape: int) -> Any:
    return np.zeros(shape, "float32")


QUERY, CONTEXT = spec(None, 4), spec(None, 5)


class OfDict(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Takes one dict, that of the test ``zulu`` and ``alpha``."""

    def __init__(self) -> None:
        super().__init__(name="of_dict")
        self.dense = keras.layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs["zulu"]) + self.dense(inputs["alpha"])


class OfNested(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def __init__(self) -> None:
        super().__init__(name="of_nested")
        self.dense = keras.layers.Dense(2)

    def call(self, inputs: Any, scale: Any = 1.0) -> Any:
        left, right = inputs["pair"]
        return (self.dense(left) + self.dense(right)) * inputs["gate"] * scale


class OfPair(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def call(self, pair: Any) -> Any:
        return pair[0] - pair[1]


class OfKeywords(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def call(self, *, left: Any, right: Any) -> Any:
        return left - right


class OfAnything(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def call(self, x: Any, **rest: Any) -> Any:
        return x * rest["gain"] if "gain" in rest else x


@pytest.mark.parametrize(
    "wanted",
    [QUERY, [QUERY], (QUERY,), {"query": QUERY}, zeros(2, 4), [tf.zeros((2, 4))]],
    ids=["spec", "list", "tuple", "dict", "array", "tensor"],
)
def test_one_argument(wanted: Any, lines: Lines) -> None:
    plan = plan_for(subclassed_model(1), input_signature=wanted)
    assert plan.kind is ModelKind.SUBCLASSED
    assert lines(plan.signature.leaves) == ["query = query (batch=?, 4) float32"]
    assert lines(plan.output_leaves) == ["output = output (batch=?, 3) float32"]
    assert plan.adapter is None
    assert plan.notes == ()


@pytest.mark.parametrize(
    "wanted",
    [
        [QUERY, CONTEXT],
        (QUERY, CONTEXT),
        {"query": QUERY, "context": CONTEXT},
        {"context": CONTEXT, "query": QUERY},
        [zeros(2, 4), zeros(2, 5)],
    ],
    ids=["list", "tuple", "dict", "dict in another order", "arrays"],
)
def test_two_arguments_in_the_order_of_call(wanted: Any, lines: Lines) -> None:
    plan = plan_for(subclassed_model(2), input_signature=wanted)
    assert [argument.name for argument in plan.signature.arguments] == ["query", "context"]
    assert lines(plan.signature.leaves) == [
        "query = query (batch=?, 4) float32",
        "context = context (batch=?, 5) float32",
    ]
    assert lines(plan.output_leaves) == ["output['joined'] = joined (batch=?, 3) float32"]
    assert plan.adapter is not None


@pytest.mark.parametrize("scale", [spec(), 2.0], ids=["spec", "number"])
def test_three_arguments_of_which_one_is_keyword_only(scale: Any, lines: Lines) -> None:
    wanted = {"scale": scale, "query": QUERY, "context": CONTEXT}
    plan = plan_for(subclassed_model(3), input_signature=wanted)
    assert [argument.keyword_only for argument in plan.signature.arguments] == [False, False, True]
    assert lines(plan.signature.leaves) == [
        "query = query (batch=?, 4) float32",
        "context = context (batch=?, 5) float32",
        "scale = scale () float32",
    ]


def test_an_argument_with_a_default_may_be_left_out() -> None:
    plan = plan_for(subclassed_model(3), input_signature=[QUERY, CONTEXT])
    assert [argument.name for argument in plan.signature.arguments] == ["query", "context"]


def test_an_argument_may_be_none() -> None:
    wanted = {"query": QUERY, "context": CONTEXT, "scale": None}
    plan = plan_for(subclassed_model(3), input_signature=wanted)
    assert plan.signature.arguments[2].value == Absent()
    assert [tensor.name for tensor in plan.inputs] == ["query", "context"]


def test_all_arguments_may_be_keyword_only(lines: Lines) -> None:
    plan = plan_for(OfKeywords(), input_signature={"right": QUERY, "left": QUERY})
    assert all(argument.keyword_only for argument in plan.signature.arguments)
    assert lines(plan.signature.leaves) == [
        "left = left (batch=?, 4) float32",
        "right = right (batch=?, 4) float32",
    ]


def test_any_keyword_is_passed_on_to_a_call_that_takes_any(lines: Lines) -> None:
    plan = plan_for(OfAnything(), input_signature={"gain": spec(None, 1), "x": QUERY})
    assert [argument.keyword_only for argument in plan.signature.arguments] == [False, True]
    assert lines(plan.signature.leaves) == [
        "x = x (batch=?, 4) float32",
        "gain = gain (batch=?, 1) float32",
    ]


@pytest.mark.parametrize("dims", [(2, 4), (None, None)])
def test_dimensions_are_the_wanted_ones(dims: tuple[int | None, ...]) -> None:
    plan = plan_for(OfPair(), input_signature=[[spec(*dims), spec(*dims)]])
    assert {tensor.sizes for tensor in plan.inputs} == {dims}


def test_batch_size_pins_all_arguments() -> None:
    plan = plan_for(subclassed_model(2), input_signature=[QUERY, CONTEXT], batch_size=3)
    assert [tensor.sizes for tensor in plan.inputs] == [(3, 4), (3, 5)]
    assert [leaf.spec.sizes for leaf in plan.output_leaves] == [(3, 3)]


def test_names_that_specs_bring_along_are_kept(lines: Lines) -> None:
    named = [tf.TensorSpec((None, 4), name="same"), tf.TensorSpec((None, 5), name="same")]
    plan = plan_for(subclassed_model(2), input_signature=named)
    assert lines(plan.signature.leaves) == [
        "query = same (batch=?, 4) float32",
        "context = same_1 (batch=?, 5) float32",
    ]


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"inputs": x}])
@pytest.mark.parametrize("leaf", [QUERY, zeros(2, 4)], ids=["spec", "array"])
def test_one_dict_is_one_argument(leaf: Any, wrap: Callable[[Any], Any], lines: Lines) -> None:
    plan = plan_for(OfDict(), input_signature=wrap({"zulu": leaf, "alpha": leaf}))
    assert len(plan.signature.arguments) == 1
    assert lines(plan.signature.leaves) == [
        "inputs['zulu'] = zulu (batch=?, 4) float32",
        "inputs['alpha'] = alpha (batch=?, 4) float32",
    ]


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x]])
def test_a_dict_with_a_list_is_one_argument(wrap: Callable[[Any], Any], lines: Lines) -> None:
    nested = {"pair": [QUERY, QUERY], "gate": spec(None, 2)}
    plan = plan_for(OfNested(), input_signature=wrap(nested))
    assert lines(plan.signature.leaves) == [
        "inputs['pair'][0] = pair_0 (batch=?, 4) float32",
        "inputs['pair'][1] = pair_1 (batch=?, 4) float32",
        "inputs['gate'] = gate (batch=?, 2) float32",
    ]


def test_nested_and_plain_arguments_are_named_for_the_argument_too(lines: Lines) -> None:
    nested = {"pair": [QUERY, QUERY], "gate": spec(None, 2)}
    plan = plan_for(OfNested(), input_signature=[nested, spec()])
    assert lines(plan.signature.leaves) == [
        "inputs['pair'][0] = inputs_pair_0 (batch=?, 4) float32",
        "inputs['pair'][1] = inputs_pair_1 (batch=?, 4) float32",
        "inputs['gate'] = inputs_gate (batch=?, 2) float32",
        "scale = scale () float32",
    ]


def test_a_list_that_is_one_argument_is_wrapped_once_more(lines: Lines) -> None:
    plan = plan_for(OfPair(), input_signature=[[QUERY, QUERY]])
    assert lines(plan.signature.leaves) == [
        "pair[0] = pair_0 (batch=?, 4) float32",
        "pair[1] = pair_1 (batch=?, 4) float32",
    ]


@pytest.mark.parametrize("arguments", [1, 2, 3])
def test_an_unbuilt_model_is_refused_with_the_known_words(arguments: int) -> None:
    with pytest.raises(ModelNotBuiltError) as caught:
        plan_for(subclassed_model(arguments))
    error = caught.value
    assert error.summary == NOT_BUILT
    assert f"model 'subclassed_{arguments}'" in error.where
    assert error.received == "a model that was never called"
    call = ("query", "query, context", "query, context, *, scale")[arguments - 1]
    assert error.advice.endswith(f"one for each argument of call({call})")


@pytest.mark.parametrize(
    ("arguments", "wanted", "missing"),
    [
        (1, [], ["query"]),
        (2, [], ["query", "context"]),
        (2, [QUERY], ["context"]),
        (2, QUERY, ["context"]),
        (2, {"context": CONTEXT}, ["query"]),
        (3, {"scale": spec()}, ["query", "context"]),
    ],
)
def test_missing_arguments_are_refused_by_name(
    arguments: int, wanted: Any, missing: list[str]
) -> None:
    model = subclassed_model(arguments)
    with pytest.raises(SignatureError, match="lacks arguments that call needs") as caught:
        plan_for(model, input_signature=wanted)
    assert [problem.path for problem in caught.value.problems] == missing
    assert {problem.received for problem in caught.value.problems} == {"nothing"}
    assert not model.built


@pytest.mark.parametrize("extra", ["contxt", "training"])
def test_unknown_arguments_are_refused_by_name(extra: str) -> None:
    wanted = {"query": QUERY, "context": CONTEXT, extra: CONTEXT}
    with pytest.raises(SignatureError, match="arguments that call does not have") as caught:
        plan_for(subclassed_model(2), input_signature=wanted)
    (problem,) = caught.value.problems
    assert problem.path == extra
    assert problem.expected == "an argument of call(query, context)"


@pytest.mark.parametrize(
    ("model", "call"),
    [
        (lambda: subclassed_model(1), "query"),
        (lambda: subclassed_model(3), "query, context, *, scale"),
        (OfKeywords, "*, left, right"),
        (OfAnything, "x, *, **kwargs"),
    ],
)
def test_too_many_arguments_are_refused(model: Callable[[], Any], call: str) -> None:
    with pytest.raises(SignatureError, match="more elements than call has positional") as caught:
        plan_for(model(), input_signature=[QUERY] * 4)
    (problem,) = caught.value.problems
    assert problem.path == "input_signature"
    assert problem.expected.endswith(f"for call({call})")
    assert problem.received == "4"
    assert "wrapped once more: [[a, b]]" in caught.value.advice


def test_all_faults_of_the_parts_are_reported_together() -> None:
    wanted = [tf.RaggedTensorSpec((None, None)), tf.TensorSpec(None)]
    with pytest.raises(SignatureError, match="input_signature is not valid") as caught:
        plan_for(subclassed_model(2), input_signature=wanted)
    assert [(problem.path, problem.received[:10]) for problem in caught.value.problems] == [
        ("query", "a ragged t"),
        ("context", "TensorSpec"),
    ]


def test_unusable_dtypes_are_reported_with_the_rest() -> None:
    wanted = [spec(None, 4, dtype="string"), tf.TensorSpec(None)]
    with pytest.raises(SignatureError) as caught:
        plan_for(subclassed_model(2), input_signature=wanted)
    assert [problem.path for problem in caught.value.problems] == ["query", "context"]


def test_a_spec_without_dtype_is_of_the_models_input_dtype() -> None:
    """The shortest useful form: ``input_signature=[InputSpec(shape=(None, 10))]``."""
    plan = plan_for(subclassed_model(1), input_signature=[spec(None, 10, dtype=None)])
    assert [str(tensor) for tensor in plan.inputs] == ["(batch=?, 10) float32"]
