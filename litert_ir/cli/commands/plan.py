"""The command `plan`."""

from __future__ import annotations

from litert_ir.cli.command_options import PlanOptions, ReportOptions, SourceOptions
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


def plan(
    model: Source = None,
    /,
    *surplus: Surplus,
    source: SourceOptions = _NO_SOURCE_OPTIONS,
    plan: PlanOptions = _NO_PLAN_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Show how a model would be exported: inputs, outputs, options and route; convert nothing.

    Args:
        model: As for export.
        surplus: A second model, which is refused.
        source: A source other than MODEL.
        plan: Options of the plan.
        report: Options of the output.
    """
    require_one_source(model, source, surplus)
    return run(lambda: _plan_and_show(model, source, plan, report), report)


def _plan_and_show(
    model: str | None, source: SourceOptions, options: PlanOptions, report: ReportOptions
) -> None:
    from litert_ir.conversion.options_request import as_options
    from litert_ir.verbs import plan_for

    found = named_source(model, source)
    wanted = as_options(options.converter_options(), options.recipe.search())
    metadata = options.metadata.stated()
    with loaded_model(found, options.imports, report) as loaded:
        loaded.announce("planning")
        made = plan_for(
            loaded.model,
            **options.keywords(loaded.model),
            metadata=metadata,
            options=wanted,
            strategies=options.strategies or None,
        )
    print_report(made, report)
