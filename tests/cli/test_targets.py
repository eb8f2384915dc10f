"""`litert-ir targets`, and `--aot-target`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import NoReturn

import pytest

from litert_ir.aot.catalogue import all_targets
from litert_ir.cli import loaded_model
from litert_ir.errors import ModelSourceError

Command = Callable[..., CompletedProcess[str]]


def test_the_table_has_every_target(run: Command) -> None:
    done = run("targets")
    assert (done.returncode, done.stderr) == (0, "")
    assert [str(t) for t in all_targets() if f" {t} " not in done.stdout] == []
    assert "usable here" in done.stdout


def test_the_list_as_json(run: Command) -> None:
    rows = json.loads(run("targets", "--json").stdout)
    assert [row["target"] for row in rows] == [str(target) for target in all_targets()]
    for row in rows:
        assert row["usable"] == (row["obstacle"] == "")
        assert row["needs"]
    by_name = {row["target"]: row for row in rows}
    assert by_name["arm64"]["usable"]
    assert "ai-edge-litert-sdk-qualcomm" in by_name["qualcomm:SM8750"]["obstacle"]


def test_the_list_in_markdown(run: Command) -> None:
    lines = run("targets", "--markdown").stdout.splitlines()
    assert lines[0] == "| target | what it is | needs | usable here |"
    assert len(lines) == 2 + len(all_targets())
    assert "| `arm64` | CPU: the portable file, nothing is compiled | nothing | yes |" in lines


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["--aot-target", "qualcomm:SM8755"], "Did you mean 'qualcomm:SM8750'", 4),
        (["--aot", "qualcomm:SM8750"], "pip install ai-edge-litert-sdk-qualcomm", 9),
    ],
)
def test_a_target_is_checked_before_the_model_is_loaded(  # noqa: PLR0917
    arguments: list[str],
    message: str,
    code: int,
    run: Command,
    tiny: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object, **__: object) -> NoReturn:
        raise ModelSourceError("the model was loaded before everything was checked")

    monkeypatch.setattr(loaded_model, "load_model", never)
    done = run("export", tiny, "-o", tiny.with_suffix(".tflite"), *arguments)
    assert done.returncode == code
    assert message in done.stderr


@pytest.mark.slow
def test_a_cpu_is_reported(run_process: Command, tiny: Path) -> None:
    done = run_process(
        "export", tiny, "-o", "tiny.tflite", "--aot-target", "ARM64", "--aot-target", "arm"
    )
    assert done.returncode == 0, done.stderr
    assert "compile for: arm64, arm" in done.stdout
    assert "nothing was compiled" in done.stdout


def test_a_cpu_is_reported_as_json(run_process: Command, tiny: Path) -> None:
    done = run_process("export", tiny, "-o", "tiny.tflite", "--aot-target", "arm64", "--json")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["compiled"]
    assert (report["target"], report["ops_total"], report["ops_offloaded"]) == ("arm64", 1, 0)
    assert Path(report["path"]).name == "tiny.tflite"
    assert "nothing was compiled" in report["note"]
