"""`litert-ir tasks`: a list, and one of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from litert_ir.hub.default_registry import BUILT_IN

Command = Callable[..., CompletedProcess[str]]


def test_the_list_names_each_task_once(run: Command) -> None:
    lines = run("tasks").stdout.splitlines()
    for name, _ in BUILT_IN:
        assert sum(f"│ {name} " in line for line in lines) == 1
    assert max(map(len, lines)) <= 80


def test_one_task_has_its_inputs_sizes_and_families(run: Command) -> None:
    done = run("tasks", "TextClassifier")
    assert done.stdout.startswith("TextClassifier: ")
    for text in ("token_ids", "preprocessor.sequence_length", "BertTextClassifier"):
        assert text in done.stdout


def test_a_class_of_a_task_shows_the_task(run: Command) -> None:
    assert json.loads(run("tasks", "GPT2CausalLM", "--json").stdout)["task"] == "CausalLM"


def test_the_list_as_json(run: Command) -> None:
    rows = json.loads(run("tasks", "--json").stdout)["tasks"]
    assert [row["task"] for row in rows] == [name for name, _ in BUILT_IN]


def test_markdown_of_one_task(run: Command) -> None:
    assert len(run("tasks", "Inpaint", "--markdown").stdout.splitlines()) == 3


def test_a_task_that_is_not_there(run: Command) -> None:
    done = run("tasks", "CausaLM")
    assert done.returncode == 3
    assert "Did you mean 'CausalLM'?" in done.stderr


@pytest.mark.parametrize("columns", ["60", "40"])
def test_narrow_terminals_divide_no_word(
    run: Command, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    text = run("tasks", "TextClassifier").stdout
    assert max(map(len, text.splitlines())) <= int(columns)
    assert "token_ids" in text
    assert "padding_mask" in text
