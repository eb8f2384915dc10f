"""Converters log from C++ past `sys.stderr`: kept off the terminal, and at hand when it fails."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import litert_ir as lir
from litert_ir.errors import AllStrategiesFailedError, ConversionError
from litert_ir.isolation.native_output import captured_native_output, tail_of
from tests.conversion.exports import exported, fresh, model
from tests.conversion.stubs import Stub

Capture = pytest.CaptureFixture[str]


def chatter() -> None:
    """Write to the descriptors, as native code and child processes do."""
    os.write(1, b"native to stdout\n")
    os.write(2, b"native to stderr\n")
    subprocess.run(["echo", "child process"], check=True)


ALL = {"native to stdout", "native to stderr", "child process"}


def descriptors() -> list[tuple[int, int]]:
    """Which files stdout and stderr are, by device and inode."""
    return [(status.st_dev, status.st_ino) for status in map(os.fstat, (1, 2))]


def test_everything_is_captured_and_nothing_is_shown(capfd: Capture) -> None:
    with captured_native_output() as output:
        chatter()
    assert set(output.text.splitlines()) == ALL
    assert capfd.readouterr() == ("", "")


def test_the_descriptors_are_restored(capfd: Capture) -> None:
    before = descriptors()
    with captured_native_output():
        assert descriptors() != before
    assert descriptors() == before
    os.write(1, b"seen again")
    assert capfd.readouterr().out == "seen again"


def test_the_descriptors_are_restored_after_an_exception(capfd: Capture) -> None:
    before = descriptors()
    with pytest.raises(KeyboardInterrupt), captured_native_output() as output:
        _chatter_and_interrupt()
    assert descriptors() == before
    assert set(output.text.splitlines()) == ALL
    assert capfd.readouterr() == ("", "")


def _chatter_and_interrupt() -> None:
    chatter()
    raise KeyboardInterrupt


def test_what_python_prints_is_captured() -> None:
    code = (
        "import sys\n"
        "from litert_ir.isolation.native_output import captured_native_output, tail_of\n"
        "print('before')\n"
        "with captured_native_output() as output:\n"
        "    print('out')\n"
        "    print('err', file=sys.stderr)\n"
        "print('after', output.text.split())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("before\nafter ['out', 'err']\n", "")


def test_what_python_prints_is_captured_where_stdout_is_no_descriptor(capfd: Capture) -> None:
    with captured_native_output() as output:
        print("out")  # noqa: T201  (what is tested)
    assert (output.text, capfd.readouterr().out) == ("out\n", "")


def test_what_was_printed_before_is_not_captured(capfd: Capture) -> None:
    sys.stdout.write("waiting in Python's buffer")
    with captured_native_output() as output:
        pass
    assert output.text == ""
    assert capfd.readouterr().out == "waiting in Python's buffer"


def test_captures_nest(capfd: Capture) -> None:
    with captured_native_output() as outer:
        os.write(2, b"a")
        with captured_native_output() as inner:
            os.write(2, b"b")
        os.write(2, b"c")
    assert (outer.text, inner.text) == ("ac", "b")
    assert capfd.readouterr() == ("", "")


def test_passed_through(capfd: Capture) -> None:
    with captured_native_output(passed_through=True) as output:
        chatter()
    assert output.text == ""
    shown = capfd.readouterr()
    assert set(shown.out.splitlines() + shown.err.splitlines()) == ALL


def test_no_descriptor_leaks() -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  (counts, paths are not needed)

    before = opened()
    for _ in range(5):
        with captured_native_output():
            pass
    assert opened() == before


def test_bytes_that_are_no_text(capfd: Capture) -> None:
    with captured_native_output() as output:
        os.write(2, b"caf\xe9")
    assert output.text == "caf\N{REPLACEMENT CHARACTER}"
    assert capfd.readouterr() == ("", "")


def test_the_tail_is_the_end(capfd: Capture) -> None:
    with captured_native_output() as output:
        os.write(1, b"".join(b"line %d\n" % i for i in range(1000)))
    lines = tail_of(output.text).splitlines()
    assert lines == output.text.splitlines()[-len(lines) :]
    assert 10 <= len(lines) <= 100
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("stream", [1, 2])
def test_a_process_without_a_terminal(stream: int) -> None:
    code = (
        "import os\n"
        "from litert_ir.isolation.native_output import captured_native_output, tail_of\n"
        "with captured_native_output() as output:\n"
        f"    os.write({3 - stream}, b'heard')\n"
        "assert output.text == 'heard', output\n"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -c "$1" {stream}>&-', sys.executable, code],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0


def loud(error: Exception | None) -> Stub:
    def act() -> bytes:
        chatter()
        if error is not None:
            raise error
        return exported("single").content

    return Stub("loud", act)


def test_an_export_shows_nothing(capfd: Capture, tmp_path: Path) -> None:
    lir.export(model("single"), tmp_path / "model.tflite", strategies=(loud(None),))
    assert capfd.readouterr() == ("", "")


def test_a_real_conversion_shows_nothing(capfd: Capture, tmp_path: Path) -> None:
    quiet_in_python = (lir.ConcreteFunction(), lir.SavedModel())
    for strategy in quiet_in_python:
        lir.export(fresh("sequential"), tmp_path / "model.tflite", strategies=(strategy,))
    assert capfd.readouterr() == ("", "")


def test_a_failure_carries_the_output(capfd: Capture, tmp_path: Path) -> None:
    strategies = (loud(ConversionError("It broke.")),)
    with pytest.raises(AllStrategiesFailedError, match="native to stderr") as caught:
        lir.export(model("single"), tmp_path / "model.tflite", strategies=strategies)
    error = caught.value.attempts[0].error
    assert isinstance(error, ConversionError)
    assert set(error.native_output.splitlines()) == ALL
    assert capfd.readouterr() == ("", "")


def test_verbose_passes_it_through(capfd: Capture, tmp_path: Path) -> None:
    strategies = (loud(ConversionError("It broke.")),)
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(model("single"), tmp_path / "model.tflite", strategies=strategies, verbose=True)
    error = caught.value.attempts[0].error
    assert isinstance(error, ConversionError)
    assert error.native_output == ""
    shown = capfd.readouterr()
    assert set(shown.out.splitlines()) == {"native to stdout", "child process"}
    assert "native to stderr" in shown.err.splitlines()
    assert "litert_ir: loud: converting" in shown.err


def test_the_direct_strategy_shows_nothing(capfd: Capture, tmp_path: Path) -> None:
    lir.export(fresh("sequential"), tmp_path / "model.tflite", strategies=(lir.Direct(),))
    assert capfd.readouterr() == ("", "")


def test_a_log_handler_made_meanwhile_works_afterwards(capfd: Capture) -> None:
    logger = logging.getLogger("made.meanwhile")
    with captured_native_output() as output:
        handler = logging.StreamHandler()
        logger.addHandler(handler)
        logger.warning("inside")
    logger.warning("outside")
    logger.removeHandler(handler)
    assert output.text == "inside\n"
    assert "outside" in capfd.readouterr().err


def test_two_threads_take_turns() -> None:
    before, stdout = descriptors(), sys.stdout
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with captured_native_output():
            inside.set()
            leave.wait(timeout=30)

    def second() -> None:
        inside.wait(timeout=30)
        with captured_native_output():
            pass

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    assert inside.wait(timeout=30)
    leave.set()
    for thread in threads:
        thread.join(timeout=30)
    assert descriptors() == before
    assert sys.stdout is stdout


def test_a_stream_that_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sink:
        def write(self, text: str) -> int:
            return len(text)

    monkeypatch.setattr(sys, "stdout", Sink())
    with captured_native_output() as output:
        sys.stdout.write("seen\n")
    assert output.text == "seen\n"
