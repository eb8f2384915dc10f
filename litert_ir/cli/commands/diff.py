"""The command `diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.exit_codes import DIFFERS
from litert_ir.cli.printing import print_report
from litert_ir.cli.progress_display import phases
from litert_ir.cli.running import run

_NO_REPORT_OPTIONS = ReportOptions()


def diff(
    first: Annotated[Path, Parameter(metavar="FIRST")],
    second: Annotated[Path, Parameter(metavar="SECOND")],
    /,
    *,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Compare two LiteRT files: interface, operators, weights, quantization, metadata.

    The exit code is 0 where they have the same content, and 7 where they differ.

    Args:
        first: A .tflite file.
        second: Another one.
        report: Options of the output.
    """
    same: list[bool] = []
    code = run(lambda: same.append(_compare_and_show(first, second, report)), report)
    return code if code or all(same) else DIFFERS


def _compare_and_show(first: Path, second: Path, report: ReportOptions) -> bool:
    from litert_ir.inspection.file_difference import diff as diff_files

    with phases(report) as announce:
        announce("comparing the files")
        found = diff_files(first, second)
    print_report(found, report)
    return found.same
