"""`litert-ir inspect` and `litert-ir diff`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from subprocess import CompletedProcess
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from litert_ir.backends.packages import Package
from litert_ir.cli.exit_codes import DIFFERS
from tests.runtime.quantized_files import float_file, quantized_file

Command = Callable[..., CompletedProcess[str]]


def test_a_file_is_described(run: Command) -> None:
    done = run("inspect", str(float_file()))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{float_file().name}: ")
    for title in (
        "Signature serving_default",
        "Operators",
        "Bytes by layer",
        "Entries of the metadata",
    ):
        assert title in done.stdout


def test_the_description_as_json(run: Command) -> None:
    found = json.loads(run("inspect", "--json", "--no-delegation", str(float_file())).stdout)
    assert found["path"] == str(float_file())
    assert found["delegation"] is None
    assert {each["name"] for each in found["signatures"][0]["inputs"]} == {"image", "extra"}


def test_a_missing_file_is_an_error(run: Command, tmp_path: Path) -> None:
    done = run("inspect", str(tmp_path / "missing.tflite"))
    assert done.returncode not in (0, DIFFERS)
    assert "There is no LiteRT file here" in done.stderr


def test_equal_files_have_no_difference(run: Command) -> None:
    done = run("diff", str(float_file()), str(float_file()))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Equal, byte by byte")


def test_a_difference_has_its_exit_code(run: Command) -> None:
    done = run("diff", "--json", str(float_file()), str(quantized_file("float16")))
    assert done.returncode == DIFFERS
    assert json.loads(done.stdout)["same"] is False


def test_a_missing_file_is_no_difference(run: Command, tmp_path: Path) -> None:
    done = run("diff", str(float_file()), str(tmp_path / "missing.tflite"))
    assert done.returncode not in (0, DIFFERS)
    assert "There is no LiteRT file here" in done.stderr


def test_a_page_is_written_with_the_comparison(run: Command, tiny: Path, tmp_path: Path) -> None:
    file, page = tmp_path / "tiny.tflite", tmp_path / "page.html"
    assert run("export", str(tiny), "-o", str(file)).returncode == 0
    done = run("inspect", str(file), "--html", str(page), "--model", str(tiny))
    assert done.returncode == 0, done.stderr
    text = page.read_text("utf-8")
    assert "<h1>tiny.tflite</h1>" in text
    assert "agrees" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--html", "page.pdf"], "must end with '.html'"),
        (["--model", "model.keras"], "--model is compared for the page"),
        (["--import", "layers"], "--import is for the layers of a --model"),
    ],
)
def test_options_are_checked_first(arguments: list[str], message: str, run: Command) -> None:
    done = run("inspect", str(float_file()), *arguments)
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stdout == ""


def test_a_missing_viewer_is_named_with_what_installs_it(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Package, "is_installed", False)
    done = run("inspect", str(float_file()), "--graph", "--no-delegation")
    assert done.returncode != 0
    assert "pip install 'ai-edge-model-explorer" in done.stderr
    assert done.stdout == ""


def test_the_graph_is_shown_with_the_partitions(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    viewer: Any = ModuleType("model_explorer")
    viewer.__spec__ = ModuleSpec("model_explorer", None, origin="here")
    viewer.node_data_builder = SimpleNamespace(
        GraphNodeData=dict, ModelNodeData=dict, NodeDataResult=dict
    )
    viewer.visualize = lambda **arguments: shown.append(arguments)
    monkeypatch.setitem(sys.modules, "model_explorer", viewer)
    done = run("inspect", str(float_file()), "--graph")
    assert done.returncode == 0, done.stderr
    (arguments,) = shown
    assert arguments["model_paths"] == [str(float_file())]
    (data,) = arguments["node_data"]
    (graph,) = data["node_data"]["graphsData"].values()
    assert {each["value"] for each in graph["results"].values()} >= {1}
