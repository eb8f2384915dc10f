"""Damaged plans: what is accepted has to print, hash and come back from JSON."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from random import Random
from typing import Any

import attrs

import litert_ir as lir
from litert_ir.testing import models
from tests.fuzzing.mutations import mutated_document, mutated_text, nested_text

_OLD = Path(__file__).parent.parent / "golden" / "plan_format_1"
_LEAF = {"node": "tensor", "name": "q", "shape": [1], "dtype": "float32"}


@functools.cache
def _texts() -> tuple[str, ...]:
    """Plans with every kind of node, with bounds, rules for layers, compile targets; old ones."""
    nested = models.nested_model()
    length = lir.DynamicDim("length", minimum=2, maximum=64, multiple_of=2)
    spec = lir.TensorSpec(
        name="query", shape=(lir.DynamicDim("batch"), length, 4), dtype=lir.DType.FLOAT32
    )
    recipe = lir.Quantization.named("int8", {"head": "skip", "product": "int16x8"})
    plans = (
        lir.plan_for(nested, quantization=recipe),
        lir.plan_for(nested, batch_size=1, options={"aot_compile_targets": ["arm64", "intel:LNL"]}),
        lir.plan_for(models.subclassed_model(1), input_signature=[spec]),
        lir.plan_for(models.single_input_model(), options={"optimizations": ["DEFAULT"]}),
    )
    old = (file.read_text(encoding="utf-8") for file in sorted(_OLD.glob("*.json")))
    return (*(plan.to_json() for plan in plans), *old)


@attrs.frozen
class Plans:
    """`ExportPlan.from_json`, and all that a plan can do without a model."""

    def attempt(self, random: Random) -> None:
        """Read a damaged plan.

        Raises:
            PlanError: When it is refused.
        """
        plan = lir.ExportPlan.from_json(_damaged(random, random.choice(_texts())))
        text = plan.to_json()
        again = lir.ExportPlan.from_json(text)
        assert again == plan
        assert (again.to_json(), hash(again)) == (text, hash(plan))
        assert again.fingerprint == plan.fingerprint
        str(plan).encode("utf-8")
        plan.to_json(indent=2).encode("utf-8")
        assert plan.inputs
        assert plan.output_leaves
        assert plan.recipe == again.recipe


def _damaged(random: Random, text: str) -> Any:
    kind = random.random()
    if kind < 0.62:
        return json.dumps(mutated_document(random, json.loads(text)))
    if kind < 0.95:
        return mutated_text(random, text)
    document = json.loads(text)
    place = random.choice(("outputs", "signature", "about", "route"))
    document[place] = "@"
    deep = nested_text(random, _LEAF)
    if place == "signature":
        deep = f'{{"arguments":[{{"name":"x","value":{deep}}}]}}'
    return json.dumps(document).replace('"@"', deep)
