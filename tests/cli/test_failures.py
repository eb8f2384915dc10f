"""How a command fails: its exit code, its JSON, its events; and how little --quiet prints."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NoReturn

import pytest
from cyclopts import CycloptsError

from litert_ir import errors
from litert_ir.cli import loaded_model
from litert_ir.cli.app import main
from litert_ir.cli.exit_codes import EXIT_CODES, code_of
from litert_ir.cli.failure import failure_document
from litert_ir.errors import AllStrategiesFailedError, ConversionError, LiteRTIRError, ParityError
from litert_ir.errors.attempts import Attempt, Outcome

Command = Callable[..., CompletedProcess[str]]

FACTS = {"class", "summary", "where", "expected", "received", "advice", "attempts"}


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loading a model raise an error."""

    def load(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(loaded_model, "load_model", load)


def failed(*failures: LiteRTIRError) -> AllStrategiesFailedError:
    """The error of strategies that failed."""
    attempts = [
        Attempt(strategy=f"number-{number}", outcome=Outcome.FAILED, error=error)
        for number, error in enumerate(failures)
    ]
    return AllStrategiesFailedError(attempts, advice="try others")


def test_every_error_has_the_code_of_its_nearest_class() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if inspect.isclass(kind) and issubclass(kind, LiteRTIRError) and kind is not LiteRTIRError
    ]
    codes = {
        kind.__name__: code_of(kind.__new__(kind)) for kind in kinds if "All" not in kind.__name__
    }
    assert codes["UnsupportedTaskError"] == codes["ModelSourceError"] == 3
    assert codes["DifferingFilesError"] == codes["AotError"] == 6
    assert (codes["ParityError"], codes["FileRejectedError"]) == (7, 8)
    assert {name for name, code in codes.items() if code == 1} == {"PatternError"}
    numbers = [each.number for each in EXIT_CODES]
    assert sorted(set(numbers)) == numbers


def test_of_several_strategies_a_file_that_differs_tells_most() -> None:
    assert code_of(failed(ConversionError("It broke."))) == 6
    assert code_of(failed(ConversionError("It broke."), ParityError("It differs."))) == 7


def test_an_error_of_the_library_is_one_object(run: Command) -> None:
    done = run("export", "nowhere.keras", "-o", "m.tflite", "--json")
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode == 3
    assert document["error"]["class"] == "ModelSourceError"
    assert document["error"]["where"] == "nowhere.keras"
    assert document["error"]["attempts"] == []
    assert "There is no model to load here." in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "m.keras", "--bach-size", "2", "--json"],
        ["--json", "plan"],
        ["tasks", "--json", "--no-such"],
        ["plan", "m.keras", "--input", "x", "--json"],
    ],
)
def test_so_is_a_wrong_command_line(run: Command, arguments: list[str]) -> None:
    done = run(*arguments)
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode == 2
    assert (document["error"]["class"], set(document["error"])) == ("UsageError", FACTS)
    assert document["error"]["summary"]


def test_json_behind_the_end_of_options_is_no_option(run: Command) -> None:
    assert run("plan", "--bach-size", "2", "--", "--json").stdout == ""


def test_so_is_an_interrupt(run: Command, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(KeyboardInterrupt(), monkeypatch)
    done = run("plan", tiny, "--json")
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode == 130
    assert document["error"]["class"] == "KeyboardInterrupt"


def test_so_is_a_fault_of_our_own(
    run: Command, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(ZeroDivisionError("oh"), monkeypatch)
    done = run("plan", tiny, "--json")
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode == 1
    assert document["error"]["summary"] == "This is a fault of litert_ir: ZeroDivisionError: oh"
    assert "Traceback" not in done.stderr
    assert "--verbose" in done.stderr
    assert "Traceback" in run("plan", tiny, "--verbose").stderr


def test_attempts_have_their_errors(
    run: Command, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(failed(ParityError("It differs.", where="scores", expected="1")), monkeypatch)
    done = run("plan", tiny, "--json")
    (attempt,) = json.loads(done.stdout)["error"]["attempts"]
    assert (attempt["strategy"], attempt["outcome"]) == ("number-0", "failed")
    assert attempt["error"]["class"] == "ParityError"
    assert attempt["error"]["where"] == "scores"
    assert done.returncode == 7


def test_what_else_an_error_knows_is_told() -> None:
    crash = errors.ConverterCrashed("converting", signal="SIGSEGV")
    assert failure_document(crash)["error"]["signal"] == "SIGSEGV"
    problem = errors.Problem("inputs[0]", "a spec", "None")
    signature = errors.SignatureError("It is malformed.", [problem])
    assert failure_document(signature)["error"]["problems"] == [
        {"path": "inputs[0]", "expected": "a spec", "received": "None"}
    ]


def test_the_terms_are_those_of_the_command_line() -> None:
    error = errors.OptionsError("It is wrong.", where="quantization")
    assert failure_document(error)["error"]["where"] == "--recipe"


def events(text: str) -> list[dict[str, Any]]:
    """The events among the lines of stderr."""
    return [json.loads(line) for line in text.splitlines()]


def test_events_are_lines_of_json_to_the_end(run_process: Command, tiny: Path) -> None:
    done = run_process("export", tiny, "-o", "m.tflite", "--progress", "json", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["strategy"] == "stablehlo"
    *told, last = events(done.stderr)
    assert {event["event"] for event in told} == {"progress"}
    assert [event["phase"] for event in told if event["strategy"] == "stablehlo"] == [
        "converting",
        "comparing with the model",
    ]
    seconds = [event["seconds"] for event in (*told, last)]
    assert seconds == sorted(seconds)
    assert (last["event"], last["exit_code"], last["error"]) == ("end", 0, None)


def test_the_last_event_has_the_error(capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["plan", "nowhere.keras", "--progress", "json"])
    (last,) = events(capfd.readouterr().err)
    assert (last["event"], last["exit_code"]) == ("end", code)
    assert last["error"]["class"] == "ModelSourceError"


def test_quiet_prints_nothing_but_errors(run: Command, tiny: Path, tmp_path: Path) -> None:
    done = run("export", tiny, "-o", tmp_path / "m.tflite", "--quiet", "--strategy", "stablehlo")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run("plan", tiny, "-q", "--json")
    assert json.loads(done.stdout)
    assert "no model to load" in run("plan", "nowhere.keras", "-q").stderr


@pytest.mark.parametrize("more", [["--verbose"], ["--progress", "json"]])
def test_quiet_contradicts_what_prints_more(run: Command, more: list[str]) -> None:
    done = run("plan", "m.keras", "--quiet", *more)
    assert done.returncode == 2
    assert "--quiet" in done.stderr


def test_a_usage_error_is_not_taken_for_a_fault() -> None:
    assert code_of(CycloptsError(msg="no")) == 2
