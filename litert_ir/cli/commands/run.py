"""The command `run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli import running
from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.file_input_options import FileInputOptions
from litert_ir.cli.printing import print_report

_NO_INPUT_OPTIONS = FileInputOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def run(  # noqa: PLR0913  (one option per thing a user may say)
    file: Annotated[Path, Parameter(metavar="FILE")],
    /,
    *values: Annotated[str, Parameter(metavar="VALUE")],
    given: FileInputOptions = _NO_INPUT_OPTIONS,
    random: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    raw: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="NPZ")] = None,
    timeout: Annotated[float | None, Parameter(metavar="SECONDS")] = None,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Run a LiteRT file once, and show what it gives.

    Args:
        file: A .tflite file of any origin.
        values: Values of the inputs, as for --input: in the file's order, or each as NAME=VALUE.
        given: What the file runs on.
        random: Draw values for the inputs that have none.
        raw: Take and give the integers of quantized inputs and outputs as the file stores them,
            not the real values.
        output: Write the outputs to this .npz, by name.
        timeout: Seconds for the run; by default many times what such a file takes.
        report: Options of the output.
    """

    def work() -> None:
        from litert_ir.measurement.run_file import run_file

        result = run_file(
            file,
            given.values(values),
            random=random,
            sizes=dict(given.sizes),
            signature=given.signature,
            scaling=given.scale,
            raw=raw,
            output=output,
            timeout=timeout,
        )
        print_report(result, report)

    return running.run(work, report)
