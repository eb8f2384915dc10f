"""The command `doctor`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.exit_codes import FAILED
from litert_ir.cli.printing import print_report
from litert_ir.cli.progress_display import phases
from litert_ir.cli.running import run

_NO_REPORT_OPTIONS = ReportOptions()


def doctor(
    *,
    deep: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Show what can be converted here and with what, and what to mend; fails if nothing can.

    Args:
        deep: Also import each package, and export a small model on each backend.
        report: Options of the output.
    """
    able: list[bool] = []

    def work() -> None:
        from litert_ir.diagnosis.doctor import doctor as diagnose

        with phases(report) as announce:
            found = diagnose(deep=deep, on_progress=announce)
        able.append(found.can_convert)
        print_report(found, report)

    return run(work, report) or (0 if all(able) else FAILED)
