"""The command `metadata`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import CycloptsError, Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.metadata_options import MetadataOptions
from litert_ir.cli.printing import print_report
from litert_ir.cli.running import run

_NO_METADATA = MetadataOptions()
_NO_REPORT_OPTIONS = ReportOptions()


def metadata(
    file: Annotated[Path, Parameter(metavar="FILE")],
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="FILE")] = None,
    replace: Annotated[bool, Parameter(negative=())] = False,
    given: MetadataOptions = _NO_METADATA,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Show what a LiteRT file says of itself, or write a copy that says more.

    Args:
        file: A .tflite file of any origin.
        output: The file to write, which may be FILE; without it, nothing is written.
        replace: Leave out what the file said before, other than how it was made.
        given: What the copy says; the rest stays as FILE has it.
        report: Options of the output.
    """
    if (given.are_given or replace) and output is None:
        raise CycloptsError(msg="Name the file to write with --output; it may be the same one.")
    if output is not None and not (given.are_given or replace):
        raise CycloptsError(msg="Say what the file to write says, such as --author or --metadata.")
    return run(lambda: _show(file, output, given, report, replace=replace), report)


def _show(
    file: Path, output: Path | None, given: MetadataOptions, report: ReportOptions, *, replace: bool
) -> None:
    from litert_ir.ir.metadata import Metadata
    from litert_ir.metadata.file_metadata import FileMetadata
    from litert_ir.metadata.metadata_reader import read_metadata
    from litert_ir.metadata_verb import write_metadata

    if output is not None:
        found = write_metadata(file, output, given.stated(), replace=replace)
    else:
        found = read_metadata(file) or FileMetadata(path=file, metadata=Metadata())
    print_report(found, report)
