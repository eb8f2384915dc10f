"""Fingerprints are of what decides the file, of all of that, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from litert_ir.ir.fold import fold
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import OUTPUTS, ExportPlan, ModelKind, RouteStep
from litert_ir.ir.signature import Signature
from litert_ir.ir.stored_types import StoredAs, StoredType
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.testing.strategies import file_options, plans
from litert_ir.visitors.rebuild import Rebuild

EXAMPLES = File(__file__).parent.parent / "golden" / "plan_format_2"
FEW = 25
"""Plans for each field, of which there are many."""
WORDS = st.sampled_from(("other words", "3.99.0", "größer"))

Change = Callable[[ExportPlan, st.DataObject], ExportPlan]


def of_model(plan: ExportPlan, **changes: Any) -> ExportPlan:
    """The plan with another summary of its model."""
    return attrs.evolve(plan, model=attrs.evolve(plan.model, **changes))


def of_versions(plan: ExportPlan, **changes: Any) -> ExportPlan:
    """The plan, made with other versions."""
    return attrs.evolve(plan, versions=attrs.evolve(plan.versions, **changes))


def with_refusals(plan: ExportPlan, reasons: list[str | None]) -> ExportPlan:
    """The plan with other reasons for not trying its strategies."""
    steps = zip(plan.route, reasons, strict=True)
    return attrs.evolve(plan, route=tuple(attrs.evolve(s, refusal=r) for s, r in steps))


def refusals(plan: ExportPlan, data: st.DataObject) -> ExportPlan:
    size = len(plan.route)
    return with_refusals(plan, data.draw(st.lists(st.none() | WORDS, min_size=size, max_size=size)))


def stored_origins(plan: ExportPlan, data: st.DataObject) -> ExportPlan:
    changes: dict[str, Any] = {"origin": data.draw(WORDS), "exact": data.draw(st.booleans())}
    return attrs.evolve(plan, stored=tuple(attrs.evolve(item, **changes) for item in plan.stored))


def of_another(field: str) -> Change:
    """Takes a field from another plan of the same kind."""

    def change(plan: ExportPlan, data: st.DataObject) -> ExportPlan:
        other = data.draw(plans(plan.kind))
        return attrs.evolve(plan, **{field: getattr(other, field)})

    return change


INFORMING: dict[str, Change] = {
    "model.name": lambda plan, data: of_model(plan, name=data.draw(WORDS)),
    "model.type": lambda plan, data: of_model(plan, type=data.draw(WORDS)),
    "versions.litert_ir": lambda plan, data: of_versions(plan, litert_ir=data.draw(WORDS)),
    "versions.keras": lambda plan, data: of_versions(plan, keras=data.draw(WORDS)),
    "versions.tensorflow": lambda plan, data: of_versions(plan, tensorflow=data.draw(WORDS)),
    "versions.jax": lambda plan, data: of_versions(plan, jax=data.draw(WORDS)),
    "notes": lambda plan, data: attrs.evolve(plan, notes=(data.draw(WORDS),)),
    "route.refusal": refusals,
    "stored.origin and exact": stored_origins,
    "estimate": of_another("estimate"),
    "task": of_another("task"),
}


@pytest.mark.parametrize("field", INFORMING)
@settings(max_examples=FEW)
@given(plan=plans(), data=st.data())
def test_what_informs_leaves_the_fingerprint(
    field: str, plan: ExportPlan, data: st.DataObject
) -> None:
    changed = INFORMING[field](plan, data)
    assert changed.fingerprint == plan.fingerprint
    assert (changed == plan) == (changed.to_json() == plan.to_json())


def another_kind(plan: ExportPlan, _data: st.DataObject) -> ExportPlan:
    subclassed = plan.kind is ModelKind.SUBCLASSED
    assume(not subclassed or len(plan.signature.arguments) == 1)
    kind = ModelKind.FUNCTIONAL if subclassed else ModelKind.SUBCLASSED
    return attrs.evolve(plan, kind=kind, task=None)


class OtherTypes(Rebuild):
    """Gives every tensor another element type."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        other = DType.INT32 if spec.dtype is DType.FLOAT32 else DType.FLOAT32
        return attrs.evolve(spec, dtype=other, model_dtype=None)


def another_signature(plan: ExportPlan, _data: st.DataObject) -> ExportPlan:
    arguments = plan.signature.arguments
    values = plan.signature.fold(OtherTypes())
    changed = (attrs.evolve(a, value=v) for a, v in zip(arguments, values, strict=True))
    return attrs.evolve(plan, signature=Signature(tuple(changed)))


def another_output(plan: ExportPlan, _data: st.DataObject) -> ExportPlan:
    return attrs.evolve(plan, outputs=fold(plan.outputs, OtherTypes(), OUTPUTS))


def other_options(plan: ExportPlan, data: st.DataObject) -> ExportPlan:
    options = data.draw(file_options())
    assume(options != plan.options)
    return attrs.evolve(plan, options=options)


DECIDING: dict[str, Change] = {
    "kind": another_kind,
    "signature": another_signature,
    "outputs": another_output,
    "options": other_options,
    "metadata": lambda p, _: attrs.evolve(
        p, metadata=attrs.evolve(p.metadata, author=f"{p.metadata.author}, Ada")
    ),
    "model.parameters": lambda p, _: of_model(p, parameters=p.model.parameters + 1),
    "model.weight_bytes": lambda p, _: of_model(p, weight_bytes=p.model.weight_bytes + 1),
    "model.compute_dtypes": lambda p, _: of_model(
        p, compute_dtypes=(*p.model.compute_dtypes, DType.FLOAT64)
    ),
    "backend": lambda p, _: of_versions(
        p, backend="jax" if p.versions.backend == "tensorflow" else "tensorflow"
    ),
    "route": lambda p, _: attrs.evolve(p, route=(*p.route, RouteStep(strategy="own"))),
    "stored": lambda p, _: attrs.evolve(
        p, stored=(*p.stored, StoredType(layer="x", origin="", weights=StoredAs.INT8))
    ),
}


@pytest.mark.parametrize("field", DECIDING)
@settings(max_examples=FEW)
@given(plan=plans(), data=st.data())
def test_what_decides_the_file_changes_the_fingerprint(
    field: str, plan: ExportPlan, data: st.DataObject
) -> None:
    changed = DECIDING[field](plan, data)
    assert changed.fingerprint != plan.fingerprint


@given(plans(max_depth=0))
def test_an_adapter_that_nothing_needs_changes_the_fingerprint(plan: ExportPlan) -> None:
    assume(plan.adapter is not None and len(plan.signature.arguments) == 1)
    assert attrs.evolve(plan, adapter=None).fingerprint != plan.fingerprint


@given(plans())
def test_the_order_of_strategies_decides(plan: ExportPlan) -> None:
    assume(len(plan.route) > 1)
    turned = attrs.evolve(plan, route=plan.route[::-1])
    assert turned.fingerprint != plan.fingerprint


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_fingerprints_last(file: File) -> None:
    """Fields that are added later leave the text and the fingerprints of plans without them."""
    example = json.loads(file.read_text(encoding="utf-8"))
    plan = ExportPlan.from_json(json.dumps(example["plan"]))
    assert json.loads(plan.to_json()) == example["plan"]
    assert plan.fingerprint == example["fingerprint"]
    before = file.parent.parent / "plan_format_1" / file.name
    assert ExportPlan.from_json(before.read_text(encoding="utf-8")) == plan
