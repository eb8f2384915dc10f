from __future__ import annotations

import itertools
import os
from pathlib import Path as File
from typing import Any

import attrs
import pytest
from hypothesis import given

from litert_ir.errors.shown import bytes_text
from litert_ir.ir.adapter import AdapterSpec, Binding
from litert_ir.ir.estimate import FileEstimate, Layout
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.plan import (
    OUTPUTS,
    ExportPlan,
    ModelKind,
    ModelSummary,
    RouteStep,
    Versions,
)
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.task import SizeSource, TaskSize, TaskSummary
from litert_ir.ir.tensor import DType, DynamicDim, Shape, TensorSpec
from litert_ir.ir.text import options_text, signature_text
from litert_ir.testing.strategies import plans

GOLDEN = File(__file__).parent.parent / "golden"
REGENERATE = "LITERT_IR_REGENERATE_GOLDEN"
BATCH = DynamicDim("batch")
VERSIONS = Versions(litert_ir="0.1.0", keras="3.15.0", backend="tensorflow", tensorflow="2.21.0")
ROUTE = tuple(
    RouteStep(strategy=name) for name in ("stablehlo", "direct", "concrete_function", "saved_model")
)


def tensor(name: str, shape: Shape, dtype: DType = DType.FLOAT32) -> TensorSpec:
    """A tensor."""
    return TensorSpec(name=name, shape=shape, dtype=dtype)


def adapter(signature: Signature, outputs: SignatureNode) -> AdapterSpec:
    """The adapter of a call."""
    results = collect_leaves(outputs, OUTPUTS)
    return AdapterSpec(
        inputs=tuple(Binding(leaf.spec.name, leaf.path) for leaf in signature.leaves),
        outputs=tuple(Binding(leaf.spec.name, leaf.path) for leaf in results),
    )


def functional_plan() -> ExportPlan:
    """One image in, one row of scores out."""
    return ExportPlan(
        kind=ModelKind.FUNCTIONAL,
        model=ModelSummary(
            name="mobilenet", type="keras.Functional", parameters=3_504_872, weight_bytes=14_019_488
        ),
        signature=Signature((Argument("inputs", tensor("image", (BATCH, 224, 224, 3))),)),
        outputs=tensor("predictions", (BATCH, 1000)),
        adapter=None,
        options=ConverterOptions(),
        route=ROUTE,
        estimate=FileEstimate(layout=Layout.INLINE, size_bytes=14_019_488, peak_bytes=128_000_000),
        versions=VERSIONS,
    )


def nested_plan() -> ExportPlan:
    """A dict in, of which one entry is left out; a tuple with a dict out."""
    inputs = MappingNode(
        (
            ("token_ids", tensor("token_ids", (BATCH, DynamicDim()), DType.INT32)),
            ("padding_mask", Absent()),
            ("images", ListNode((tensor("images_0", (1,)), tensor("images_1", (), DType.BOOL)))),
        )
    )
    hidden = MappingNode((("hidden", tensor("hidden", (BATCH, 8))), ("cache", Absent())))
    outputs = TupleNode((tensor("logits", (BATCH, 2)), hidden))
    signature = Signature((Argument("inputs", inputs),))
    return ExportPlan(
        kind=ModelKind.HUB_TASK,
        model=ModelSummary(
            name="bert", type="keras_hub.models.BertClassifier", parameters=0, weight_bytes=1023
        ),
        signature=signature,
        outputs=outputs,
        adapter=adapter(signature, outputs),
        options=ConverterOptions(optimizations=(Optimization.DEFAULT,)),
        task=TaskSummary(
            model_type="text_classifier",
            config="TextClassifierExporterConfig",
            sizes=(
                TaskSize(
                    name="sequence_length",
                    value=512,
                    source=SizeSource.PREPROCESSOR,
                    origin="preprocessor.sequence_length",
                ),
                TaskSize(name="images", value=1, source=SizeSource.DEFAULT),
            ),
        ),
        versions=attrs.evolve(VERSIONS, backend="jax", tensorflow=None),
    )


def subclassed_plan() -> ExportPlan:
    """Several arguments, integers inside and at the interface, a strategy that refuses."""
    signature = Signature(
        (
            Argument("query", tensor("query", (1, 4, 8))),
            Argument("pair", TupleNode((tensor("pair_0", (1, 8)),))),
            Argument("mask", Absent(), keyword_only=True),
            Argument("scale", tensor("scale", (), DType.FLOAT16), keyword_only=True),
        )
    )
    outputs = ListNode((tensor("output_0", (1, 4, 8)),))
    return ExportPlan(
        kind=ModelKind.SUBCLASSED,
        model=ModelSummary(
            name="net", type="app.Net", parameters=2_000_000_000, weight_bytes=8_000_000_000
        ),
        signature=signature,
        outputs=outputs,
        adapter=adapter(signature, outputs),
        options=ConverterOptions(
            optimizations=(Optimization.DEFAULT, Optimization.EXPERIMENTAL_SPARSITY),
            calibrated=True,
            target_spec=TargetSpec(supported_ops=(OpSet.TFLITE_BUILTINS_INT8, OpSet.SELECT_TF_OPS)),
            inference_input_type=DType.INT8,
            inference_output_type=DType.UINT8,
            aot_compile_targets=("arm64", "qualcomm:SM8750"),
        ),
        route=(RouteStep(strategy="stablehlo", refusal="it cannot calibrate"), *ROUTE[1:]),
        estimate=FileEstimate(layout=Layout.OFFSET, size_bytes=2**31, peak_bytes=10**10),
        notes=("mask is left out", "the batch size is fixed at 1"),
        versions=VERSIONS,
    )


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("functional_single_tensor", functional_plan()),
        ("dict_input_nested_outputs", nested_plan()),
        ("subclassed_quantized", subclassed_plan()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_plan_prints_as_its_golden_file(name: str, plan: ExportPlan) -> None:
    golden = GOLDEN / f"{name}.txt"
    printed = f"{plan}\n"
    if os.environ.get(REGENERATE) == "1":
        golden.write_text(printed, encoding="utf-8")
    expected = golden.read_text(encoding="utf-8") if golden.exists() else "(no such file)"
    assert printed == expected, (
        f"{golden} is out of date; if the new text is right, write it with "
        f"{REGENERATE}=1 pytest {__file__}"
    )


@pytest.mark.parametrize(
    ("dtypes", "row"),
    [
        ((DType.FLOAT32,), None),
        ((DType.BFLOAT16,), "  computes   in bfloat16"),
        ((DType.BFLOAT16, DType.FLOAT32), "  computes   in bfloat16 and float32"),
    ],
)
def test_a_plan_prints_in_what_the_model_computes_if_that_is_unusual(
    dtypes: tuple[DType, ...], row: str | None
) -> None:
    plan = functional_plan()
    lines = str(attrs.evolve(plan, model=attrs.evolve(plan.model, compute_dtypes=dtypes)))
    found = [line for line in lines.splitlines() if line.startswith("  computes ")]
    assert found == ([] if row is None else [row])


def rows(plan: ExportPlan, label: str) -> list[str]:
    """The lines of one row of a plan's text."""
    lines = str(plan).splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(f"  {label:<11}")), None)
    if start is None:
        return []
    rest = itertools.takewhile(lambda line: line.startswith(" " * 13), lines[start + 1 :])
    return [line[13:] for line in (lines[start], *rest)]


