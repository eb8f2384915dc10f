"""What the child process is asked to do: fine things, and everything that ends it."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn


class NeedsTwoError(Exception):
    """It is pickled, but cannot be rebuilt from its arguments."""

    def __init__(self, first: str, *, second: str) -> None:
        super().__init__(f"{first} and {second}")


class HoldsALambdaError(Exception):
    """It cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("holds a lambda")
        self.function: Callable[[], None] = lambda: None


def echo(value: Any) -> Any:
    return value


def process_id() -> int:
    return os.getpid()


def say(text: str, times: int = 1) -> None:
    """Write to both streams, past Python's."""
    for _ in range(times):
        os.write(1, text.encode())
        os.write(2, text.encode())


def die_of(name: str, last_words: str = "") -> None:
    say(last_words)
    os.kill(os.getpid(), signal.Signals[name])
    time.sleep(60)


def read_null() -> bytes:
    return ctypes.string_at(0)


def exit_at_once(code: int) -> None:
    os._exit(code)


def exit_politely(code: int) -> NoReturn:
    raise SystemExit(code)


def hang(fifo: str) -> None:
    """Say through a named pipe that it begins, then hold Python's lock for ever."""
    Path(fifo).write_text(str(os.getpid()), encoding="utf-8")
    ctypes.PyDLL(None).sleep(600)


def sleep_forever() -> None:
    time.sleep(600)


def interrupt_the_parent() -> None:
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(600)


def close_all_descriptors() -> None:
    os.closerange(3, 256)
    time.sleep(600)


def nap(seconds: float) -> None:
    time.sleep(seconds)


def nap_and_echo(seconds: float, value: Any) -> Any:
    time.sleep(seconds)
    return value


def blocked_signals() -> set[int]:
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}


def read_text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def fail_with(error: Exception) -> NoReturn:
    raise error


def fail_badly(kind: str) -> NoReturn:
    raise NeedsTwoError("this", second="that") if kind == "rebuilt" else HoldsALambdaError()


def fail_as(module: str) -> NoReturn:
    """Raise the exception of a module that only this process imports."""
    error: Exception = importlib.import_module(module).ForeignError("abroad")
    raise error


def returns_a_lambda() -> Any:
    return lambda: None


def descriptors_beyond_the_standard_ones() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) - 4  # listing takes one, too


def stdin_is_empty() -> bool:
    return os.read(0, 1) == b""


def loaded(modules: tuple[str, ...]) -> list[str]:
    """Which of these top-level packages this process has imported."""
    return [module for module in modules if module in sys.modules]


def say_and_fail(text: str, error: Exception) -> NoReturn:
    os.write(2, text.encode())
    raise error


def die_of_number(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


class Node:
    """It may point to itself."""

    itself: Node


LATEST: weakref.ref[Node] | None = None


def make_garbage() -> None:
    """Leave an object that only the garbage collector finds."""
    global LATEST  # noqa: PLW0603 - what this process remembers until the next call
    node = Node()
    node.itself = node
    LATEST = weakref.ref(node)


def exempted_from_collection() -> int:
    return gc.get_freeze_count()


def garbage_is_gone() -> bool:
    return LATEST is not None and LATEST() is None


def leave_a_process_behind(pid_file: str) -> None:
    """End, but not the process that was started here with all descriptors it can inherit."""
    left = subprocess.Popen(["sleep", "60"], close_fds=False)
    Path(pid_file).write_text(str(left.pid), encoding="utf-8")
    os._exit(1)
