"""The child and the parent's end: no orphan, no noise, and nothing shared with a forked copy."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import litert_ir
from litert_ir.isolation.worker import Worker
from tests.isolation import functions

ROOT = Path(litert_ir.__file__).parents[1]
SECONDS = 30

HANGING = """
import signal, sys
from litert_ir.isolation.worker import shared_worker
from tests.isolation import functions
exec(sys.argv[2])
shared_worker().call(functions.hang, sys.argv[1])
"""
HOLDING_BACK = [
    "",
    "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})",
    "signal.signal(signal.SIGIO, signal.SIG_IGN)",
]
"""What a parent's children inherit."""


@contextlib.contextmanager
def running(script: str, *args: str, folder: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """A Python process that warns of everything, at the head of a process group."""
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", script, *args],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        try:
            yield parent
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)


def ends(process: int) -> bool:
    """Whether a process ends soon; it need not be a child of this one."""
    return bool(select.select([process], [], [], SECONDS)[0])


@pytest.mark.parametrize(
    ("name", "before"),
    [("SIGKILL", before) for before in HOLDING_BACK] + [("SIGTERM", ""), ("SIGINT", "")],
)
def test_a_child_in_endless_native_code_ends_with_its_parent(
    name: str, before: str, tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with running(HANGING, str(fifo), before) as parent:
        child = os.pidfd_open(int(fifo.read_text()))
        os.killpg(parent.pid, signal.Signals[name])
        assert ends(child)
        os.close(child)
        _, errors = parent.communicate(timeout=SECONDS)
    assert errors.count("Traceback") == (1 if name == "SIGINT" else 0)
    assert ("KeyboardInterrupt" in errors) == (name == "SIGINT")


WAITING = """
import os, sys
from litert_ir.isolation.worker import Worker, shared_worker
from tests.isolation import functions
other = Worker()
print(shared_worker().call(functions.process_id), other.call(functions.process_id), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["sys.exit()", "os._exit(0)", "raise ValueError('the end')"])
def test_idle_children_end_with_their_parent(end: str) -> None:
    with running(WAITING + end) as parent:
        assert parent.stdout is not None
        children = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
        _, errors = parent.communicate(timeout=SECONDS)
        assert [ends(child) for child in children] == [True, True]
    for child in children:
        os.close(child)
    assert errors.startswith("Traceback") if "raise" in end else errors == ""
    assert "ResourceWarning" not in errors


FORKING = """
import os, signal
from litert_ir.isolation.worker import shared_worker
from tests.isolation import functions
worker = shared_worker()
original = worker.call(functions.process_id)
copy = os.fork()
if copy == 0:
    signal.alarm(20)
    assert worker.pid is None
    assert worker.call(functions.process_id) != original
    worker.recycle()
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 7
assert worker.call(functions.process_id) == original
"""


def test_a_forked_copy_has_a_child_of_its_own() -> None:
    with running(FORKING) as parent:
        _, errors = parent.communicate(timeout=SECONDS)
    assert (parent.returncode, errors) == (0, "")


FORKING_IN_A_CALL = """
import os, pathlib, signal, sys, threading
from litert_ir.isolation.worker import shared_worker
from tests.isolation import functions
worker = shared_worker()
threading.Thread(target=worker.call, args=(functions.hang, sys.argv[1]), daemon=True).start()
child = pathlib.Path(sys.argv[1]).read_text()
if os.fork() == 0:
    signal.alarm(20)
    print(worker.call(functions.echo, child), flush=True)
    os.read(0, 1)
os._exit(0)
"""


def test_a_forked_copy_waits_for_no_call_and_keeps_no_child_alive(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with running(FORKING_IN_A_CALL, str(fifo)) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        with contextlib.suppress(ProcessLookupError):
            assert ends(os.pidfd_open(child))
        parent.communicate(timeout=SECONDS)


def test_an_interrupted_call_ends_its_child(worker: Worker) -> None:
    child = worker.call(functions.process_id)
    with pytest.raises(KeyboardInterrupt):
        worker.call(functions.interrupt_the_parent)
    assert not Path(f"/proc/{child}").exists()
    assert worker.call(functions.echo, "alive") == "alive"


CALLING_WHERE = """
import litert_ir, where
from litert_ir.isolation.worker import Worker
with Worker() as worker:
    print(litert_ir.__file__, worker.call(where.package))
"""


def test_the_child_finds_the_package_where_its_parent_did(tmp_path: Path) -> None:
    (tmp_path / "litert_ir").symlink_to(ROOT / "litert_ir")
    (tmp_path / "where.py").write_text(
        "import litert_ir\ndef package():\n    return litert_ir.__file__\n"
    )
    with running(CALLING_WHERE, folder=tmp_path) as parent:
        output, errors = parent.communicate(timeout=SECONDS)
    assert errors == ""
    assert output.split() == [str(tmp_path / "litert_ir" / "__init__.py")] * 2


CLOSING_AT_EXIT = """
import sys, threading
from pathlib import Path
from litert_ir.errors import ConverterCrashed
from litert_ir.isolation.worker import shared_worker
from tests.isolation import functions
def hang():
    try:
        shared_worker().call(functions.hang, sys.argv[1])
    except ConverterCrashed:
        pass
threading.Thread(target=hang, daemon=True).start()
Path(sys.argv[1]).read_text()
"""


def test_a_call_of_a_daemon_thread_does_not_delay_the_end(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with running(CLOSING_AT_EXIT, str(fifo)) as parent:
        _, errors = parent.communicate(timeout=SECONDS)
    assert (errors, parent.returncode) == ("", 0)
