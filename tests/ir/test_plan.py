from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from litert_ir.errors import PlanError
from litert_ir.ir.adapter import AdapterSpec, Binding
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.options import ConverterOptions
from litert_ir.ir.path import Path
from litert_ir.ir.plan import (
    OUTPUTS,
    ExportPlan,
    ModelKind,
    ModelSummary,
    RouteStep,
    Versions,
    needs_adapter,
)
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.task import TaskSummary
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.testing.strategies import plans
from litert_ir.visitors.flatten import call_arguments, unflatten

X, Y, Z = (TensorSpec(name=name, shape=(1,), dtype=DType.FLOAT32) for name in "xyz")
ONE = Signature((Argument("x", X),))
TWO = Signature((Argument("x", X), Argument("y", Y)))
TWO_ADAPTER = AdapterSpec(
    inputs=(Binding("x", Path("x")), Binding("y", Path("y"))), outputs=(Binding("z", OUTPUTS),)
)


def plan(**changes: Any) -> ExportPlan:
    """The plan of a subclassed model from x to z, but for ``changes``."""
    fields: dict[str, Any] = {
        "kind": ModelKind.SUBCLASSED,
        "model": ModelSummary(name="net", type="app.Net", parameters=2, weight_bytes=8),
        "signature": ONE,
        "outputs": Z,
        "adapter": None,
        "options": ConverterOptions(),
        "versions": Versions(litert_ir="0.1.0", keras="3.15.0", backend="tensorflow"),
    }
    return ExportPlan(**{**fields, **changes})


@given(plans())
def test_an_adapter_binds_the_leaves_in_the_order_of_the_file(sample: ExportPlan) -> None:
    if sample.adapter is None:
        assert len(sample.inputs) == len(sample.output_leaves) == 1
        return
    names = [spec.name for spec in sample.inputs]
    positional, keywords = call_arguments(sample.signature, names)
    arguments = [argument.name for argument in sample.signature.arguments]
    passed = dict(zip(arguments, [*positional, *keywords.values()], strict=True))
    assert [at(passed[b.path.root], b.path) for b in sample.adapter.inputs] == names
    given = [leaf.spec.name for leaf in sample.output_leaves]
    returned = unflatten(sample.outputs, given, OUTPUTS)
    assert [at(returned, b.path) for b in sample.adapter.outputs] == given
    assert [b.name for b in (*sample.adapter.inputs, *sample.adapter.outputs)] == names + given


def at(value: Any, path: Path) -> Any:
    """What the expression that a path prints as reaches."""
    for step in path.steps:
        value = value[step]
    return value


def bindings_of(adapter: AdapterSpec | None, side: str) -> tuple[Binding, ...]:
    """The bindings of one side, none without an adapter."""
    if adapter is None:
        return ()
    return adapter.inputs if side == "inputs" else adapter.outputs


@given(plans(), st.sampled_from(["inputs", "outputs"]), st.data())
def test_an_adapter_in_another_order_is_refused(
    sample: ExportPlan, side: str, data: st.DataObject
) -> None:
    bindings = bindings_of(sample.adapter, side)
    assume(len(bindings) > 1)
    assert sample.adapter is not None
    shift = data.draw(st.integers(1, len(bindings) - 1))
    shifted = attrs.evolve(sample.adapter, **{side: bindings[shift:] + bindings[:shift]})
    with pytest.raises(PlanError, match="does not bind the plan's tensors in their order") as e:
        attrs.evolve(sample, adapter=shifted)
    assert e.value.where == f"adapter.{side}"
    assert e.value.expected == ", ".join(b.name for b in bindings)
    assert e.value.received == ", ".join(b.name for b in bindings_of(shifted, side))


@pytest.mark.parametrize(
    "inputs",
    [
        (Binding("x", Path("x")),),
        (Binding("x", Path("x")), Binding("q", Path("y"))),
        (Binding("x", Path("y")), Binding("y", Path("x"))),
        (*TWO_ADAPTER.inputs, Binding("z", Path("z"))),
    ],
)
def test_an_adapter_of_other_tensors_is_refused(inputs: tuple[Binding, ...]) -> None:
    adapter = attrs.evolve(TWO_ADAPTER, inputs=inputs)
    with pytest.raises(PlanError, match="does not bind the plan's tensors") as caught:
        plan(signature=TWO, adapter=adapter)
    assert (caught.value.where, caught.value.expected) == ("adapter.inputs", "x, y")


