"""Run one function after the other in the child process, until the parent ends."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import os
import pickle
import select
import signal
import sys
from multiprocessing.connection import Connection

from litert_ir.isolation.messages import (
    Call,
    Preload,
    Received,
    Request,
    Returned,
    decode,
    encode,
    raised,
)
from litert_ir.isolation.place import IDLE_VARIABLE, mark_child


def main(connection: int, lifeline: int) -> None:
    """Serve the parent, on the descriptors of the connection and the lifeline."""
    for descriptor in (connection, lifeline):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - positional only
    mark_child()
    end_with(lifeline)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # undoes the inherited mask
    idle_s = os.environ.get(IDLE_VARIABLE)
    with contextlib.suppress(EOFError, OSError):
        serve(Connection(connection), None if idle_s is None else float(idle_s))


def end_with(lifeline: int) -> None:
    """End this process when the pipe's other end is closed, whatever runs here.

    Linux sends SIGKILL in that case, which native code cannot ignore, and which no inherited signal
    mask blocks. A death signal (``PR_SET_PDEATHSIG``) would not do: it is sent when the thread of
    the parent that started this process ends. Where the signal cannot be chosen (macOS), the
    process ends after its call.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    if sys.platform == "linux":
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:
        sys.exit("the parent is gone")


def serve(connection: Connection, idle_s: float | None) -> None:
    """Answer requests, until none arrives for so many seconds, or forever.

    Raises:
        EOFError: When the parent is gone.
        OSError: When it goes in the middle of a message.
    """
    while connection.poll(idle_s):
        request: Request = decode(connection.recv_bytes())
        sys.path[:] = request.path
        match request:
            case Preload(modules=modules):
                _preload(modules)
            case Call():
                payload = connection.recv_bytes()
                connection.send_bytes(encode(Received()))
                connection.send_bytes(_answer(payload))
                del payload
                gc.collect()


def _preload(modules: tuple[str, ...]) -> None:
    """Import modules, and exempt them from the garbage collections after each call: they stay."""
    for module in modules:
        # A failed import fails again, and is reported, in the call that needs it.
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    gc.freeze()


def _answer(payload: bytes) -> bytes:
    try:
        function, args = pickle.loads(payload)
        return encode(Returned(function(*args)))
    except Exception as error:  # noqa: BLE001 - the parent raises it
        return encode(raised(error))
