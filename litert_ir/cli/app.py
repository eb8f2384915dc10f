"""Define the command `litert-ir`: its subcommands and exit codes."""

from __future__ import annotations

import importlib.metadata
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from litert_ir.cli.command_options import ExportOptions, PlanOptions, ReportOptions, SourceOptions
from litert_ir.cli.quantization_options import QuantizeOptions
from litert_ir.cli.streams import UnwrittenError, complain, usable_streams
from litert_ir.cli.termination import Terminated, ending_on_signals
from litert_ir.errors import LiteRTIRError
from litert_ir.scratch.claims import release_all

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
UNREAD = 141  # 128 + SIGPIPE

_NO_SOURCE_OPTIONS = SourceOptions()
_NO_PLAN_OPTIONS = PlanOptions()
_NO_REPORT_OPTIONS = ReportOptions()

Source = Annotated[str | None, Parameter(metavar="MODEL")]


def _version() -> str:
    return importlib.metadata.version("litert_ir")


app = App(
    name="litert-ir",
    help="Turn Keras 3 models into verified LiteRT (.tflite) files.",
    version=_version,
    suppress_keyboard_interrupt=False,
)


@app.command
def export(
    model: Source = None,
    /,
    *,
    target: ExportOptions,
    source: SourceOptions = _NO_SOURCE_OPTIONS,
    plan: PlanOptions = _NO_PLAN_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Convert a model, run the file, compare it with the model, and write it.

    Args:
        model: A .keras file, or package.module:function where the function takes no arguments
            and returns a model (or a model object in place of the function).
        source: A source other than MODEL.
        target: The target file, and how it is made.
        plan: Options of the plan.
        report: Options of the output.
    """
    from litert_ir.cli.commands import export_model

    _require_one_source(model, source)
    return _run(lambda: export_model(model, source, plan, target, report), verbose=report.verbose)


@app.command(name="plan")
def show_plan(
    model: Source = None,
    /,
    *,
    source: SourceOptions = _NO_SOURCE_OPTIONS,
    plan: PlanOptions = _NO_PLAN_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Show how a model would be exported: inputs, outputs, options and route; convert nothing.

    Args:
        model: As for export.
        source: A source other than MODEL.
        plan: Options of the plan.
        report: Options of the output.
    """
    from litert_ir.cli.commands import plan_model

    _require_one_source(model, source)
    return _run(lambda: plan_model(model, source, plan, report), verbose=report.verbose)


@app.command
def quantize(
    source: Annotated[Path, Parameter(metavar="SOURCE")],
    /,
    *,
    target: QuantizeOptions,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Quantize a float LiteRT file of any origin, and show what each layer loses.

    Args:
        source: A float .tflite file.
        target: The target file, and how it is made.
        report: Options of the output.
    """
    from litert_ir.cli.quantize import quantize_and_show

    return _run(lambda: quantize_and_show(source, target, report), verbose=report.verbose)


@app.command
def tasks(*, markdown: Annotated[bool, Parameter(negative=())] = False) -> int:
    """List KerasHub's tasks: their inputs, where sizes come from, and which were compared.

    Args:
        markdown: Print a table in Markdown.
    """
    from litert_ir.cli.task_table import print_tasks

    return _run(lambda: print_tasks(markdown=markdown), verbose=False)


@app.command
def targets(
    *,
    markdown: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """List the values of --aot-target: what each target needs, and whether that is installed.

    Args:
        markdown: Print a table in Markdown.
        json: Print the list as JSON.
    """
    from litert_ir.cli.target_table import print_targets

    return _run(lambda: print_targets(markdown=markdown, as_json=json), verbose=False)


@app.command
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
    from litert_ir.cli.commands import run_and_show_demo

    return _run(lambda: run_and_show_demo(output, verbose=verbose), verbose=verbose)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None for those of this process.

    Returns:
        The exit code: 0 when all went well, 1 when the work failed, 2 when the command line is
        wrong, 130 after Ctrl-C, 143 after SIGTERM and 129 after SIGHUP, 141 when the reader closes
        the output.
    """
    with usable_streams():
        try:
            with ending_on_signals():
                code = _called(sys.argv[1:] if arguments is None else list(arguments))
                sys.stdout.flush()
        except KeyboardInterrupt:
            release_all()  # a cycle of references may hold a folder until the interpreter ends
            complain("litert-ir: interrupted")
            return INTERRUPTED
        except Terminated as signal:
            release_all()
            complain(f"litert-ir: ended by {signal}")
            return signal.exit_code
        except UnwrittenError as error:
            if isinstance(error.reason, BrokenPipeError):  # the reader has enough, as `head` has
                return UNREAD
            complain(f"litert-ir: the result cannot be printed: {error}")
            return FAILED
    return code


def _called(arguments: list[str]) -> int:
    try:
        code = app(arguments, print_error=False, exit_on_error=False, result_action="return_value")
    except CycloptsError as error:
        complain(f"litert-ir: {error}\nlitert-ir --help shows what there is.")
        return WRONG_USAGE
    return code if isinstance(code, int) else 0


def _require_one_source(model: str | None, source: SourceOptions) -> None:
    if (model is None) == (source.preset is None):
        raise CycloptsError(msg="Name one model: a MODEL, or --preset.")
    if source.task is not None and source.preset is None:
        raise CycloptsError(msg="--task says what to load a --preset as.")


def _run(work: Callable[[], None], *, verbose: bool) -> int:
    try:
        work()
    except LiteRTIRError as error:
        if verbose:
            complain("".join(traceback.format_exception(error)).rstrip())
        complain(f"litert-ir: {error}")
        return FAILED
    return 0
