"""The command `explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import CycloptsError, Parameter

from litert_ir.cli.command_options import ReportOptions, SourceOptions
from litert_ir.cli.exit_codes import DIFFERS
from litert_ir.cli.explain_options import ExplainOptions
from litert_ir.cli.loaded_model import Source, loaded_model, named_source, require_one_source
from litert_ir.cli.printing import print_report
from litert_ir.cli.running import run
from litert_ir.cli.streams import complain

_NO_SOURCE_OPTIONS = SourceOptions()
_NO_EXPLAIN_OPTIONS = ExplainOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def explain(
    model: Source = None,
    file: Annotated[str | None, Parameter(metavar="FILE")] = None,
    /,
    *,
    source: SourceOptions = _NO_SOURCE_OPTIONS,
    options: ExplainOptions = _NO_EXPLAIN_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Find the layers of a LiteRT file that depart from the Keras model.

    Args:
        model: As for export; left out with --preset.
        file: The .tflite file.
        source: A source other than MODEL.
        options: The call of the model, and what to look for.
        report: Options of the output.
    """
    if source.preset is not None and file is None:
        model, file = None, model
    require_one_source(model, source)
    if file is None:
        raise CycloptsError(msg="Name the file to compare with the model: MODEL FILE.")
    path = Path(file)
    return run(lambda: _explain_and_show(model, path, source, options, report), report)


def _explain_and_show(
    model: str | None,
    path: Path,
    source: SourceOptions,
    options: ExplainOptions,
    report: ReportOptions,
) -> int:
    """Check the file, the samples and the plot before the model is loaded; then compare."""
    from litert_ir.explanation.verb import layer_errors
    from litert_ir.model_file_verbs import checked_file
    from litert_ir.verification.error_plot import plot_layer_errors

    found = named_source(model, source)
    samples, plot = options.opened_samples(), options.checked_plot()
    file = checked_file(path)
    with loaded_model(found, options.call.imports, report) as loaded:
        result = layer_errors(
            loaded.model,
            file,
            **options.call.keywords(loaded.model),
            samples=samples,
            bisect=options.bisect,
            keep=options.keep,
            confirm=options.confirm,
            strategies=options.strategies or None,
            verbose=report.verbose,
            on_progress=loaded.announce,
        )
    if plot is not None:
        plot_layer_errors(result, plot)
    print_report(attrs.evolve(result, rows=options.max_rows), report)
    if result.agrees and not result.departing:
        return 0
    if not report.prints_result:
        complain(f"litert-ir: {result.headline}")
    return DIFFERS