@pytest.mark.parametrize(
    ("signature", "outputs", "needed"),
    [
        (ONE, Z, False),
        (ONE, ListNode((Z,)), True),
        (Signature((Argument("x", TupleNode((X,))),)), Z, True),
        (TWO, Z, True),
        (Signature((Argument("x", X), Argument("mask", Absent()))), Z, True),
    ],
)
def test_only_one_bare_tensor_in_and_out_needs_no_adapter(
    signature: Signature, outputs: SignatureNode, needed: bool
) -> None:
    assert needs_adapter(signature, outputs) is needed
    if needed:
        with pytest.raises(PlanError, match="A nested call needs an adapter") as caught:
            plan(signature=signature, outputs=outputs)
        assert (caught.value.where, caught.value.received) == ("adapter", "None")
    else:
        assert plan(signature=signature, outputs=outputs).adapter is None


def test_an_adapter_that_is_not_needed_is_allowed() -> None:
    adapter = AdapterSpec(inputs=(Binding("x", Path("x")),), outputs=(Binding("z", OUTPUTS),))
    assert plan(adapter=adapter) != plan()


def test_a_functional_model_with_two_arguments_is_refused() -> None:
    with pytest.raises(PlanError, match="signature of a functional model has another") as caught:
        plan(kind=ModelKind.FUNCTIONAL, signature=TWO, adapter=TWO_ADAPTER)
    assert caught.value.where == "signature"
    assert caught.value.expected == "a single element that holds the whole nested structure"
    assert caught.value.received == "x, y"


def test_a_sequential_model_with_a_nested_argument_is_refused() -> None:
    signature = Signature((Argument("x", ListNode((X,))),))
    adapter = AdapterSpec(inputs=(Binding("x", Path("x", (0,))),), outputs=(Binding("z", OUTPUTS),))
    with pytest.raises(PlanError, match="signature of a sequential model has another") as caught:
        plan(kind=ModelKind.SEQUENTIAL, signature=signature, adapter=adapter)
    assert (caught.value.where, caught.value.expected) == ("signature", "a flat list of tensors")


TASK = TaskSummary(model_type="causal_lm", config="CausalLMExporterConfig")


@pytest.mark.parametrize(
    ("kind", "task"), [(ModelKind.SUBCLASSED, None), (ModelKind.HUB_TASK, TASK)]
)
def test_other_kinds_take_any_number_of_arguments(
    kind: ModelKind, task: TaskSummary | None
) -> None:
    assert plan(kind=kind, signature=TWO, adapter=TWO_ADAPTER, task=task).inputs == (X, Y)


@pytest.mark.parametrize(
    ("kind", "task"), [(ModelKind.HUB_TASK, None), (ModelKind.FUNCTIONAL, TASK)]
)
def test_tasks_alone_say_how_they_were_configured(
    kind: ModelKind, task: TaskSummary | None
) -> None:
    with pytest.raises(PlanError, match="has a task summary") as caught:
        plan(kind=kind, task=task)
    assert caught.value.where == "task"


def test_faulty_outputs_are_refused_with_all_their_faults() -> None:
    text = TensorSpec(name="x", shape=(1,), dtype=DType.STRING)
    outputs = MappingNode((("text", text), ("none", ListNode(()))))
    with pytest.raises(PlanError, match="outputs cannot be the outputs of a LiteRT file") as caught:
        plan(outputs=outputs)
    first, second = caught.value.received.split("; ")
    assert first.startswith(f"{OUTPUTS}['text']: expected a dtype among ")
    assert second == f"{OUTPUTS}['none']: expected at least one element, received []"


@given(plans(), plans())
def test_plans_compare_by_value_and_equal_ones_hash_alike(a: ExportPlan, b: ExportPlan) -> None:
    copy = attrs.evolve(a)
    assert copy is not a
    assert len({a, copy}) == 1
    assert len({a, b}) == (1 if a == b else 2)
    assert (a.to_json() == b.to_json()) == (a.fingerprint == b.fingerprint) == (a == b)


@given(plans())
def test_evolving_a_plan_changes_that_field_alone(sample: ExportPlan) -> None:
    noted = attrs.evolve(sample, notes=(*sample.notes, "another note"))
    assert noted != sample
    assert noted.to_json() != sample.to_json()
    assert noted.fingerprint == sample.fingerprint
    assert attrs.evolve(noted, notes=sample.notes) == sample
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        sample.notes = ()  # type: ignore[misc]


@pytest.mark.parametrize("field", ["route", "notes"])
def test_sequences_that_could_change_are_refused(field: str) -> None:
    with pytest.raises(TypeError, match=field):
        plan(**{field: []})


@pytest.mark.parametrize("step", ["direct", None])
def test_a_route_is_made_of_steps(step: Any) -> None:
    with pytest.raises(TypeError, match="RouteStep"):
        plan(route=(step,))


@pytest.mark.parametrize("facts", [{"strategy": 3}, {"strategy": "direct", "refusal": 3}])
def test_a_step_of_a_route_is_text(facts: Any) -> None:
    with pytest.raises(TypeError):
        RouteStep(**facts)
