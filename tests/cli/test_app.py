"""The command as a whole: help, exit codes, where messages go."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from subprocess import CompletedProcess
from typing import Literal, NoReturn

import pytest

from litert_ir.cli import loaded_model, version_text
from litert_ir.cli.app import COMMANDS, app
from litert_ir.errors import ModelSourceError

Command = Callable[..., CompletedProcess[str]]

LONG = "x" * 300

HEAVY = ("keras", "tensorflow", "jax", "ai_edge_litert")


@pytest.fixture
def no_loading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder in which loading a model fails the test."""

    def never(*_: object, **__: object) -> NoReturn:
        raise ModelSourceError("the model was loaded before everything was checked")

    monkeypatch.setattr(loaded_model, "load_model", never)
    return tmp_path


def test_help_lists_the_commands(run: Command) -> None:
    done = run("--help")
    assert done.returncode == 0
    assert [name for name in ("export", "plan", "demo") if name not in done.stdout] == []
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["export", "--help"], ["export", "m.keras"]]
)
def test_help_and_usage_errors_import_no_framework(arguments: list[str]) -> None:
    program = (
        "import sys; from litert_ir.cli.app import main; "
        f"main({arguments!r}); "
        f"sys.exit(repr([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_package_runs_as_a_module(run_process: Command) -> None:
    done = run_process("--version")
    assert (done.returncode, done.stderr) == (0, "")
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names[:3] == ["litert_ir", "Python", "keras"]
    assert {"tensorflow", "jax", "ai-edge-litert", "litert-converter"} <= set(names)


def test_versions_of_what_is_not_installed_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(version_text, "version", not_found)
    assert "tensorflow (not installed)" in version_text.versions_text().splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(shell: Literal["bash", "zsh", "fish"]) -> None:
    script = app.generate_completion(shell=shell)
    assert "quantize" in script
    assert "batch-size" in script


def test_the_completion_is_installed_for_a_shell(
    run_process: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    done = run_process("--install-completion", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    scripts = [path for path in tmp_path.rglob("*litert-ir*") if path.is_file()]
    assert any("--batch-size" in path.read_text() for path in scripts)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "-o", "m.tflite"], "Name one model: a MODEL, or --preset"),
        (["plan", "m.keras", "--preset", "folder"], "Name one model: a MODEL, or --preset"),
        (["plan", "m.keras", "--task", "CausalLM"], "--task says what to load a --preset as"),
        (["plan", "m.keras", "--image-size", "3x4x5"], "This is not a size."),
        (["plan", "m.keras", "--image-size", "9" * 5000], "This is not a size."),
        (["plan", "m.keras", "--image-size", "3x²"], "This is not a size."),
        (["plan", "m.keras", "--batch-size", "9" * 5000], "unable to convert"),
        (["plan", "m.keras", "--size", f"points={2**31}"], "This is not a size."),
        (["plan", "m.keras", "--input", f"x={2**31}:bool"], "A dimension is a size"),
        (["plan", "m.keras", "--input", f"x=n:..{'9' * 5000}:bool"], "A dimension is a size"),
        (["plan", "m.keras", "--input", "x=n:..\udcff:bool"], "A dimension is a size"),
        (["plan", "m.keras", "--size", "points"], "NAME=N, such as points=2"),
        (["plan", "m.keras", "--size", "a=1", "--size", "a=2"], "each name once"),
        (["plan", "m.keras", "--max-sequence-length", "0"], "Must be >= 1"),
        (["export", "m.keras"], "--output requires an argument"),
        (["expotr", "m.keras"], 'Did you mean "export"?'),
        (["plan", "m.keras", "--bach-size", "2"], "Did you mean --batch-size?"),
        (["plan", "m.keras", "--batch-size", "0"], "Must be >= 1"),
        (["plan", "m.keras", "--batch-size", "many"], 'unable to convert "many" into int'),
        (["plan", "m.keras", "--input", "x"], "NAME=SHAPE:DTYPE"),
        (["plan", "m.keras", "--input", "x=:bool", "--input", "x=:bool"], "more than one for x"),
        (["plan", "m.keras", "--optimize", "defualt"], 'Did you mean "default"?'),
        (["plan", "m.keras", "--supported-type", "complex64"], 'Choose from: "float32"'),
        (["plan", "m.keras", "--no-verify"], "Unknown option: --no-verify"),
        (["plan", "m.keras", "--strategy", "magic"], 'Choose from: "stablehlo"'),
        (["export", "m", "-o", "m.tflite", "--recipe", "int88"], 'Did you mean "int8"?'),
        (["export", "m", "-o", "m.tflite", "--layer", "head"], "PATTERN=NAME, such as"),
        (["export", "m", "-o", "m.tflite", "--layer", "=int8"], "PATTERN=NAME, such as"),
        (["export", "m", "-o", "m.tflite", "--layer", "head=int3"], "Unknown precision."),
        (["export", "m", "-o", "m.tflite", "--input-type", "int64"], 'Choose from: "float32"'),
        (["export", "m", "-o", "m.tflite", "--calibration-limit", "0"], "Must be >= 1"),
        (["export", "m", "-o", "m.tflite", "--min-top1", "most"], 'convert "most" into float'),
        (
            ["export", "m.keras", "-o", "m.tflite", "--strategy", "magic"],
            'Choose from: "stablehlo"',
        ),
    ],
)
def test_a_wrong_command_line_ends_with_2(run: Command, arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "litert-ir --help" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["plan", "x" * 300 + ".keras"], 3),
        (["plan", "\udcff.keras"], 3),
        (["plan", "--preset", "x" * 300], 3),
        (["plan", "m.keras", "--import", ""], 3),
        (["plan", "a:b", "--import", "a..b"], 3),
        (["plan", "a..b:c"], 3),
        (["export", "a:b", "-o", "x" * 300 + ".tflite"], 5),
        (["export", "a:b", "-o", "m.tflite", "--calibrate", "x" * 300], 4),
        (["export", "a:b", "-o", "m.tflite", "--aot-target", "\udcff"], 4),
        (["quantize", "x" * 300, "-o", "m.tflite", "--recipe", "dynamic"], 3),
        (["quantize", "/dev/null", "-o", "m.tflite", "--recipe", "dynamic"], 3),
        (
            [
                "quantize",
                "m",
                "-o",
                "m.tflite",
                "--recipe",
                "dynamic",
                "--plot",
                "x" * 300 + ".png",
            ],
            5,
        ),
    ],
)
def test_what_the_system_refuses_is_a_message_without_a_traceback(
    run: Command, arguments: list[str], code: int
) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert done.stderr.startswith("litert-ir: ")
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("m.bin", "must end with '.tflite'"),
        ("missing/m.tflite", "folder does not exist"),
        (".tflite", "must end with '.tflite'"),
        ("folder.tflite", "The target is a folder."),
    ],
)
def test_the_output_is_checked_before_the_model_is_loaded(
    run: Command, tiny: Path, no_loading: Path, output: str, message: str
) -> None:
    (no_loading / "folder.tflite").mkdir()
    done = run("export", tiny, "-o", no_loading / output)
    assert done.returncode == 5
    assert message in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["--dump", "missing/dump"], "its parent is no folder", 5),
        (["--dump", "dump", "--strategy", "direct"], "Only the strategy stablehlo has stages", 4),
    ],
)
def test_the_dump_is_checked_before_the_model_is_loaded(  # noqa: PLR0917
    run: Command, tiny: Path, no_loading: Path, arguments: list[str], message: str, code: int
) -> None:
    done = run("export", tiny, "-o", no_loading / "m.tflite", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert not Path("dump").exists()


@pytest.mark.usefixtures("no_loading")
def test_options_are_checked_before_the_model_is_loaded(run: Command, tiny: Path) -> None:
    done = run("plan", tiny, "--supported-type", "float16")
    assert done.returncode == 4
    assert "no effect without a quantizing optimization" in done.stderr


def test_an_error_of_the_library_is_a_message_without_a_traceback(run: Command) -> None:
    done = run("plan", "nowhere.keras")
    assert done.returncode == 3
    assert done.stderr.startswith("litert-ir: There is no model to load here.")
    assert "Traceback" not in done.stderr


def test_verbose_adds_the_traceback(run: Command) -> None:
    done = run("plan", "nowhere.keras", "--verbose")
    assert done.returncode == 3
    assert done.stderr.startswith("Traceback")
    assert "litert-ir: There is no model to load here." in done.stderr


def test_output_that_nobody_reads_ends_it_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as unread:
        done = subprocess.run(
            [sys.executable, "-m", "litert_ir", "tasks", "--markdown"],
            stdout=unread,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_ctrl_c_ends_with_130(run: Command, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(loaded_model, "load_model", interrupted)
    done = run("plan", tiny)
    assert done.returncode == 130
    assert done.stderr == "litert-ir: interrupted\n"
    assert done.stdout == ""


def test_the_list_of_commands_says_what_each_one_does() -> None:
    first_lines = {
        name: (inspect.getdoc(app[name].default_command) or "").splitlines()[0] for name in COMMANDS
    }
    assert first_lines == COMMANDS


def test_options_stand_in_groups(run: Command) -> None:
    lines = [line for line in run("export", "--help").stdout.splitlines() if line.startswith("╭")]
    groups = [line.strip("╭─╮ ") for line in lines]
    assert groups == [
        *("Arguments", "File", "Model", "Quantization", "Calibration", "Comparison", "Metadata"),
        *("Conversion", "Report"),
    ]
