"""The options of the command line: data to tokens to the same data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import litert_ir as lir
from litert_ir.cli.app import app
from litert_ir.cli.command_options import STRATEGIES, ExportOptions, PlanOptions, ReportOptions
from litert_ir.cli.comparison_options import ComparisonOptions
from litert_ir.cli.input_specs import input_text, parse_input
from litert_ir.cli.quantization_options import (
    INTERFACE_TYPES,
    CalibrationOptions,
    RecipeOptions,
)
from litert_ir.cli.said_options import said_options
from litert_ir.errors import OptionsError
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization
from litert_ir.ir.quantization import PRECISION_NAMES, LayerRule, Precision
from litert_ir.ir.tensor import DType

modules = st.sampled_from(["layers", "my_pkg.layers", "a.b.c"])
inputs = st.sampled_from(
    ["a=1,?:float32", "b=:int32", "c=2:bool", "d=?,length:32..512:8,80:float32", "e=..9:int8"]
).map(parse_input)
NAMES_OF = {precision: name for name, precision in PRECISION_NAMES.items()}
rules = st.builds(
    LayerRule,
    st.sampled_from(["head", "block_1/*", "a=b", "encoder/dense_[12]"]),
    st.sampled_from(Precision),
)
recipe_options = st.builds(
    RecipeOptions,
    recipe=st.none() | st.sampled_from(list(PRECISION_NAMES)),
    layers=st.lists(rules, max_size=3).map(tuple),
    input_type=st.sampled_from(INTERFACE_TYPES),
    output_type=st.sampled_from(INTERFACE_TYPES),
    integer_only=st.booleans(),
)
plan_options = st.builds(
    PlanOptions,
    batch_size=st.none() | st.integers(1, 999),
    max_sequence_length=st.none() | st.integers(1, 999),
    image_size=st.none() | st.tuples(st.integers(1, 999), st.integers(1, 999)),
    sizes=st.dictionaries(st.sampled_from(["points", "boxes"]), st.integers(1, 9)).map(
        lambda sizes: tuple(sizes.items())
    ),
    inputs=st.lists(inputs, unique_by=lambda spec: spec.name).map(tuple),
    optimize=st.lists(st.sampled_from(Optimization)).map(tuple),
    supported_types=st.lists(st.sampled_from([DType.FLOAT16, DType.FLOAT32])).map(tuple),
    select_tf_ops=st.booleans(),
    recipe=recipe_options,
    strategies=st.lists(st.sampled_from(sorted(STRATEGIES))).map(tuple),
    imports=st.lists(modules).map(tuple),
)
calibration_options = st.builds(
    CalibrationOptions,
    calibrate=st.none() | st.sampled_from(["data.npz", "some/folder"]).map(Path),
    calibration_limit=st.integers(1, 999),
)
shares = st.none() | st.floats(0, 1)
comparison_options = st.builds(
    ComparisonOptions,
    samples=st.none() | st.sampled_from(["data.npz", "some/folder"]).map(Path),
    max_error=shares,
    max_mean_error=shares,
    min_cosine=shares,
    min_top1=shares,
    compare=st.none() | st.integers(1, 99),
    verify_timeout=st.none() | st.floats(0.001, 1e6),
)
export_options = st.builds(
    ExportOptions,
    output=st.sampled_from(["m.tflite", "some/where/m.tflite"]).map(Path),
    verify=st.booleans(),
    plan=st.none() | st.just(Path("plan.json")),
    dump=st.none() | st.sampled_from(["dump", "some/where"]).map(Path),
    calibration=calibration_options,
    comparison=comparison_options,
)
report_options = st.builds(ReportOptions, json=st.booleans(), verbose=st.booleans())


def plan_tokens(options: PlanOptions) -> Iterator[str]:
    if options.batch_size is not None:
        yield f"--batch-size={options.batch_size}"
    if options.max_sequence_length is not None:
        yield f"--max-sequence-length={options.max_sequence_length}"
    if options.image_size is not None:
        yield f"--image-size={options.image_size[0]}x{options.image_size[1]}"
    yield from (f"--size={name}={size}" for name, size in options.sizes)
    yield from (f"--input={input_text(spec)}" for spec in options.inputs)
    yield from (f"--optimize={flag.value}" for flag in options.optimize)
    yield from (f"--supported-type={dtype.value}" for dtype in options.supported_types)
    yield from ("--select-tf-ops" for _ in range(options.select_tf_ops))
    yield from recipe_tokens(options.recipe)
    yield from (f"--strategy={name}" for name in options.strategies)
    yield from (f"--import={module}" for module in options.imports)


def export_tokens(options: ExportOptions) -> Iterator[str]:
    yield from ("-o", str(options.output))
    yield "--verify" if options.verify else "--no-verify"
    if options.plan is not None:
        yield f"--plan={options.plan}"
    if options.dump is not None:
        yield f"--dump={options.dump}"
    if options.calibration.calibrate is not None:
        yield f"--calibrate={options.calibration.calibrate}"
    yield f"--calibration-limit={options.calibration.calibration_limit}"
    yield from comparison_tokens(options.comparison)


def recipe_tokens(options: RecipeOptions) -> Iterator[str]:
    if options.recipe is not None:
        yield f"--recipe={options.recipe}"
    for rule in options.layers:
        yield f"--layer={rule.pattern}={NAMES_OF[rule.precision]}"
    yield f"--input-type={options.input_type.value}"
    yield f"--output-type={options.output_type.value}"
    yield from ("--integer-only" for _ in range(options.integer_only))


def comparison_tokens(options: ComparisonOptions) -> Iterator[str]:
    values = {
        "--max-error": options.max_error,
        "--max-mean-error": options.max_mean_error,
        "--min-cosine": options.min_cosine,
        "--min-top1": options.min_top1,
        "--compare": options.compare,
        "--verify-timeout": options.verify_timeout,
    }
    yield from (f"--samples={options.samples}" for _ in range(options.samples is not None))
    yield from (f"{name}={value!r}" for name, value in values.items() if value is not None)


def report_tokens(options: ReportOptions) -> Iterator[str]:
    yield from ("--json" for _ in range(options.json))
    yield from ("-v" for _ in range(options.verbose))


@given(plan_options, export_options, report_options)
def test_the_options_of_export_survive_the_command_line(
    plan: PlanOptions, target: ExportOptions, report: ReportOptions
) -> None:
    tokens = [*report_tokens(report), *plan_tokens(plan), *export_tokens(target)]
    _, bound, _ = app.parse_args(["export", "m.keras", *tokens], exit_on_error=False)
    read = {"plan": PlanOptions(), "report": ReportOptions(), **bound.kwargs}
    assert bound.args == ("m.keras",)
    assert read == {"plan": plan, "target": target, "report": report}


def test_a_strategy_has_a_name_in_each_of_its_forms() -> None:
    plain = tuple(strategy.name for strategy in lir.DEFAULT_STRATEGIES)
    assert STRATEGIES[: len(plain)] == plain
    assert {"quantized-direct", "direct-in-child", "quantized-direct-in-child"} < set(STRATEGIES)
    assert len(set(STRATEGIES)) == len(STRATEGIES) == 4 * len(plain)


def test_without_options_the_converter_is_told_its_defaults() -> None:
    assert PlanOptions().converter_options() == ConverterOptions()


def test_float16_weights() -> None:
    options = PlanOptions(optimize=(Optimization.DEFAULT,), supported_types=(DType.FLOAT16,))
    assert options.converter_options().precision is Precision.FLOAT16_WEIGHTS


def test_select_tf_ops_are_added_to_the_builtins() -> None:
    options = PlanOptions(select_tf_ops=True).converter_options()
    assert options.target_spec.supported_ops == (OpSet.TFLITE_BUILTINS, OpSet.SELECT_TF_OPS)


def test_a_type_without_an_optimization_is_refused() -> None:
    with pytest.raises(OptionsError, match="no effect") as caught:
        PlanOptions(supported_types=(DType.FLOAT16,)).converter_options()
    assert caught.value.where == "target_spec.supported_types"


def test_the_options_that_a_command_line_gives_are_listed_as_they_are_written() -> None:
    options = PlanOptions(
        sizes=(("points", 2),),
        supported_types=(DType.FLOAT16,),
        recipe=RecipeOptions(recipe="dynamic", integer_only=False),
        aot_targets=("arm64",),
        imports=("layers",),
    )
    written = ("--size", "--supported-type", "--recipe", "--aot-target")
    assert sorted(said_options(options, but=("imports",))) == sorted(written)
    assert said_options(PlanOptions()) == ()
