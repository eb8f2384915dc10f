"""The command `targets`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.running import run

_NO_REPORT_OPTIONS = ReportOptions()


def targets(
    *,
    markdown: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """List the values of --aot-target: what each target needs, and whether that is installed.

    Args:
        markdown: Print a table in Markdown.
        report: Options of the output.
    """
    from litert_ir.cli.target_table import print_targets

    return run(lambda: print_targets(report, markdown=markdown), report)
