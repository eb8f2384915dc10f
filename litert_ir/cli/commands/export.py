"""The command `export`."""

from __future__ import annotations

from litert_ir.cli.command_options import ExportOptions, PlanOptions, ReportOptions, SourceOptions
from litert_ir.cli.input_specs import keras_signature
from litert_ir.cli.loaded_model import Source, loaded_model, named_source, require_one_source
from litert_ir.cli.running import run

_NO_SOURCE_OPTIONS = SourceOptions()
_NO_PLAN_OPTIONS = PlanOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def export(
    model: Source = None,
    /,
    *,
    target: ExportOptions,
    source: SourceOptions = _NO_SOURCE_OPTIONS,
    plan: PlanOptions = _NO_PLAN_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Convert a model, run the file, compare it with the model, and write it.

    Args:
        model: A .keras file, or package.module:function where the function takes no arguments
            and returns a model (or a model object in place of the function).
        source: A source other than MODEL.
        target: The target file, and how it is made.
        plan: Options of the plan.
        report: Options of the output.
    """
    require_one_source(model, source)
    return run(lambda: _export_and_show(model, source, plan, target, report), report)


def _export_and_show(
    model: str | None,
    source: SourceOptions,
    options: PlanOptions,
    target: ExportOptions,
    report: ReportOptions,
) -> None:
    """Check everything that can be checked without the model, before it is loaded; then export."""
    from litert_ir.cli.result_tables import export_json, print_export
    from litert_ir.conversion.options_request import DATASET_KEY, as_options
    from litert_ir.conversion.plan_checks import check_executable
    from litert_ir.conversion.request import check_searchable
    from litert_ir.conversion.target_checks import check_target
    from litert_ir.verbs import export

    found = named_source(model, source)
    wanted = as_options(target.converter_options(options))
    verify = target.thresholds.verification(verify=target.verify)
    output = check_target(target.output)
    check_executable(wanted, output)
    strategies = target.chosen_strategies(options)
    samples = target.calibration.samples()
    metadata = options.metadata.stated()
    search = options.recipe.search()
    if search is not None:
        check_searchable(search, verify, samples, DATASET_KEY)
    with loaded_model(found, options.imports, report) as loaded:
        result = export(
            loaded.model,
            output,
            input_signature=keras_signature(options.inputs, loaded.model),
            batch_size=options.batch_size,
            max_sequence_length=options.max_sequence_length,
            image_size=options.image_size,
            sizes=dict(options.sizes),
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
    if report.json:
        print(export_json(result))
    elif report.prints_result:
        print_export(result)
