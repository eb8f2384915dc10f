"""The command `bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.file_input_options import FileInputOptions
from litert_ir.cli.printing import print_report
from litert_ir.cli.progress_display import phases
from litert_ir.cli.running import run

_NO_INPUT_OPTIONS = FileInputOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def bench(  # noqa: PLR0913  (one option per thing a user may say)
    file: Annotated[Path, Parameter(metavar="FILE")],
    other: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    /,
    *,
    given: FileInputOptions = _NO_INPUT_OPTIONS,
    runs: Annotated[int | None, Parameter(validator=Number(gte=1), metavar="N")] = None,
    threads: Annotated[int, Parameter(validator=Number(gte=1), metavar="N")] = 1,
    profile: bool = True,
    timeout: Annotated[float | None, Parameter(metavar="SECONDS")] = None,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Measure how fast a LiteRT file runs here, or which one of two is faster.

    Args:
        file: A .tflite file of any origin.
        other: A file to compare it with; the two take turns.
        given: What the files run on; random values where there are none.
        runs: The number of timed runs of each file; by default as many as fit into some seconds.
        threads: The number of threads of each file.
        profile: Show which kernels and layers take the time, and what ai-edge-litert's own tool
            measures.
        timeout: Seconds for everything; by default many times what such files take.
        report: Options of the output.
    """

    def work() -> None:
        from litert_ir.measurement.bench import bench as measure

        with phases(report) as announce:
            result = measure(
                file,
                other,
                inputs=given.values(),
                sizes=dict(given.sizes),
                signature=given.signature,
                scaling=given.scale,
                runs=runs,
                threads=threads,
                profile=profile,
                timeout=timeout,
                on_progress=announce,
            )
        print_report(result, report)

    return run(work, report)
