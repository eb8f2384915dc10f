"""The command `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.running import run


def demo(
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="FILE")] = Path(
        "mobilenet_v2.tflite"
    ),
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"), negative=())] = False,
) -> int:
    """Export MobileNetV2, run the file on an image, and compare it with the model.

    Args:
        output: The file to write.
        verbose: Print each phase as it starts, and tracebacks of errors.
    """
    return run(lambda: _run_and_show(output, verbose=verbose), ReportOptions(verbose=verbose))


def _run_and_show(output: Path, *, verbose: bool) -> None:
    from litert_ir.cli.demo import run_demo
    from litert_ir.cli.environment import backend, framework_environment, start_frameworks
    from litert_ir.cli.progress_display import phases
    from litert_ir.cli.result_tables import print_demo
    from litert_ir.conversion.target_checks import check_target

    target = check_target(output)
    with framework_environment(), phases(verbose=verbose) as announce:
        announce(f"starting {backend().display_name}")
        start_frameworks(verbose=verbose)
        found = run_demo(target, announce, verbose=verbose)
    print_demo(found)
