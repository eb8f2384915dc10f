"""`litert-ir inspect` and `litert-ir diff`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

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
