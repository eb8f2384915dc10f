"""What is generated in the papers is as the code says it."""

from __future__ import annotations

from litert_ir.cli.task_table import tasks_markdown
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.overview import task_rows
from litert_ir.hub.support import read_support
from tests.papers.paper import ROOT


def test_the_table_of_tasks_is_that_of_the_command() -> None:
    text = (ROOT / "litert_ir/hub/README.md").read_text(encoding="utf-8")
    _, _, after = text.partition("tasks --markdown -->\n")
    shown, _, _ = after.partition("\n<!-- end -->")
    assert shown == tasks_markdown(task_rows(REGISTRY, read_support()))
