"""The command `inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import attrs
from cyclopts import CycloptsError, Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.loaded_model import Loaded, loaded_model
from litert_ir.cli.model_source import parse_source
from litert_ir.cli.printing import print_report
from litert_ir.cli.progress_display import phases
from litert_ir.cli.running import run

if TYPE_CHECKING:
    from litert_ir.inspection.inspected_file import Inspection
    from litert_ir.reports.report import Report


@Parameter(name="*", negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class InspectOptions:
    """Options of the description.

    Attributes:
        delegation: Load the file, to find out which operators XNNPACK runs here.
        html: Write a page with a picture of the bytes, what runs in turn, and all tables.
        model: Compare the file with this model, for the page: a .keras file, or
            package.module:function.
        imports: Import a module before loading the model, for the custom layers it defines.
            Repeatable.
        graph: Show the graph in Model Explorer afterwards, until Ctrl-C.
        code: Print code that runs the file, in place of the description: in Python with
            ai-edge-litert, in Kotlin with LiteRT for Android, in Swift with LiteRT for iOS.
    """

    delegation: Annotated[bool, Parameter(negative="--no-delegation")] = True
    html: Annotated[Path | None, Parameter(metavar="PAGE")] = None
    model: Annotated[str | None, Parameter(metavar="MODEL")] = None
    imports: Annotated[
        tuple[str, ...],
        Parameter(name="--import", negative=(), consume_multiple=False, metavar="MODULE"),
    ] = ()
    graph: bool = False
    code: Annotated[str | None, Parameter(choices=["python", "kotlin", "swift"])] = None

    def check(self) -> None:
        """Require that the options fit together.

        Raises:
            CycloptsError: When the model is of no use, or code is asked for beside a description.
        """
        if self.code is not None and (self.html is not None or self.graph):
            raise CycloptsError(msg="--code is printed in place of the description.")
        if self.model is not None and self.html is None:
            raise CycloptsError(msg="--model is compared for the page: name one by --html.")
        if self.imports and self.model is None:
            raise CycloptsError(msg="--import is for the layers of a --model.")


_NO_OPTIONS = InspectOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def inspect(
    file: Annotated[Path, Parameter(metavar="FILE")],
    /,
    *,
    options: InspectOptions = _NO_OPTIONS,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Describe a LiteRT file: signatures, operators, bytes, quantization, what runs where.

    Args:
        file: A .tflite file of any origin.
        options: What is described, and where.
        report: Options of the output.
    """
    options.check()
    return run(lambda: _inspect_and_show(file, options, report), report)


def _inspect_and_show(file: Path, options: InspectOptions, report: ReportOptions) -> None:
    """Check all targets first; then describe the file, write the page, print, show the graph."""
    if options.code is not None:
        _show_code(file, options.code, report)
        return
    from litert_ir.conversion.target_checks import check_target
    from litert_ir.inspection.graph_viewer import require_viewer, show_graph
    from litert_ir.page_verb import PAGE_EXTENSION, write_inspection_page
    from litert_ir.runtime.existing_file import existing_file

    path = existing_file(file)
    page = None if options.html is None else check_target(options.html, PAGE_EXTENSION)
    if options.graph:
        require_viewer()
    found, reports = _described(path, options, report)
    if page is not None:
        write_inspection_page(found, page, reports=reports)
    print_report(found, report)
    if options.graph:
        show_graph(found)


def _show_code(file: Path, language: str, report: ReportOptions) -> None:
    from litert_ir.sample_code.sample import sample_code

    found = sample_code(file, language)
    print(found.to_json(indent=2) if report.json else found.code.rstrip("\n"))


def _described(
    path: Path, options: InspectOptions, report: ReportOptions
) -> tuple[Inspection, list[Report]]:
    from litert_ir.inspection.inspect_file import inspect as inspect_file

    if options.model is None:
        with phases(report) as announce:
            announce("reading the file")
            return inspect_file(path, delegation=options.delegation), []
    with loaded_model(parse_source(options.model), options.imports, report) as loaded:
        return inspect_file(path, delegation=options.delegation), [_compared(loaded, path, report)]


def _compared(loaded: Loaded, path: Path, report: ReportOptions) -> Report:
    """Compare outputs and layers with the model's, on random inputs."""
    from litert_ir.explanation.verb import layer_errors

    return layer_errors(
        loaded.model, path, confirm=0, verbose=report.verbose, on_progress=loaded.announce
    )
