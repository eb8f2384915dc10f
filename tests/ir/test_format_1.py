"""Plans of format 1, as litert_ir wrote them before there was another one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.file_options import FileOptions, Kernels
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.ir.task import SizeSource
from litert_ir.ir.tensor import DType, DynamicDim

FILES = sorted((Path(__file__).parent.parent / "golden" / "plan_format_1").glob("*.json"))
Document = dict[str, Any]


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def text(request: pytest.FixtureRequest) -> str:
    """The text of one plan."""
    file: Path = request.param
    return file.read_text(encoding="utf-8")


def test_there_are_plans_of_many_kinds() -> None:
    assert len(FILES) >= 15


def test_a_plan_says_what_it_said(text: str) -> None:
    plan, document = ExportPlan.from_json(text), json.loads(text)
    assert document["format"] == "litert_ir.plan/1"
    assert plan.kind.value == document["kind"]
    assert plan.model.name == document["model"]["name"]
    assert plan.notes == tuple(document["notes"])
    assert [step.refusal for step in plan.route] == [step["refusal"] for step in document["route"]]
    bindings = (document["adapter"] or {"inputs": []})["inputs"]
    assert [leaf.spec.name for leaf in plan.signature.leaves if plan.adapter] == [
        binding["name"] for binding in bindings
    ]


def test_a_plan_comes_back_from_the_json_of_today(text: str) -> None:
    plan = ExportPlan.from_json(text)
    assert ExportPlan.from_json(plan.to_json()) == plan


def stored(name: str) -> ExportPlan:
    """The plan of one of the files."""
    (file,) = (file for file in FILES if file.stem == name)
    return ExportPlan.from_json(file.read_text(encoding="utf-8"))


def route_of(name: str) -> list[str]:
    """The strategies that a stored plan names."""
    return [step.strategy for step in stored(name).route]


def test_a_step_with_a_quantizer_is_a_strategy_around_a_strategy() -> None:
    others = ["direct", "concrete-function", "saved-model"]
    assert route_of("functional") == ["stablehlo", *others]
    assert route_of("flags_dynamic_range") == ["quantized-stablehlo", *others]
    assert route_of("flags_integer") == ["stablehlo", *others]
    assert route_of("recipe_weights_only") == [
        "quantized-stablehlo",
        *(f"quantized-{name}" for name in others),
    ]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("functional", FileOptions()),
        ("compile_targets", FileOptions(aot_compile_targets=("arm64", "intel:LNL"))),
        (
            "flags_dynamic_range",
            FileOptions(
                recipe=Quantization(Precision.DYNAMIC_RANGE),
                kernels=Kernels.BUILTINS_AND_TF_SELECT,
            ),
        ),
        ("flags_float16", FileOptions(recipe=Quantization(Precision.FLOAT16_WEIGHTS))),
        (
            "flags_integer",
            FileOptions(
                recipe=Quantization(
                    Precision.INTEGER,
                    input_type=DType.INT8,
                    output_type=DType.UINT8,
                    integer_only=True,
                ),
                sparse=True,
                old_quantizer=True,
            ),
        ),
        ("flags_int16x8", FileOptions(recipe=Quantization(Precision.INTEGER_16X8))),
        ("recipe_weights_only", FileOptions(recipe=Quantization(Precision.WEIGHT_ONLY_INT8))),
        (
            "recipe_with_rules",
            FileOptions(
                recipe=Quantization.named("int8", {"head": "skip", "product": "int16x8"}),
            ),
        ),
    ],
)
def test_terms_of_tensorflow_are_the_options_of_today(name: str, options: FileOptions) -> None:
    assert stored(name).options == options


def test_sizes_bounds_and_small_types_are_read() -> None:
    bounded = {spec.shape for spec in stored("bounded_dims").inputs}
    length = DynamicDim("length", minimum=2, maximum=64, multiple_of=2, source="input_signature")
    assert bounded == {(DynamicDim("batch"), length, 4)}
    task = stored("hub_task").task
    assert task is not None
    assert [(size.name, size.value, size.source) for size in task.sizes] == [
        ("sequence_length", 16, SizeSource.PREPROCESSOR)
    ]
    assert {item.layer for item in stored("quantized_in_keras").stored} == {"hidden", "y"}
    assert stored("bfloat16").model.compute_dtypes == (DType.BFLOAT16,)
    versions = stored("functional_on_jax").versions
    assert versions.backend is ConvertibleBackend.JAX
    assert (versions.tensorflow, versions.jax is None) == (None, False)
