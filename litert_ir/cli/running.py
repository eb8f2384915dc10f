"""Run the work of a subcommand: its errors become messages and exit codes."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator

from cyclopts import CycloptsError

from litert_ir.cli.command_options import ProgressStyle, ReportOptions
from litert_ir.cli.failure import failure_document, report_failure
from litert_ir.cli.progress_display import STARTED, write_event
from litert_ir.cli.streams import UnwrittenError
from litert_ir.isolation.native_output import own_stderr


def run(work: Callable[[], int | None], report: ReportOptions) -> int:
    """Do the work, and return the exit code.

    Args:
        work: Calls the library and prints the result; returns the exit code where it is not 0.
        report: Options of the output.

    Raises:
        CycloptsError: When the work finds that the command line is wrong.
        UnwrittenError: When the result cannot be printed.
    """
    with _clock():
        try:
            with _without_warnings() if report.quiet else contextlib.nullcontext():
                code = work() or 0
        except (CycloptsError, UnwrittenError):
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, it ends the command)
            _end(report, error)
            return report_failure(
                error,
                as_json=report.json,
                verbose=report.verbose,
                as_text=report.progress is not ProgressStyle.JSON,
            )
        except BaseException as error:
            _end(report, error)
            raise
        _end(report, code=code)
    return code


@contextlib.contextmanager
def _clock() -> Iterator[None]:
    """Count the seconds of the command from here."""
    token = STARTED.set(time.perf_counter())
    try:
        yield
    finally:
        STARTED.reset(token)


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _end(report: ReportOptions, error: BaseException | None = None, *, code: int = 0) -> None:
    """Write the last event, where events are asked for."""
    if report.progress is not ProgressStyle.JSON:
        return
    outcome = {"error": None, "exit_code": code} if error is None else failure_document(error)
    with contextlib.suppress(OSError), own_stderr() as stream:  # as with all events
        write_event(stream, {"event": "end", **outcome})
