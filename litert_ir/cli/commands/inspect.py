"""The command `inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.printing import print_report
from litert_ir.cli.progress_display import phases
from litert_ir.cli.running import run


@Parameter(name="*", negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class InspectOptions:
    """Options of the description.

    Attributes:
        delegation: Load the file, to find out which operators XNNPACK runs here.
        code: Print code that runs the file, in place of the description: in Python with
            ai-edge-litert, in Kotlin with LiteRT for Android, in Swift with LiteRT for iOS.
    """

    delegation: Annotated[bool, Parameter(negative="--no-delegation")] = True
    code: Annotated[str | None, Parameter(choices=["python", "kotlin", "swift"])] = None


_NO_OPTIONS = InspectOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def inspect(
    file: Annotated[Path, Parameter(metavar="FILE")],
    /,
    *,
    options: InspectOptions = _NO_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Describe a LiteRT file: signatures, operators, bytes, quantization, what runs where.

    Args:
        file: A .tflite file of any origin.
        options: What is described.
        report: Options of the output.
    """
    return run(lambda: _inspect_and_show(file, options, report), report)


def _inspect_and_show(file: Path, options: InspectOptions, report: ReportOptions) -> None:
    if options.code is not None:
        _show_code(file, options.code, report)
        return
    from litert_ir.inspection.inspect_file import inspect as inspect_file

    with phases(report) as announce:
        announce("reading the file")
        found = inspect_file(file, delegation=options.delegation)
    print_report(found, report)


def _show_code(file: Path, language: str, report: ReportOptions) -> None:
    from litert_ir.sample_code.sample import sample_code

    found = sample_code(file, language)
    print(found.to_json(indent=2) if report.json else found.code.rstrip("\n"))
