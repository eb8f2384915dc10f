"""What a user may pass as ``input_signature`` for a functional model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir import DType, DynamicDim, plan_for
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import ModelTraceError, SignatureError

keras: Any = load_keras()
tf: Any = load_tensorflow()

Lines = Callable[..., list[str]]


def spec(*shape: int | None, dtype: str | None = "float32") -> Any:
    return keras.InputSpec(shape=shape, dtype=dtype)


SPECS: Mapping[str, Callable[..., Any]] = {
    "tf.TensorSpec": lambda *shape, dtype="float32": tf.TensorSpec(shape, dtype),
    "keras.InputSpec": spec,
    "keras.KerasTensor": lambda *shape, dtype="float32": keras.KerasTensor(shape, dtype),
    "keras.Input": lambda *shape, dtype="float32": keras.Input(batch_shape=shape, dtype=dtype),
    "litert_ir.TensorSpec": lambda *shape, dtype="float32": lir.TensorSpec(
        name="anything",
        shape=tuple(DynamicDim("batch") if size is None else size for size in shape),
        dtype=DType(dtype),
    ),
}
NESTED_FORMS: Mapping[str, Callable[..., Any]] = {
    "nested": lambda left, right, mask: {"pair": [left, right], "side": {"mask": mask}},
    "a tuple for a list": lambda left, right, mask: {"pair": (left, right), "side": {"mask": mask}},
    "wrapped": lambda left, right, mask: [{"pair": [left, right], "side": {"mask": mask}}],
    "wrapped in a tuple": lambda left, right, mask: (
        {"pair": [left, right], "side": {"mask": mask}},
    ),
    "flat list": lambda left, right, mask: [left, right, mask],
    "dict by name": lambda left, right, mask: {"side_mask": mask, "left": left, "right": right},
}


@pytest.mark.parametrize("make", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("form", NESTED_FORMS.values(), ids=NESTED_FORMS)
def test_specs_of_all_kinds_in_all_forms(
    nested_model: Any, make: Callable[..., Any], form: Callable[..., Any], lines: Lines
) -> None:
    wanted = form(make(None, 3), make(2, 3), make(None, 3, dtype="int32"))
    plan = plan_for(nested_model, input_signature=wanted)
    assert len(plan.signature.arguments) == 1
    assert lines(plan.signature.leaves) == [
        "inputs['pair'][0] = left (batch=?, 3) float32",
        "inputs['pair'][1] = right (2, 3) float32",
        "inputs['side']['mask'] = side_mask (batch=?, 3) int32",
    ]


@pytest.mark.parametrize("form", NESTED_FORMS.values(), ids=NESTED_FORMS)
def test_examples_leave_the_batch_dynamic(nested_model: Any, form: Callable[..., Any]) -> None:
    left, right = np.zeros((2, 3), "float32"), keras.ops.zeros((2, 3))
    plan = plan_for(
        nested_model, input_signature=form(left, right, tf.zeros((2, 3), dtype=tf.int32))
    )
    assert plan.inputs == plan_for(nested_model).inputs


@pytest.mark.parametrize(
    "wrap", [lambda x: x, lambda x: [x], lambda x: (x,)], ids=["itself", "list", "tuple"]
)
def test_a_single_input_may_be_wrapped_or_not(
    single_model: Any, wrap: Callable[[Any], Any], lines: Lines
) -> None:
    plan = plan_for(single_model, input_signature=wrap(spec(1, 4)))
    assert lines(plan.signature.leaves) == ["inputs = features (1, 4) float32"]
    assert lines(plan.output_leaves) == ["output = scores (1, 3) float32"]


def test_a_single_input_by_name(single_model: Any) -> None:
    assert plan_for(single_model, input_signature={"features": spec(None, 4)}) == plan_for(
        single_model
    )


def test_the_model_and_not_the_spec_names_the_tensor(single_model: Any) -> None:
    plan = plan_for(single_model, input_signature=tf.TensorSpec((None, 4), tf.float32, "other"))
    assert [tensor.name for tensor in plan.inputs] == ["features"]


def test_a_spec_without_dtype_has_the_declared_one(nested_model: Any) -> None:
    specs = [spec(None, 3, dtype=None)] * 3
    assert plan_for(nested_model, input_signature=specs) == plan_for(nested_model)


def test_a_list_of_one_input_is_taken_wrapped_or_not() -> None:
    x = keras.Input((3,), name="x")
    model = keras.Model([x], 2.0 * x)
    plan = plan_for(model, input_signature=[spec(2, 3)])
    assert plan == plan_for(model, input_signature=[[spec(2, 3)]])
    assert [tensor.sizes for tensor in plan.inputs] == [(2, 3)]


def test_a_scalar_may_be_given_as_a_number() -> None:
    x, scale = keras.Input((3,), name="x"), keras.Input(batch_shape=(), name="scale")
    model = keras.Model([x, scale], x * scale)
    plan = plan_for(model, input_signature=[np.zeros((2, 3), "float32"), 2.0])
    assert plan == plan_for(model)


def test_pinned_and_declared_sizes_go_together() -> None:
    image = keras.Input((None, None, 3), name="image")
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(image))
    plan = plan_for(model, input_signature=spec(None, 7, None, 3), batch_size=1)
    assert [str(tensor) for tensor in plan.inputs] == ["(1, 7, width=?, 3) float32"]


def test_batch_size_does_not_change_what_the_signature_pins(dict_model: Any) -> None:
    wanted = {"image": spec(2, 8, 8, 3), "extra": spec(2, 4)}
    with pytest.raises(SignatureError, match="batch_size=1 contradicts") as caught:
        plan_for(dict_model, input_signature=wanted, batch_size=1)
    assert [problem.path for problem in caught.value.problems] == [
        "inputs['image']",
        "inputs['extra']",
    ]


def test_an_example_of_the_declared_batch_fits() -> None:
    x = keras.Input(batch_shape=(4, 3), name="x")
    model = keras.Model(x, 2.0 * x)
    plan = plan_for(model, input_signature=[np.zeros((4, 3), "float32")])
    assert [tensor.sizes for tensor in plan.inputs] == [(4, 3)]


def test_a_declared_size_cannot_be_made_dynamic() -> None:
    x = keras.Input(batch_shape=(4, 3), name="x")
    with pytest.raises(SignatureError, match="does not fit the model's inputs") as caught:
        plan_for(keras.Model(x, 2.0 * x), input_signature=spec(None, 3))
    assert [str(problem) for problem in caught.value.problems] == [
        "inputs: expected a shape within (4, 3) float32, received (batch=?, 3) float32"
    ]


LENGTH = DynamicDim("length", minimum=20, maximum=512, multiple_of=8)
GIVEN = attrs.evolve(LENGTH, source="input_signature")


def own(*shape: int | DynamicDim, dtype: DType = DType.FLOAT32) -> lir.TensorSpec:
    return lir.TensorSpec(name="anything", shape=shape, dtype=dtype)


def series_model() -> Any:
    steps = keras.Input((None, 3), name="steps")
    return keras.Model(steps, keras.layers.GlobalAveragePooling1D()(steps))


@pytest.mark.parametrize(
    ("given_dims", "dims"),
    [
        ((DynamicDim("batch"), LENGTH), (DynamicDim("batch"), GIVEN)),
        ((DynamicDim(), LENGTH), (DynamicDim("batch"), GIVEN)),
        ((DynamicDim("people"), DynamicDim("n")), (DynamicDim("people"), DynamicDim("n"))),
        (
            (DynamicDim(maximum=8), DynamicDim("n", minimum=2, source="a window")),
            (
                DynamicDim("batch", maximum=8, source="input_signature"),
                DynamicDim("n", minimum=2, source="a window"),
            ),
        ),
        ((4, LENGTH), (4, GIVEN)),
        ((LENGTH, 7), (GIVEN, 7)),
    ],
)
def test_names_and_bounds_are_the_users(
    given_dims: tuple[int | DynamicDim, ...], dims: tuple[int | DynamicDim, ...]
) -> None:
    plan = plan_for(series_model(), input_signature=own(*given_dims, 3))
    assert [tensor.shape for tensor in plan.inputs] == [(*dims, 3)]
    assert plan_for(series_model(), input_signature=list(plan.inputs)).inputs == plan.inputs


@pytest.mark.parametrize(
    "dim",
    [
        DynamicDim("size", minimum=5),
        DynamicDim("size", maximum=2),
        DynamicDim("size", multiple_of=2),
        DynamicDim("size", maximum=9),
    ],
    ids=str,
)
def test_bounds_do_not_make_a_declared_size_dynamic(dim: DynamicDim) -> None:
    given_source = attrs.evolve(dim, source="input_signature")
    with pytest.raises(SignatureError, match="does not fit the model's inputs") as caught:
        plan_for(series_model(), input_signature=own(DynamicDim(), LENGTH, dim))
    assert [str(problem) for problem in caught.value.problems] == [
        "inputs: expected a shape within (batch=?, ?, 3) float32, "
        f"received {own(DynamicDim('batch'), GIVEN, given_source)}"
    ]


def test_one_name_with_two_bounds_is_refused(nested_model: Any) -> None:
    wanted = {
        "pair": [own(DynamicDim("batch", maximum=8), 3), own(2, 3)],
        "side": {"mask": own(DynamicDim("batch"), 3)},
    }
    with pytest.raises(SignatureError, match="does not fit the model's inputs") as caught:
        plan_for(nested_model, input_signature=wanted)
    assert [str(problem) for problem in caught.value.problems] == [
        "inputs['side']['mask']: expected sizes of 'batch' as in inputs['pair'][0]: 1 .. 8, "
        "received 1 or more"
    ]


def test_a_fixed_batch_fixes_all_dimensions_of_its_name() -> None:
    matrix = own(DynamicDim("n", maximum=8), DynamicDim("n", maximum=8), 3)
    plan = plan_for(series_model(), input_signature=matrix, batch_size=4)
    assert [tensor.shape for tensor in plan.inputs] == [(4, 4, 3)]


def test_a_fixed_batch_is_within_the_bounds() -> None:
    matrix = own(DynamicDim("n", maximum=8), DynamicDim("n", maximum=8), 3)
    with pytest.raises(SignatureError, match="batch_size=9 contradicts") as caught:
        plan_for(series_model(), input_signature=matrix, batch_size=9)
    assert [str(problem) for problem in caught.value.problems] == [
        "inputs: expected a batch of 9, received (n=1..8, n=1..8, 3) float32"
    ]


def test_all_conflicts_are_reported_together(nested_model: Any) -> None:
    wanted = {
        "pair": [spec(None, 4), spec(None, 3, 1)],
        "side": {"mask": tf.SparseTensorSpec((None, 3), tf.int32)},
    }
    with pytest.raises(SignatureError, match="does not fit the model's inputs") as caught:
        plan_for(nested_model, input_signature=wanted)
    reported = {problem.path: problem for problem in reversed(caught.value.problems)}
    assert set(reported) == {"inputs['pair'][0]", "inputs['pair'][1]", "inputs['side']['mask']"}
    assert reported["inputs['pair'][0]"].expected == "a shape within (batch=?, 3) float32"
    assert reported["inputs['pair'][0]"].received == "(batch=?, 4) float32"
    assert reported["inputs['side']['mask']"].received == "a sparse tensor"


def test_a_faulty_part_is_reported_once(single_model: Any) -> None:
    with pytest.raises(SignatureError) as caught:
        plan_for(single_model, input_signature=tf.TensorSpec(None, tf.float32))
    assert len(caught.value.problems) == 1


def test_unusable_dtypes_are_reported_with_the_rest(dict_model: Any) -> None:
    wanted = {"image": spec(None, 9, 8, 3), "extra": spec(None, 4, dtype="string")}
    with pytest.raises(SignatureError) as caught:
        plan_for(dict_model, input_signature=wanted)
    assert {problem.path for problem in caught.value.problems} == {
        "inputs['image']",
        "inputs['extra']",
    }


@pytest.mark.parametrize(
    ("wanted", "problems"),
    [
        (
            {"pair": [spec(None, 3)], "side": {"other": spec(None, 3)}},
            [
                "inputs['pair']: expected a sequence of 2, received a sequence of 1",
                "inputs['side']: expected a mapping with keys ['mask'], "
                "received a mapping with keys ['other']",
            ],
        ),
        (
            {"pair": spec(None, 3), "side": {"mask": spec(None, 3)}},
            ["inputs['pair']: expected a sequence of 2, received InputSpec"],
        ),
        (
            [],
            [
                "inputs: expected a mapping with keys ['pair', 'side'], received a sequence of 0",
            ],
        ),
        (
            [spec(None, 3)] * 4,
            ["inputs: expected a mapping with keys ['pair', 'side'], received a sequence of 4"],
        ),
    ],
    ids=["wrong parts", "no list", "empty", "too long"],
)
def test_another_structure_is_refused(nested_model: Any, wanted: Any, problems: list[str]) -> None:
    with pytest.raises(SignatureError, match="does not have the structure") as caught:
        plan_for(nested_model, input_signature=wanted)
    assert [str(problem) for problem in caught.value.problems] == problems
    assert "['left', 'right', 'side_mask']" in caught.value.advice


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (tf.RaggedTensorSpec((None, None), tf.float32), "a ragged tensor"),
        (tf.SparseTensorSpec((None, 4), tf.float32), "a sparse tensor"),
        (tf.TensorSpec((None, 4), tf.string), "string"),
        (tf.TensorSpec((None, 4), tf.complex128), "complex128"),
        (tf.TensorSpec(None, tf.float32), "TensorSpec(shape=<unknown>"),
        (keras.InputSpec(ndim=2), "InputSpec(ndim=2)"),
        ("features", "'features'"),
        (np.array(["a", "b"]), "dtype('<U1')"),
        (object(), "<object object"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_a_tensor_of_a_file_is_refused(
    single_model: Any, value: Any, received: str
) -> None:
    with pytest.raises(SignatureError) as caught:
        plan_for(single_model, input_signature=[value])
    problem = caught.value.problems[0]
    assert problem.path == "inputs"
    assert re.match(re.escape(received), problem.received)


def test_a_needed_input_cannot_be_left_out(dict_model: Any) -> None:
    with pytest.raises(ModelTraceError, match="cannot be called on inputs of this") as caught:
        plan_for(dict_model, input_signature={"image": None, "extra": spec(None, 4)})
    assert caught.value.where == "model 'dict_model'"
    assert "extra (batch=?, 4) float32" in caught.value.expected
    assert "'image' is not optional" in caught.value.received
    assert "input_signature" in caught.value.advice


def test_not_everything_can_be_left_out(dict_model: Any) -> None:
    with pytest.raises(SignatureError, match="at least one tensor"):
        plan_for(dict_model, input_signature={"image": None, "extra": None})
