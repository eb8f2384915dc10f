"""The command `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import CycloptsError, Parameter

from litert_ir.cli.command_options import ReportOptions, SourceOptions, VerifyOptions
from litert_ir.cli.exit_codes import DIFFERS
from litert_ir.cli.loaded_model import (
    Source,
    loaded_model,
    named_source,
    require_one_source,
)
from litert_ir.cli.printing import print_report
from litert_ir.cli.running import run
from litert_ir.cli.streams import complain

_NO_SOURCE_OPTIONS = SourceOptions()
_NO_VERIFY_OPTIONS = VerifyOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def verify(
    model: Source = None,
    file: Annotated[str | None, Parameter(metavar="FILE")] = None,
    /,
    *,
    source: SourceOptions = _NO_SOURCE_OPTIONS,
    options: VerifyOptions = _NO_VERIFY_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Compare a LiteRT file of any origin with its model, as an export does.

    Args:
        model: As for export; left out with --preset.
        file: The .tflite file.
        source: A source other than MODEL.
        options: The call of the model, and the way to compare.
        report: Options of the output.
    """
    if source.preset is not None and file is None:
        model, file = None, model
    require_one_source(model, source)
    if file is None:
        raise CycloptsError(msg="Name the file to compare with the model: MODEL FILE.")
    path = Path(file)
    return run(lambda: _verify_and_show(model, path, source, options, report), report)


def _verify_and_show(
    model: str | None,
    path: Path,
    source: SourceOptions,
    options: VerifyOptions,
    report: ReportOptions,
) -> int:
    """Check the file and the samples before the model is loaded; then compare."""
    from litert_ir.model_file_verbs import checked_file, verify

    found = named_source(model, source)
    verification = options.comparison.verification(images=options.images)
    file = checked_file(path)
    with loaded_model(found, options.call.imports, report) as loaded:
        result = verify(
            loaded.model,
            file,
            **options.call.keywords(loaded.model),
            verification=verification,
            verbose=report.verbose,
            on_progress=loaded.announce,
        )
    print_report(result, report)
    if result.agrees:
        return 0
    if not report.prints_result:
        complain(f"litert-ir: {result.headline}")
    return DIFFERS
