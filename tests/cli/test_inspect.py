"""`litert-ir inspect`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from tests.runtime.quantized_files import float_file

Command = Callable[..., CompletedProcess[str]]


def test_a_file_is_described(run: Command) -> None:
    done = run("inspect", str(float_file()))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{float_file().name}: ")
    for title in ("Signature serving_default", "Operators", "Bytes by layer", "Metadata"):
        assert title in done.stdout


def test_the_description_as_json(run: Command) -> None:
    found = json.loads(run("inspect", "--json", "--no-delegation", str(float_file())).stdout)
    assert found["path"] == str(float_file())
    assert found["delegation"] is None
    assert {each["name"] for each in found["signatures"][0]["inputs"]} == {"image", "extra"}


def test_a_missing_file_is_an_error(run: Command, tmp_path: Path) -> None:
    done = run("inspect", str(tmp_path / "missing.tflite"))
    assert done.returncode == 3
    assert "There is no LiteRT file here" in done.stderr
