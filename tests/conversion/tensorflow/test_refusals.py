"""What the strategies over TensorFlow's converter refuse before any work."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

import litert_ir as lir
from litert_ir.conversion.route import routed
from litert_ir.errors import AllStrategiesFailedError
from tests.conversion.exports import exported, model
from tests.conversion.stubs import refusing

GIB = 2**30
STRATEGIES = (lir.Direct(), lir.ConcreteFunction(), lir.SavedModel())
HALF, DYNAMIC = (
    lir.ConverterOptions(
        optimizations=(lir.Optimization.DEFAULT,),
        target_spec=lir.TargetSpec(supported_types=types),
    )
    for types in ((lir.DType.FLOAT16,), ())
)


def plan_of(weight_bytes: int, options: lir.ConverterOptions) -> lir.ExportPlan:
    plan = exported("single").plan
    summary = attrs.evolve(plan.model, weight_bytes=weight_bytes)
    return attrs.evolve(plan, model=summary, options=options)


@pytest.mark.parametrize(
    ("weight_bytes", "options", "names"),
    [
        (2 * GIB - 1, lir.ConverterOptions(), set()),
        (2 * GIB, lir.ConverterOptions(), {"direct", "concrete-function", "saved-model"}),
        (3 * GIB, HALF, {"concrete-function"}),
        (4 * GIB, HALF, {"direct", "concrete-function", "saved-model"}),
        (7 * GIB, DYNAMIC, {"concrete-function"}),
        (8 * GIB, DYNAMIC, {"direct", "concrete-function", "saved-model"}),
    ],
)
def test_what_does_not_fit_is_refused(
    weight_bytes: int, options: lir.ConverterOptions, names: set[str]
) -> None:
    plan, _ = routed(plan_of(weight_bytes, options), STRATEGIES)
    assert {step.strategy for step in plan.route if step.refusal} == names
    assert all("2.00 GiB" in step.refusal for step in plan.route if step.refusal)
    assert str(plan).count("(refuses: ") == len(names)


@pytest.mark.parametrize("weight_bytes", [10, 3 * GIB])
def test_models_of_other_backends_are_refused(weight_bytes: int) -> None:
    plan = plan_of(weight_bytes, lir.ConverterOptions())
    other = attrs.evolve(plan, versions=attrs.evolve(plan.versions, backend="jax"))
    for strategy in STRATEGIES:
        refusal = strategy.refuses(other)
        assert refusal is not None
        assert refusal.reason.startswith("needs Keras on TensorFlow, not on jax: ")
        assert refusal.reason.endswith("pass through=litert_ir.ThroughFile(backend='tensorflow')")


def test_when_all_refuse_the_error_says_why(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError, match="refusing: refused: not today") as caught:
        lir.export(model("single"), tmp_path / "m.tflite", strategies=(refusing(),))
    assert caught.value.advice == "pass other strategies, or change what they refuse"
    assert not list(tmp_path.iterdir())
