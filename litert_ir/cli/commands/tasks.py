"""The command `tasks`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.running import run

_NO_REPORT_OPTIONS = ReportOptions()


def tasks(
    name: Annotated[str | None, Parameter(metavar="NAME", show_default=False)] = None,
    /,
    *,
    markdown: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """List KerasHub's tasks; show the inputs, sizes and families of one.

    Args:
        name: A task, such as CausalLM, or a class of one, such as GPT2CausalLM.
        markdown: Print a table in Markdown.
        report: Options of the output.
    """
    from litert_ir.cli.task_table import print_tasks

    return run(lambda: print_tasks(name, report, markdown=markdown), report)
