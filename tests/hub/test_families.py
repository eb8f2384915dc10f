"""Every family of KerasHub's models is exported by its configuration, or says why it cannot be."""

from __future__ import annotations

import os
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest

import litert_ir as lir
from litert_ir.ir.plan import ModelKind
from litert_ir.verification.output_parity import OutputParity
from tests.hub.families.family import Family
from tests.hub.families.samples import sample
from tests.hub.families.table import EXPORTED, FAMILIES, REFUSED
from tests.quick_share import quick_share

# Keras on layers of KerasHub's that it cannot build by itself, or that drop masks.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras")

BATCHES = (1, 3)
"""What a file with a dynamic batch is compared on."""

LEAST_VALUE = 0.05
"""Outputs are of order one: a difference from them is more than rounding."""


def tells(output: OutputParity) -> bool:
    """Whether the output varies with the inputs, and by far more than rounding does."""
    return output.is_telling and output.max_abs_value > LEAST_VALUE


def plan_of(family: Family, model: Any) -> lir.ExportPlan:
    size = family.batch.size if family.batch else None
    return lir.plan_for(model, batch_size=size, **family.sizes)


def execute(family: Family, plan: lir.ExportPlan, model: Any) -> lir.ParityReport:
    """Convert with StableHLO alone, and compare on samples of every batch."""
    size = family.batch.size if family.batch else None
    samples = [
        sample(plan, size or batch, tokens=family.tokens, draws=family.draws, seed=seed)
        for seed, batch in enumerate(BATCHES)
    ]
    verification = lir.Verification(samples=samples)
    result = lir.execute(plan, model, strategies=(lir.StableHLO(),), verify=verification)
    assert result.parity is not None
    return result.parity


@pytest.mark.parametrize(
    "name",
    quick_share(
        [family.name for family in EXPORTED],
        one_of=10,
        but=[family.name for family in EXPORTED if family.slow],
    ),
)
def test_the_file_computes_what_the_model_computes(name: str) -> None:
    family = FAMILIES[name]
    model = family.model()
    assert type(model) is family.cls
    plan = plan_of(family, model)
    batch = family.batch.size if family.batch else None
    assert plan.kind is ModelKind.HUB_TASK
    assert [(spec.name, spec.sizes) for spec in plan.inputs] == [
        (name, (batch, *shape)) for name, shape in family.inputs.items()
    ]
    parity = execute(family, plan, model)
    assert parity.agrees, str(parity)
    vague = [output.name for output in parity.outputs if not tells(output)]
    assert vague == list(family.vague), str(parity)


@pytest.mark.parametrize("name", [family.name for family in REFUSED])
def test_what_cannot_be_exported_says_why(name: str) -> None:
    family = FAMILIES[name]
    assert family.refused is not None
    model = family.model()
    with pytest.raises(family.refused.error) as refusal:
        execute(family, plan_of(family, model), model)
    assert family.refused.says in str(refusal.value)
