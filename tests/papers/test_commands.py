"""The command lines of the papers are ones that the commands take."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from benchmarks.__main__ import app as benchmarks_app
from litert_ir.cli.app import app
from tests.papers.paper import PAPERS, ROOT, blocks, name_of

INLINE = re.compile(r"`([^`\n]+)`")
COMMANDS = ("litert-ir", ".venv/bin/litert-ir", "python -m", ".venv/bin/python -m")
OPTION = re.compile(r"`(--[a-z][a-z0-9-]*)[^`]*`")
OTHERS = frozenset({"--help", "--version", "--update"})
"""What every command takes, and what the printer of patterns' examples takes, which needs MLIR."""


def command_lines(paper: Path) -> Iterator[str]:
    """Those in blocks of bash, and those in the text that begin like one."""
    for block in blocks(paper, "bash"):
        for line in block.text.splitlines():
            yield from re.split(r" && ", line)
    prose = re.sub(r"^```.*?^```$", "", paper.read_text(encoding="utf-8"), flags=re.M | re.S)
    yield from (text for text in INLINE.findall(prose) if text.startswith(COMMANDS))


LINES = [(name_of(paper), line) for paper in PAPERS for line in command_lines(paper)]


@pytest.mark.parametrize(("paper", "line"), LINES)
def test_a_command_line_is_understood(
    paper: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    words = [word for word in shlex.split(line, comments=True) if not _is_setting(word)]
    assert words, f"{paper}: an empty line"
    match words[0].removeprefix(".venv/bin/"), words[1:]:
        case "litert-ir", arguments:
            parse(app, [word for word in arguments if word != "COMMAND"])
        case "python" | "python3", ["-m", "benchmarks", *arguments]:
            parse(benchmarks_app, arguments)
        case "python" | "python3", ["-m", module, *arguments]:
            assert importlib.util.find_spec(module) is not None, module
            for path in (word for word in arguments if word.startswith("tests/")):
                assert (ROOT / path).exists(), path
        case (("pip" | "ruff" | "mypy"), _):
            pass
        case command, _:
            pytest.fail(f"{paper} has a command that nothing checks: {command}")


def _is_setting(word: str) -> bool:
    return re.fullmatch(r"[A-Z_]+=.*", word) is not None


def parse(command: App, arguments: list[str]) -> None:
    """Parse arguments; the name of a command alone, as a text may have it, has to be one."""
    if len(arguments) > 1:
        command.parse_args(arguments, print_error=False, exit_on_error=False)
    else:
        assert [name for name in arguments if name not in command] == []


def test_a_line_that_is_wrong_is_found() -> None:
    with pytest.raises(Exception, match="--recipee"):
        parse(app, ["export", "model.keras", "-o", "model.tflite", "--recipee", "int8"])


def options_of(command: App) -> set[str]:
    """The names of all options of a command and of those below it."""
    found: set[str] = set()
    for name in (each for each in command if not each.startswith("-")):
        found |= options_of(command[name])
    if command.default_command is not None:
        for argument in command.assemble_argument_collection():
            found |= set(argument.names)
    return found


def test_options_in_the_text_exist() -> None:
    known = options_of(app) | options_of(benchmarks_app) | OTHERS
    named = {
        (name_of(paper), option)
        for paper in PAPERS
        for option in OPTION.findall(paper.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert {entry for entry in named if entry[1] not in known} == set()
