"""Run the commands `export` and `plan`: check, load the model, call the library, print."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from litert_ir.cli.command_options import ExportOptions, PlanOptions, ReportOptions, SourceOptions
from litert_ir.cli.demo import run_demo
from litert_ir.cli.environment import backend, framework_environment, start_frameworks
from litert_ir.cli.input_specs import keras_signature
from litert_ir.cli.model_source import ModelSource, load_model, needs_modules, parse_source
from litert_ir.cli.preset_source import parse_preset
from litert_ir.cli.progress_display import phases
from litert_ir.cli.report import export_json, print_demo, print_export
from litert_ir.conversion.options_request import as_options
from litert_ir.conversion.plan_checks import check_executable
from litert_ir.conversion.progress import Progress
from litert_ir.conversion.target_checks import check_target
from litert_ir.verbs import export, plan_for


def plan_model(
    model: str | None, source: SourceOptions, options: PlanOptions, report: ReportOptions
) -> None:
    """Print the plan of a model.

    Raises:
        LiteRTIRError: When the source, the options or the model's signature are invalid.
    """
    found = _source(model, source)
    wanted = as_options(options.converter_options())
    with _surroundings(found, options), phases(verbose=report.verbose) as announce:
        loaded = _load(found, options, report, announce)
        announce("planning")
        plan = plan_for(
            loaded,
            input_signature=keras_signature(options.inputs, loaded),
            batch_size=options.batch_size,
            max_sequence_length=options.max_sequence_length,
            image_size=options.image_size,
            sizes=dict(options.sizes),
            options=wanted,
            strategies=options.strategies or None,
        )
    print(plan.to_json(indent=2) if report.json else plan)


def export_model(
    model: str | None,
    source: SourceOptions,
    options: PlanOptions,
    target: ExportOptions,
    report: ReportOptions,
) -> None:
    """Write the LiteRT file of a model and print the result.

    Everything that can be checked without the model is checked before it is loaded.

    Raises:
        LiteRTIRError: When the source, the options or the target are invalid, or no strategy wrote
            an acceptable file.
    """
    found = _source(model, source)
    wanted = as_options(target.converter_options(options))
    verify = target.thresholds.verification(verify=target.verify)
    output = check_target(target.output)
    check_executable(wanted, output)
    strategies = target.chosen_strategies(options)
    samples = target.calibration.samples()
    with _surroundings(found, options), phases(verbose=report.verbose) as announce:
        loaded = _load(found, options, report, announce)
        result = export(
            loaded,
            output,
            input_signature=keras_signature(options.inputs, loaded),
            batch_size=options.batch_size,
            max_sequence_length=options.max_sequence_length,
            image_size=options.image_size,
            sizes=dict(options.sizes),
            options=wanted,
            representative_dataset=samples,
            calibration_limit=target.calibration.calibration_limit,
            strategies=strategies,
            verify=verify,
            verbose=report.verbose,
            on_progress=announce,
        )
    if report.json:
        print(export_json(result))
    else:
        print_export(result)


def run_and_show_demo(output: Path, *, verbose: bool) -> None:
    """Export MobileNetV2, run the model and the file on one image, and print both results.

    Raises:
        LiteRTIRError: When the file cannot be written or the export fails.
    """
    output = check_target(output)
    with framework_environment(), phases(verbose=verbose) as announce:
        announce(f"starting {backend().display_name}")
        start_frameworks(verbose=verbose)
        found = run_demo(output, announce, verbose=verbose)
    print_demo(found)


def _surroundings(source: ModelSource, options: PlanOptions) -> AbstractContextManager[None]:
    return framework_environment(with_own_modules=needs_modules(source, options.imports))


def _source(model: str | None, source: SourceOptions) -> ModelSource:
    if source.preset is not None:
        return parse_preset(source.preset, source.task or "")
    return parse_source(model or "")


def _load(
    source: ModelSource, options: PlanOptions, report: ReportOptions, announce: Progress
) -> Any:
    announce(f"starting {backend().display_name}")
    start_frameworks(verbose=report.verbose)
    announce("loading the model")
    return load_model(source, imports=options.imports)
