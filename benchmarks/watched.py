"""A fresh process of one of the benchmarks' modules, watched until it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TypeVar

from benchmarks.events import Event, heard
from benchmarks.tree import SAMPLE_SECONDS, Sample, TreeWatch

CHILD_ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}
"""The environment of every measured process, beside this one's: no GPU, no TensorFlow log."""

TAIL_LINES = 30
"""Lines of standard error that a failure keeps."""

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds the package `benchmarks`."""

T = TypeVar("T")


class Watched:
    """A context manager that runs a module, and leaves no process behind.

    Args:
        module: A module of the benchmarks.
        arguments: Its command line.

    Attributes:
        events: The events so far.
        watch: The memory of the process and its children.
    """

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        self.events: list[Event] = []
        self._timed_out_after: float | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the block
        self._process = subprocess.Popen(
            (sys.executable, "-m", module, *arguments),
            cwd=ROOT,
            env=os.environ | CHILD_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.watch = TreeWatch(self._process.pid)
        self._listener = threading.Thread(target=self._listen, name="listener", daemon=True)

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._stderr.close()

    def stop(self) -> None:
        """Kill the process and its session; wait for the rest of its events."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._listener.join()

    def wait(self, seconds: float, objection: Callable[[Sample], T | None]) -> T | None:
        """Take samples until the process ends, or is killed.

        Args:
            seconds: After so long it is killed.
            objection: Called with every sample; kills the process unless it gives None.

        Returns:
            What ``objection`` gave at last.
        """
        deadline = time.perf_counter() + seconds
        while self._process.poll() is None:
            sample = self.watch.sample()
            reason = objection(sample)
            if reason is not None:
                self.stop()
                return reason
            if sample.at > deadline:
                self._timed_out_after = seconds
                self.stop()
                return None
            time.sleep(SAMPLE_SECONDS)
        self._listener.join()
        return None

    @property
    def failure(self) -> str:
        """Return the reason of the failure in one line; empty when the process ended well."""
        if self._timed_out_after is not None:
            return f"stopped after {self._timed_out_after:g} s"
        status = self._process.returncode
        return f"exit status {status}" if status else ""

    @property
    def stderr_tail(self) -> str:
        """The last lines of its standard error."""
        self._stderr.seek(0)
        text = self._stderr.read().decode("utf-8", "replace")
        return "\n".join(text.strip().splitlines()[-TAIL_LINES:])

    def _listen(self) -> None:
        if self._process.stdout is not None:
            for event in heard(self._process.stdout):
                self.events.append(event)
