"""The command `targets`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.running import run


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

    return run(lambda: print_targets(markdown=markdown, as_json=json), ReportOptions(json=json))
