"""Models that compute in float16 or bfloat16, and their interfaces in the LiteRT file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from litert_ir import ConverterOptions, DType, ExportPlan, TensorSpec, plan_for
from litert_ir.backends import load_keras
from litert_ir.ir.estimate import estimate_for
from litert_ir.ir.stored_types import StoredAs
from litert_ir.lowering.lower import summarize

keras: Any = load_keras()
layers: Any = keras.layers

Lines = Callable[..., list[str]]


@pytest.fixture
def policy(request: pytest.FixtureRequest) -> Iterator[str]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def dense(**given: Any) -> Any:
    x = keras.Input((4,), name="x", **given)
    return keras.Model(x, layers.Dense(3, name="y")(x))


class Plain(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Applies a function to what it is called with, as it comes."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.autocast = False
        self.function = function

    def call(self, x: Any) -> Any:
        return self.function(x)


@pytest.mark.parametrize(
    ("policy", "computes", "output"),
    [
        ("float32", (DType.FLOAT32,), "float32"),
        ("mixed_bfloat16", (DType.BFLOAT16,), "float32"),
        ("bfloat16", (DType.BFLOAT16,), "float32"),
        ("mixed_float16", (DType.FLOAT16,), "float16"),
        ("float16", (DType.FLOAT16,), "float16"),
    ],
    indirect=["policy"],
)
def test_a_plan_says_in_what_the_model_computes(
    policy: str, computes: tuple[DType, ...], output: str, lines: Lines
) -> None:
    plan = plan_for(dense())
    assert plan.model.compute_dtypes == computes
    assert lines(plan.signature.leaves) == ["inputs = x (batch=?, 4) float32"]
    assert lines(plan.output_leaves) == [f"output = y (batch=?, 3) {output}"]
    (leaf,) = plan.output_leaves
    widened = "bfloat16" in policy
    assert leaf.spec.model_dtype is (DType.BFLOAT16 if widened else None)
    note = "LiteRT has no bfloat16 tensors; float32 in the file: output."
    assert plan.notes == ((note,) if widened else ())


@pytest.mark.parametrize("policy", ["bfloat16", "float16"], indirect=True)
def test_the_file_keeps_weights_in_16_bits(policy: str) -> None:
    plan = plan_for(dense())
    assert plan.model.weight_bytes == 2 * 15
    assert plan.estimate == estimate_for(2 * 15, ConverterOptions().precision)
    (stored,) = plan.stored
    assert (stored.weights, stored.origin) == (StoredAs.FLOAT16, f"{policy} policy")


@pytest.mark.parametrize("policy", ["bfloat16"], indirect=True)
@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize("value", [1e5, float("inf"), float("nan")])
def test_weights_beyond_float16_are_float32_in_the_file(value: float) -> None:
    model = dense()
    model.get_layer("y").kernel.assign(np.full((4, 3), value))
    plan = plan_for(model)
    assert [item.weights for item in plan.stored] == [StoredAs.FLOAT32]
    assert plan.estimate == estimate_for(4 * 15, ConverterOptions().precision)
    assert "Beyond 65504, the largest float16" in plan.notes[-1]
    assert plan.notes[-1].endswith(": y.")


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"], indirect=True)
@pytest.mark.usefixtures("policy")
def test_mixed_policies_have_float32_weights() -> None:
    plan = plan_for(dense())
    assert plan.stored == ()
    assert plan.estimate == estimate_for(4 * 15, ConverterOptions().precision)


def test_layers_of_several_types_are_all_named() -> None:
    x = keras.Input((4,))
    y = layers.Dense(3, dtype="mixed_bfloat16")(layers.Dense(3, dtype="float16")(x))
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2, dtype="float64")])
    found = summarize(keras.Model(x, inner(y))).compute_dtypes
    assert found == (DType.BFLOAT16, DType.FLOAT16, DType.FLOAT64)


def test_a_model_without_layers_computes_in_its_own_type() -> None:
    assert summarize(Plain(abs)).compute_dtypes == (DType.FLOAT32,)
    x = keras.Input((4,), dtype="int32")
    assert summarize(keras.Model(x, x + 1)).compute_dtypes == (DType.FLOAT32,)


def declared() -> ExportPlan:
    return plan_for(dense(dtype="bfloat16"))


def sequential() -> ExportPlan:
    spec = keras.InputSpec(shape=(None, 4), dtype="bfloat16")
    return plan_for(keras.Sequential([layers.Dense(3)]), input_signature=[spec])


def subclassed() -> ExportPlan:
    spec = keras.InputSpec(shape=(None, 4), dtype="bfloat16")
    return plan_for(Plain(abs), input_signature=[spec])


def own_spec() -> ExportPlan:
    spec = TensorSpec(name="x", shape=(1, 4), dtype=DType.BFLOAT16)
    return plan_for(Plain(abs), input_signature=[spec])


def pinned() -> ExportPlan:
    spec = TensorSpec(name="x", shape=(1, 4), dtype=DType.FLOAT32, model_dtype=DType.BFLOAT16)
    return plan_for(Plain(abs), input_signature=[spec], batch_size=1)


def example() -> ExportPlan:
    ones = keras.ops.ones((2, 4), "bfloat16")
    return plan_for(Plain(abs), input_signature=[ones])


@pytest.mark.parametrize("make", [declared, sequential, subclassed, own_spec, pinned, example])
def test_a_bfloat16_input_is_float32_in_the_file(make: Callable[[], ExportPlan]) -> None:
    plan = make()
    (spec,) = plan.inputs
    assert (spec.dtype, spec.model_dtype) == (DType.FLOAT32, DType.BFLOAT16)
    note = plan.notes[-1]
    assert note.startswith("LiteRT has no bfloat16 tensors; float32 in the file: ")
    assert str(plan.signature.leaves[0].path) in note
    assert ExportPlan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("policy", ["mixed_bfloat16"], indirect=True)
@pytest.mark.usefixtures("policy")
def test_recorded_shapes_are_of_the_type_that_the_model_computes_in() -> None:
    class Recorded(keras.Model):  # type: ignore[misc]  # keras has no type stubs
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Recorded()
    model(keras.ops.ones((1, 4)))
    plan = plan_for(model)
    assert [(spec.dtype, spec.model_dtype) for spec in plan.inputs] == [
        (DType.FLOAT32, DType.BFLOAT16)
    ]
    assert "taken as bfloat16" in plan.notes[0]
    assert plan.notes[1:] == ("LiteRT has no bfloat16 tensors; float32 in the file: x, output.",)
