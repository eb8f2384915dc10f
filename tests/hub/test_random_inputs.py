"""Models that are prompted are compared on prompts that they can be given, without any samples."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.verification.cases import random_cases
from tests.hub.families.family import Family
from tests.hub.families.table import FAMILIES

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras")

SEGMENTERS = (
    "SAMImageSegmenter",
    pytest.param("SAM3PromptableConceptImageSegmenter", marks=pytest.mark.slow),
)


def plan_and_model(family: Family) -> tuple[lir.ExportPlan, object]:
    model = family.build()
    size = family.batch.size if family.batch else None
    return lir.plan_for(model, batch_size=size, **family.sizes), model


@pytest.mark.parametrize("name", SEGMENTERS)
def test_prompts_are_compared_that_the_model_can_be_given(name: str, tmp_path: Path) -> None:
    plan, model = plan_and_model(FAMILIES[name])
    names = [spec.name for spec in plan.inputs]
    for case in random_cases(plan, model):
        inputs = dict(zip(names, case.inputs, strict=True))
        if name == "SAMImageSegmenter":
            assert {*np.unique(inputs["labels"])} <= {0, 1}
            assert 1 < inputs["points"].max() <= 64
            assert (inputs["boxes"][..., 0, :] <= inputs["boxes"][..., 1, :]).all()
            continue
        rows, *box = np.moveaxis(inputs["boxes"], -1, 0)
        assert (rows == np.arange(len(rows))[:, None]).all()
        assert all((side > 0).all() and (side < 1).all() for side in box)
        assert (inputs["padding_mask"][:, 0] == 1).all()
        assert inputs["token_ids"].max() < 32
    result = lir.execute(plan, model, tmp_path / "m.tflite", strategies=(lir.StableHLO(),))
    assert result.parity is not None
    assert all(output.max_abs_value > 0 for output in result.parity.outputs)
    assert lir.ExportPlan.from_json(plan.to_json()) == plan
