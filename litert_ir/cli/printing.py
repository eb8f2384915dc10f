"""Print a report on stdout: for a reader as tables, for a program as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console

from litert_ir.cli.command_options import ReportOptions
from litert_ir.reports.report import Report
from litert_ir.reports.table import Table
from litert_ir.reports.text import print_on


def print_report(result: Report, options: ReportOptions) -> None:
    """Print the result of a command.

    Args:
        result: Its headline and tables are printed, or its data.
        options: Whether as JSON, and whether at all.
    """
    if options.json:
        print(result.to_json(indent=2))
    else:
        print_tables(result.headline, result.tables(), options)


def print_tables(headline: str, tables: Sequence[Table], options: ReportOptions) -> None:
    """Print a headline and tables for a reader, unless nothing is to be printed."""
    if options.prints_result:
        print_on(Console(file=sys.stdout), headline, tables)
