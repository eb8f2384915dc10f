"""The command `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.printing import print_report
from litert_ir.cli.running import run

_NO_REPORT_OPTIONS = ReportOptions()


def demo(
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="FILE")] = Path(
        "mobilenet_v2.tflite"
    ),
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Export MobileNetV2, run the file on an image, and compare it with the model.

    Args:
        output: The file to write.
        report: Options of the output.
    """
    return run(lambda: _run_and_show(output, report), report)


def _run_and_show(output: Path, report: ReportOptions) -> None:
    from litert_ir.cli.demo import run_demo
    from litert_ir.cli.environment import framework_environment, start_frameworks
    from litert_ir.cli.keras_backend import require_backend
    from litert_ir.cli.progress_display import phases
    from litert_ir.conversion.target_checks import check_target

    target = check_target(output)
    backend = require_backend()
    with framework_environment(), phases(report) as announce:
        announce(f"starting {backend}")
        start_frameworks(verbose=report.verbose)
        found = run_demo(target, announce, verbose=report.verbose)
    print_report(found, report)
