"""The command's streams: closed, full, nobody reading, and names that are no Unicode."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.progress_display import phases
from litert_ir.cli.streams import UnwrittenError, complain, usable_streams
from litert_ir.isolation.standard_descriptors import keep_standard_descriptors


def command(redirection: str, arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with a shell's redirection."""
    return subprocess.run(
        ["/bin/bash", "-c", f'"$0" -m litert_ir {arguments} {redirection}', sys.executable],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "arguments", "code", "errors"),
    [
        (">&-", "tasks", 0, ""),
        ("2>&-", "plan no.keras", 3, ""),
        ("<&- >&- 2>&-", "plan no.keras", 3, ""),
        (
            ">/dev/full",
            "tasks --markdown",
            1,
            "litert-ir: the result cannot be printed: No space left on device\n",
        ),
        (">/dev/full 2>&1", "plan", 2, ""),
        ("| true; exit ${PIPESTATUS[0]}", "--help", 141, ""),
    ],
)
def test_streams_that_take_nothing(
    redirection: str, arguments: str, code: int, errors: str
) -> None:
    done = command(redirection, arguments)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", errors)


def test_closed_descriptors_are_never_those_of_other_files() -> None:
    script = (
        "import os, sys; from litert_ir.isolation import standard_descriptors as s;"
        "s.keep_standard_descriptors(); fd = os.open('/etc/passwd', os.O_RDONLY);"
        "os.write(os.dup(1), b'lost'); os._exit(fd if os.get_inheritable(1) else 99)"
    )
    done = subprocess.run(
        ["/bin/bash", "-c", '"$0" -c "$1" <&- >&-', sys.executable, script],
        timeout=60,
        check=False,
        stderr=subprocess.PIPE,
    )
    assert (done.returncode, done.stderr) == (3, b"")


def test_open_descriptors_stay_as_they_are() -> None:
    before = [os.fstat(descriptor) for descriptor in range(3)]
    count = len(list(Path("/proc/self/fd").iterdir()))
    keep_standard_descriptors()
    assert [os.fstat(descriptor) for descriptor in range(3)] == before
    assert len(list(Path("/proc/self/fd").iterdir())) == count


def strict_stdout(monkeypatch: pytest.MonkeyPatch, target: Path | str) -> io.TextIOWrapper:
    stream = io.TextIOWrapper(io.FileIO(os.open(target, os.O_WRONLY | os.O_CREAT), "w"), "utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    return stream


def test_names_that_are_no_unicode_are_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stream = strict_stdout(monkeypatch, tmp_path / "output")
    with usable_streams():
        sys.stdout.write("a\udcff.tflite")
    assert sys.stdout is stream
    assert stream.errors == "strict"
    assert (tmp_path / "output").read_text() == "a\\udcff.tflite"
    stream.write("still open")
    stream.close()


def test_what_cannot_be_written_is_told_from_other_errors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = strict_stdout(monkeypatch, "/dev/full")
    with usable_streams():
        sys.stdout.write("lost")
        with pytest.raises(UnwrittenError, match="No space left") as caught:
            sys.stdout.flush()
        sys.stdout.write("lost, too")
    assert isinstance(caught.value.reason, OSError)
    stream.close()  # and nothing is left to complain about


def test_without_stderr_there_is_no_complaint_and_no_progress(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = os.dup(2)
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 2)
    os.close(writing)
    try:
        with phases(ReportOptions(verbose=True)) as announce:
            announce("planning")
            announce("converting")
        monkeypatch.setattr(sys, "stderr", os.fdopen(2, "w", buffering=1, closefd=False))
        complain("litert-ir: nobody reads this")
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    assert capfd.readouterr() == ("", "")
