"""`litert-ir run` and `bench`: values on the command line, and results as tables and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

from litert_ir.cli.file_input_options import FileInputOptions, value_of
from litert_ir.errors import OptionsError
from tests.conversion.exports import exported

Command = Callable[..., CompletedProcess[str]]


def test_run_shows_the_outputs(run: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((2, 4), np.float32))
    done = run("run", exported("single").file.path, tmp_path / "x.npy", "-o", tmp_path / "y.npz")
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("scores", "(2, 3) float32", "features", "x.npy", "y.npz"):
        assert words in done.stdout
    with np.load(tmp_path / "y.npz") as saved:
        assert saved["scores"].shape == (2, 3)


def test_run_prints_json(run: Command) -> None:
    path = exported("mixed-dtypes").file.path
    given = ("--input", "tokens=[[1,2,3,4,5]]", "--input", "keep=true", "--input", "weights=0.5")
    done = run("run", path, *given, "--json")
    assert done.returncode == 0
    assert [one["source"] for one in json.loads(done.stdout)["inputs"]] == [
        "given",
        "filled with True",
        "filled with 0.5",
    ]


def test_run_names_what_is_missing(run: Command) -> None:
    done = run("run", exported("single").file.path)
    assert done.returncode != 0
    assert "have no value" in done.stderr
    assert "--random" in done.stderr


def test_bench_compares(run: Command) -> None:
    paths = [exported("single").file.path, exported("dict").file.path]
    done = run("bench", *paths, "--runs", "1", "--no-profile", "--json")
    assert done.returncode == 0
    data = json.loads(done.stdout)
    assert [file["times"]["runs"] for file in data["files"]] == [1, 1]
    assert data["ratio"]["launches"] == 1


@pytest.mark.parametrize(
    "wrong", [("--runs", "0"), ("--threads", "0"), ("--size", "batch"), ("--size", "batch=0")]
)
def test_wrong_numbers_are_refused(run: Command, wrong: tuple[str, str]) -> None:
    assert run("bench", exported("single").file.path, *wrong).returncode != 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-2.5e3", -2500.0),
        ("true", True),
        ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("x.npy", Path("x.npy")),
        ('"x"', Path('"x"')),
        ("null", Path("null")),
        ("a folder/x 1.npz", Path("a folder/x 1.npz")),
    ],
)
def test_values_are_read(text: str, value: Any) -> None:
    assert value_of(text) == value


def test_a_file_may_have_a_name_like_a_named_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert FileInputOptions().values(("x=1.npy",)) == {"x": Path("1.npy")}
    (tmp_path / "x=1.npy").touch()
    assert FileInputOptions().values(("x=1.npy",)) == Path("x=1.npy")


def test_values_are_given_by_name_or_in_order() -> None:
    assert FileInputOptions().values() is None
    assert FileInputOptions(inputs=("x=1", "y=2")).values() == {"x": 1, "y": 2}
    assert FileInputOptions(inputs=("a.npz",)).values() == Path("a.npz")
    assert FileInputOptions(inputs=("3",)).values(("1", "2")) == [1, 2, 3]
    assert FileInputOptions(inputs=("x=1",)).values(("y=2",)) == {"y": 2, "x": 1}
    for inputs in (("x=1", "2"), ("x=1", "x=2")):
        with pytest.raises(OptionsError):
            FileInputOptions(inputs=inputs).values()


def test_doctor_fails_where_nothing_can_be_converted(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("doctor", "--json")
    assert (done.returncode, json.loads(done.stdout)["can_convert"]) == (0, True)
    monkeypatch.setattr("litert_ir.diagnosis.doctor.strategy_states", lambda: ())
    done = run("doctor")
    assert done.returncode != 0
    assert "can convert nothing here" in done.stdout
