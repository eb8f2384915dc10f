"""What models return: found by tracing, named as Keras or the dict's keys name it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir import Absent, ExportPlan, ListNode, MappingNode, TupleNode, plan_for
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import LiteRTIRError, ModelTraceError, PlanError, SignatureError
from litert_ir.testing import models

keras: Any = load_keras()
tf: Any = load_tensorflow()

Lines = Callable[..., list[str]]


class Returning(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Returns whatever a function makes of its input."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__(name="returning")
        self.function = function

    def call(self, x: Any) -> Any:
        return self.function(x)


def plan_of(function: Callable[[Any], Any], *shape: int | None) -> ExportPlan:
    spec = keras.InputSpec(shape=shape or (None, 4), dtype="float32")
    return plan_for(Returning(function), input_signature=[spec])


@pytest.fixture(scope="module")
def x() -> Any:
    return keras.Input((4,), name="x")


def test_a_dict_names_its_tensors_in_its_order(lines: Lines) -> None:
    plan = plan_of(lambda x: {"b": x > 0.0, "a": keras.ops.argmax(x, -1)})
    assert isinstance(plan.outputs, MappingNode)
    assert lines(plan.output_leaves) == [
        "output['b'] = b (batch=?, 4) bool",
        "output['a'] = a (batch=?,) int32",
    ]


def test_any_mapping_is_a_mapping() -> None:
    plan = plan_of(lambda x: OrderedDict([("b", x + 1.0), ("a", x + 2.0)]))
    assert plan.outputs == plan_of(lambda x: {"b": x + 1.0, "a": x + 2.0}).outputs


def test_nested_outputs_are_named_for_their_places(lines: Lines) -> None:
    plan = plan_of(lambda x: {"z": [1.0 * x, (2.0 * x, {"q": 3.0 * x})], "a": keras.ops.sum(x)})
    assert lines(plan.output_leaves) == [
        "output['z'][0] = z_0 (batch=?, 4) float32",
        "output['z'][1][0] = z_1_0 (batch=?, 4) float32",
        "output['z'][1][1]['q'] = z_1_1_q (batch=?, 4) float32",
        "output['a'] = a () float32",
    ]


def test_none_is_an_absent_leaf(lines: Lines) -> None:
    plan = plan_of(lambda x: (None, 2.0 * x, {"state": None}))
    assert plan.outputs == TupleNode(
        (Absent(), plan.output_leaves[0].spec, MappingNode((("state", Absent()),)))
    )
    assert lines(plan.output_leaves) == ["output[1] = output_1 (batch=?, 4) float32"]


def test_shapes_are_as_far_known_as_tensorflow_knows_them() -> None:
    plan = plan_of(lambda x: [keras.ops.reshape(x, (-1,)), keras.ops.ones((2, 3)), x[:, None]])
    assert [leaf.spec.sizes for leaf in plan.output_leaves] == [(None,), (2, 3), (None, 1, 4)]


def test_numbers_and_arrays_are_constant_outputs() -> None:
    plan = plan_of(lambda x: [x, 2.5, np.ones((2, 3), "int64")])
    assert [str(leaf.spec) for leaf in plan.output_leaves] == [
        "(batch=?, 4) float32",
        "() float32",
        "(2, 3) int64",
    ]


def test_a_tensor_may_be_returned_twice_and_an_input_as_it_is(lines: Lines) -> None:
    plan = plan_of(lambda x: [y := 2.0 * x, x, y])
    assert lines(plan.output_leaves) == [
        "output[0] = output_0 (batch=?, 4) float32",
        "output[1] = output_1 (batch=?, 4) float32",
        "output[2] = output_2 (batch=?, 4) float32",
    ]


def test_outputs_in_a_list_have_the_names_of_their_layers(list_model: Any, lines: Lines) -> None:
    plan = plan_for(list_model)
    assert isinstance(plan.outputs, ListNode)
    assert lines(plan.output_leaves) == [
        "output[0] = yankee (batch=?, 4) float32",
        "output[1] = bravo (batch=?, 2) float32",
    ]


def test_outputs_in_a_dict_have_the_names_of_their_keys(dict_model: Any, lines: Lines) -> None:
    assert lines(plan_for(dict_model).output_leaves) == [
        "output['scores'] = scores (batch=?, 5) float32",
        "output['embedding'] = embedding (batch=?, 6) float32",
    ]


def test_nested_outputs_of_a_functional_model(nested_model: Any, lines: Lines) -> None:
    assert lines(plan_for(nested_model).output_leaves) == [
        "output['all'][0] = product (batch=?, 3) float32",
        "output['all'][1] = head (batch=?, 2) float32",
        "output['sum'] = sum (batch=?, 3) float32",
    ]


def test_outputs_of_one_layer_are_numbered(lines: Lines) -> None:
    assert lines(plan_for(models.shared_layer_model()).output_leaves) == [
        "output[0] = shared (batch=?, 3) float32",
        "output[1] = shared_1 (batch=?, 3) float32",
    ]


def test_a_functional_model_may_return_a_tensor_twice(x: Any, lines: Lines) -> None:
    y = keras.layers.Dense(2, name="y")(x)
    assert lines(plan_for(keras.Model(x, (y, y))).output_leaves) == [
        "output[0] = y (batch=?, 2) float32",
        "output[1] = y_1 (batch=?, 2) float32",
    ]


def test_a_functional_model_may_return_its_input(x: Any, lines: Lines) -> None:
    assert lines(plan_for(keras.Model(x, x)).output_leaves) == ["output = x (batch=?, 4) float32"]
    y = keras.layers.Dense(2, name="y")(x)
    plan = plan_for(keras.Model(x, {"same": x, "other": y}))
    assert lines(plan.output_leaves) == [
        "output['same'] = same (batch=?, 4) float32",
        "output['other'] = other (batch=?, 2) float32",
    ]


@pytest.mark.parametrize("batch_size", [None, 1])
@pytest.mark.parametrize("wrap", [lambda y: [y], lambda y: (y,)], ids=["list", "tuple"])
def test_a_functional_model_may_return_a_list_of_one(
    x: Any, wrap: Callable[[Any], Any], batch_size: int | None
) -> None:
    y = keras.layers.Dense(2, name="y")(x)
    (leaf,) = plan_for(keras.Model(x, wrap(y)), batch_size=batch_size).output_leaves
    assert (leaf.spec.name, leaf.spec.sizes) == ("y", (batch_size, 2))


def test_a_list_of_one_deeper_down_stays_a_list(x: Any, lines: Lines) -> None:
    y = keras.layers.Dense(2, name="y")(x)
    assert lines(plan_for(keras.Model(x, {"a": [y]})).output_leaves) == [
        "output['a'][0] = y (batch=?, 2) float32"
    ]


@pytest.mark.parametrize(
    ("function", "path", "received"),
    [
        (lambda _: "text", "output", "'text'"),
        (lambda x: {"a": [x, {1}]}, "output['a'][1]", "{1}"),
        (lambda x: [x, object()], "output[1]", "<object object"),
        (lambda x: {1: x}, "output", "the keys [1]"),
        (tf.sparse.from_dense, "output", "a sparse tensor"),
        (tf.RaggedTensor.from_tensor, "output", "a ragged tensor"),
        (lambda x: tf.py_function(lambda v: v, [x], tf.float32), "output", "<tf.Tensor"),
    ],
    ids=["text", "set", "object", "int keys", "sparse", "ragged", "unknown rank"],
)
def test_what_is_no_tensor_is_refused(
    function: Callable[[Any], Any], path: str, received: str
) -> None:
    with pytest.raises(SignatureError, match="outputs cannot be those of a LiteRT file") as caught:
        plan_of(function)
    assert {problem.path for problem in caught.value.problems} == {path}
    assert caught.value.problems[0].received.startswith(received)


@pytest.mark.parametrize(
    ("function", "received"),
    [
        (lambda _: None, "expected at least one tensor, received none"),
        (lambda x: {"a": x, "b": []}, "output['b']: expected at least one element, received []"),
        (tf.strings.as_string, "received string"),
        (lambda x: [x, keras.ops.cast(x, "complex128")], "output[1]: expected a dtype among bool"),
        (lambda x: x[:, :0], "expected dimensions of size 1 or more, received (batch=?, 0)"),
    ],
    ids=["none", "empty", "string", "complex128", "no elements"],
)
def test_tensors_that_no_file_can_give_are_refused(
    function: Callable[[Any], Any], received: str
) -> None:
    with pytest.raises(PlanError, match="cannot be the outputs of a LiteRT file") as caught:
        plan_of(function)
    assert received in caught.value.received
    assert "numeric tensors" in caught.value.advice


def raising(error: BaseException) -> Callable[[Any], Any]:
    def function(_: Any) -> Any:
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "received"),
    [
        (lambda x: keras.ops.reshape(x, (-1, 3)), "InvalidArgument|must be|reshape"),
        (lambda x: x @ keras.ops.ones((7, 2)), "Dimensions must be equal, but are 4 and 7"),
        (lambda x: x.nothing, "AttributeError: .* has no attribute 'nothing'"),
        (lambda x: x if keras.ops.sum(x) > 0 else -x, "as a Python `bool` is not allowed"),
        (lambda x: x.numpy(), "has no attribute 'numpy'"),
        (raising(ZeroDivisionError("own words")), "ZeroDivisionError: .*own words"),
        (raising(NotImplementedError("own words")), "NotImplementedError: .*own words"),
        (raising(KeyError("own words")), "KeyError"),
        pytest.param(raising(AssertionError("own words")), "AssertionError: .*own words"),
    ],
    ids=["reshape", "matmul", "attribute", "if", "numpy", "division", "abstract", "key", "assert"],
)
def test_a_call_that_raises_is_refused(function: Callable[[Any], Any], received: str) -> None:
    with pytest.raises(ModelTraceError, match=received) as caught:
        plan_of(function, 1, 4)
    error = caught.value
    assert isinstance(error, LiteRTIRError)
    assert error.where == "model 'returning'"
    assert error.expected.endswith("x (1, 4) float32")
    assert "input_signature" in error.advice
    assert error.__cause__ is not None


def test_a_built_model_that_does_not_take_the_shape_is_refused() -> None:
    model = models.subclassed_model(1)
    model(np.zeros((2, 4), "float32"))
    spec = keras.InputSpec(shape=(None, 5), dtype="float32")
    with pytest.raises(ModelTraceError, match="cannot be called on inputs of this") as caught:
        plan_for(model, input_signature=[spec])
    assert caught.value.where == "model 'subclassed_1'"
    assert caught.value.expected == "a call that accepts query (batch=?, 5) float32"
    assert "expected axis -1 of input shape to have value 4" in caught.value.received
    assert caught.value.advice.startswith("pass an input_signature")
