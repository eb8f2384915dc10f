"""What surrounds the work: environment variables, stdout, imports, and the progress on stderr."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.environment import framework_environment
from litert_ir.cli.progress_display import phases
from litert_ir.conversion.shown_progress import Shown
from litert_ir.runtime.counting import Counted, CountedItems


def test_the_backend_is_set_and_the_process_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.delenv("GRPC_VERBOSITY", raising=False)
    before = dict(os.environ), list(sys.path), sys.stdout
    with framework_environment():
        assert os.environ["KERAS_BACKEND"] == "tensorflow"
        assert os.environ["GRPC_VERBOSITY"] == "ERROR"
        assert str(tmp_path) not in sys.path
    assert (dict(os.environ), list(sys.path), sys.stdout) == before


def test_the_user_decides_about_noise_and_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    with framework_environment():
        assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"


def test_prints_of_the_models_code_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with framework_environment():
        sys.stdout.write("from the model's code\n")
    assert capsys.readouterr() == ("", "from the model's code\n")


def test_native_prints_go_to_stderr_as_well(capfd: pytest.CaptureFixture[str]) -> None:
    with framework_environment():
        os.write(1, b"from native code\n")
    os.write(1, b"the result\n")
    assert capfd.readouterr() == ("the result\n", "from native code\n")


def test_everything_is_restored_after_an_error() -> None:
    before = dict(os.environ), list(sys.path), sys.stdout
    with pytest.raises(RuntimeError, match="inside"), framework_environment():
        raise RuntimeError("inside")
    assert (dict(os.environ), list(sys.path), sys.stdout) == before


def test_verbose_phases_are_lines_with_seconds(capfd: pytest.CaptureFixture[str]) -> None:
    with phases(ReportOptions(verbose=True)) as announce:
        announce("planning [for real]")
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith(" s  planning [for real]\n")


def test_without_a_terminal_phases_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    with phases(ReportOptions()) as announce:
        announce("planning")
    assert capfd.readouterr() == ("", "")


def test_of_a_phase_that_counts_start_and_end_are_lines(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with phases(ReportOptions(verbose=True)) as announce:
        list(CountedItems(range(9), announce, "calibrating"))
    lines = capfd.readouterr().err.splitlines()
    assert [line.partition(" s  ")[2] for line in lines] == [
        "calibrating: 0 of 9 samples",
        "calibrating: 9 of 9 samples",
    ]


def test_a_terminal_shows_a_bar_for_what_counts_and_none_for_the_rest() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    shown = Shown(console)
    assert frame(shown, "planning") == ("planning", False)
    assert frame(shown, Counted("calibrating", 3)) == ("calibrating: 3 samples", False)
    assert frame(shown, Counted("calibrating", 3, 9)) == ("calibrating: 3 of 9 samples", True)
    assert frame(shown, "comparing [with] the model") == ("comparing [with] the model", False)


def frame(shown: Shown, phase: str) -> tuple[str, bool]:
    """What a terminal shows after a report: the text, and whether there is a bar."""
    shown.update(phase)
    screen = Console(file=io.StringIO(), width=80, color_system=None)
    screen.print(shown.bars.get_renderable())
    text = screen.file.getvalue().strip()  # type: ignore[attr-defined]  # it is a StringIO
    words, *bar = re.split("[━╸╺]+", text)
    return words[1:].strip(), bool(bar)  # behind the spinner


def test_phases_reach_the_real_stderr_while_it_is_redirected(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with phases(ReportOptions(verbose=True)) as announce:
        kept = os.dup(2)
        with Path(os.devnull).open("wb") as sink:
            os.dup2(sink.fileno(), 2)
        try:
            announce("converting")
        finally:
            os.dup2(kept, 2)
            os.close(kept)
    assert "converting" in capfd.readouterr().err
