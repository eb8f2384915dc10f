"""Run the work of a subcommand: its errors become messages and exit codes."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.exit_codes import FAILED
from litert_ir.cli.streams import complain
from litert_ir.errors import LiteRTIRError


def run(work: Callable[[], int | None], report: ReportOptions) -> int:
    """Do the work, and return the exit code.

    Args:
        work: Calls the library and prints the result; returns the exit code where it is not 0.
        report: Options of the output.
    """
    try:
        return work() or 0
    except LiteRTIRError as error:
        if report.verbose:
            complain("".join(traceback.format_exception(error)).rstrip())
        complain(f"litert-ir: {error}")
        return FAILED
