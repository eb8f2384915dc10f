"""The command `export`."""

from __future__ import annotations

from litert_ir.cli.command_options import ExportOptions, PlanOptions, ReportOptions, SourceOptions
from litert_ir.cli.loaded_model import (
    Source,
    Surplus,
    loaded_model,
    named_source,
    require_one_source,
)
from litert_ir.cli.printing import print_report
from litert_ir.cli.running import run

_NO_SOURCE_OPTIONS = SourceOptions()
_NO_PLAN_OPTIONS = PlanOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def export(
    model: Source = None,
    /,
    *surplus: Surplus,
    target: ExportOptions,
    source: SourceOptions = _NO_SOURCE_OPTIONS,
    plan: PlanOptions = _NO_PLAN_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Convert a model, run the file, compare it with the model, and write it.

    Args:
        model: A .keras file, or package.module:function where the function takes no arguments
            and returns a model (or a model object in place of the function).
        surplus: A second model, which is refused.
        source: A source other than MODEL.
        target: The target file, and how it is made.
        plan: Options of the plan.
        report: Options of the output.
    """
    require_one_source(model, source, surplus)
    if target.plan is not None:
        return run(lambda: _execute_and_show(model, source, plan, target, report), report)
    return run(lambda: _export_and_show(model, source, plan, target, report), report)


def _export_and_show(
    model: str | None,
    source: SourceOptions,
    options: PlanOptions,
    target: ExportOptions,
    report: ReportOptions,
) -> None:
    """Check everything that can be checked without the model, before it is loaded; then export."""
    from litert_ir.conversion.options_request import DATASET_KEY, as_options
    from litert_ir.conversion.plan_checks import check_executable
    from litert_ir.conversion.request import check_searchable
    from litert_ir.conversion.target_checks import check_target
    from litert_ir.verbs import export

    found = named_source(model, source)
    wanted = as_options(target.converter_options(options))
    samples = target.calibration.samples(target.images)
    verify = target.comparison.switched(samples, target.images, verify=target.verify)
    output = check_target(target.output)
    check_executable(wanted, output)
    strategies = target.chosen_strategies(options.strategies)
    metadata = options.metadata.stated()
    search = options.recipe.search()
    if search is not None:
        check_searchable(search, verify, samples, DATASET_KEY)
    with loaded_model(found, options.imports, report) as loaded:
        result = export(
            loaded.model,
            output,
            **options.keywords(loaded.model),
            metadata=metadata,
            options=wanted,
            quantization=search,
            representative_dataset=samples,
            calibration_limit=target.calibration.calibration_limit,
            strategies=strategies,
            verify=verify,
            verbose=report.verbose,
            on_progress=loaded.announce,
        )
    print_report(result, report)


def _execute_and_show(
    model: str | None,
    source: SourceOptions,
    options: PlanOptions,
    target: ExportOptions,
    report: ReportOptions,
) -> None:
    """Check the stored plan and what goes with it, before the model is loaded; then execute it."""
    from litert_ir.cli.stored_plan import checked_plan
    from litert_ir.conversion.plan_checks import check_executable
    from litert_ir.conversion.target_checks import check_target
    from litert_ir.verbs import execute

    found = named_source(model, source)
    plan = checked_plan(target, options)
    samples = target.calibration.samples(target.images)
    verify = target.comparison.switched(samples, target.images, verify=target.verify)
    output = check_target(target.output)
    check_executable(plan.options, output)
    names = tuple(step.strategy for step in plan.route) if target.dump else ()
    strategies = target.chosen_strategies(names)
    with loaded_model(found, options.imports, report) as loaded:
        result = execute(
            plan,
            loaded.model,
            output,
            representative_dataset=samples,
            calibration_limit=target.calibration.calibration_limit,
            strategies=strategies,
            verify=verify,
            verbose=report.verbose,
            on_progress=loaded.announce,
        )
    print_report(result, report)