def test_a_plan_prints_the_bounds_of_dimensions_once_for_each_name() -> None:
    table = "the position table of 'pos'"
    length = DynamicDim("length", minimum=20, maximum=512, source=table)
    shapes: tuple[Shape, ...] = (
        (BATCH, length),
        (BATCH, attrs.evolve(length, source="input_signature")),
        (BATCH, length, DynamicDim("width", maximum=64, multiple_of=8, source="input_signature")),
        (BATCH, DynamicDim("steps", minimum=7), DynamicDim("of_4", multiple_of=4)),
        (BATCH, 3, DynamicDim(minimum=3, multiple_of=2, source="a window")),
    )
    inputs = ListNode(tuple(tensor(f"x{i}", shape) for i, shape in enumerate(shapes)))
    signature = Signature((Argument("inputs", inputs),))
    plan = functional_plan()
    nested = adapter(signature, plan.outputs)
    assert rows(attrs.evolve(plan, signature=signature, adapter=nested), "sizes") == [
        f"length (20 .. 512, from {table} and input_signature)",
        "width (1 .. 64, multiples of 8, from input_signature)",
        "steps (7 or more)",
        "of_4 (multiples of 4)",
        "axis 2 of x4 (3 or more, multiples of 2, from a window)",
    ]


@given(plans())
def test_a_plan_prints_sizes_only_where_there_are_bounds(plan: ExportPlan) -> None:
    dims = [dim for spec in plan.inputs for dim in spec.shape]
    bounded = any(isinstance(dim, DynamicDim) and dim.is_bounded for dim in dims)
    assert bool(rows(plan, "sizes")) == bounded


@given(plans())
def test_a_plan_prints_all_its_tensors(plan: ExportPlan) -> None:
    text = str(plan)
    for leaf in (*plan.signature.leaves, *plan.output_leaves):
        assert f"{leaf.spec}" in text
        assert f"  {leaf.path}" in text
    assert text.startswith(f"ExportPlan {plan.fingerprint[:12]}: {plan.model.name} (")


@pytest.mark.parametrize(
    ("signature", "text"),
    [
        (Signature((Argument("inputs", tensor("x", (1,))),)), "[x]"),
        (Signature((Argument("x", tensor("x", (1,)), keyword_only=True),)), "[x=x]"),
        (
            Signature((Argument("x", TupleNode((tensor("a", (1,)),))), Argument("m", Absent()))),
            "[x=(a,), m=None]",
        ),
        (
            Signature((Argument("x", TupleNode((tensor("a", (1,)), ListNode((Absent(),))))),)),
            "[(a, [None])]",
        ),
        (
            Signature((Argument("x", MappingNode((("it's", tensor("a", (1,))),))),)),
            '[{"it\'s": a}]',
        ),
    ],
)
def test_a_signature_prints_as_python_writes_its_structure(signature: Signature, text: str) -> None:
    assert signature_text(signature) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (1024**2, "1.0 MiB"),
        (3 * 1024**2 + 512 * 1024, "3.5 MiB"),
        (5 * 1024**3, "5.00 GiB"),
        (5000 * 1024**3, "5000.00 GiB"),
    ],
)
def test_bytes_print_in_the_largest_unit(count: int, text: str) -> None:
    assert bytes_text(count) == text


def test_default_options_print_in_a_few_words() -> None:
    assert options_text(FileOptions()) == "float; ops: TFLITE_BUILTINS"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "keras 3.15.0 (tensorflow backend), tensorflow 2.21.0"),
        (
            {"backend": "jax", "tensorflow": None, "jax": "0.10.2"},
            "keras 3.15.0 (jax backend), jax 0.10.2",
        ),
        ({"tensorflow": None}, "keras 3.15.0 (tensorflow backend)"),
    ],
)
def test_a_plan_shows_the_versions_of_its_frameworks(change: dict[str, Any], text: str) -> None:
    plan = subclassed_plan()
    shown = str(attrs.evolve(plan, versions=attrs.evolve(plan.versions, **change)))
    assert shown.splitlines()[-1] == f"  made with  litert_ir 0.1.0, {text}"
