"""The command `tasks`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.running import run


def tasks(*, markdown: Annotated[bool, Parameter(negative=())] = False) -> int:
    """List KerasHub's tasks: their inputs, where sizes come from, and which were compared.

    Args:
        markdown: Print a table in Markdown.
    """
    from litert_ir.cli.task_table import print_tasks

    return run(lambda: print_tasks(markdown=markdown), ReportOptions())
