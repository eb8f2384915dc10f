"""Exports of the command line that stop at a phase, each in a forked copy of one warm process.

Run as a script, it imports the frameworks once. Then each line on stdin asks for one export, as
JSON of an `Order`; the answers, lines too, are the process id of the copy and its exit code. The
copy stops where it is told to, says so on the FIFO of the order, and waits for a signal, or for
the FIFO's other end.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

WRITING, COMMITTING = "writing", "committing"
"""Phases that are not announced."""


@attrs.frozen(kw_only=True)
class Order:
    """One export.

    Attributes:
        arguments: Of the command line.
        phase: A part of the text of the phase to stop at; None to run through.
        fifo: Where to say that it is reached, with the child's process id.
        temporary: The folder for temporary files.
        closed: Descriptors that it is started without.
        output: What its stdout and stderr go to.
    """

    arguments: list[str]
    phase: str | None
    fifo: str
    temporary: str
    output: str
    closed: list[int] = attrs.field(factory=list)


def serve() -> None:
    """Answer orders until stdin ends."""
    from litert_ir.backends import load_keras, load_tensorflow
    from litert_ir.cli import loaded_model
    from litert_ir.cli.commands import quantize

    load_tensorflow()
    load_keras()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        copy = os.fork()
        if copy == 0:
            _export(order, (loaded_model, quantize))
        _answer(copy)
        _answer(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]))


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _export(order: Order, modules: tuple[Any, ...]) -> None:
    """What a copy does, which never returns from here."""
    code = 99
    try:
        os.environ["TMPDIR"] = order.temporary
        tempfile.tempdir = None
        _redirect(order)
        _stop(order, modules)
        from litert_ir.cli.app import main
        from litert_ir.isolation.worker import shared_worker

        code = main(order.arguments)
        shared_worker().close()
    finally:
        os._exit(code)


def _redirect(order: Order) -> None:
    descriptor = os.open(order.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    os.close(null)
    for stream in order.closed:
        os.close(stream)
    sys.stdout = None if 1 in order.closed else os.fdopen(1, "w", closefd=False)
    sys.stderr = None if 2 in order.closed else os.fdopen(2, "w", closefd=False)


def _stop(order: Order, modules: tuple[Any, ...]) -> None:
    """Put the stop in the way of the export."""
    if order.phase == WRITING:
        _before(os, "fsync", order)
    elif order.phase == COMMITTING:
        _before(Path, "replace", order)
    elif order.phase is not None:
        for module in modules:
            module.phases = _stopping(module.phases, order)


def _before(place: Any, name: str, order: Order) -> None:
    original = getattr(place, name)

    def stopping(*arguments: Any) -> Any:
        reached(order)
        return original(*arguments)

    setattr(place, name, stopping)


def _stopping(phases: Callable[..., Any], order: Order) -> Callable[..., Any]:
    @contextlib.contextmanager
    def stopping(report: Any) -> Iterator[Callable[[str], None]]:
        with phases(report) as announce:

            def tell(text: str) -> None:
                announce(text)
                assert order.phase is not None
                if order.phase in text:
                    reached(order)

            yield tell

    return stopping


def reached(order: Order) -> None:
    """Say that the phase is reached, and wait."""
    from litert_ir.isolation.worker import shared_worker

    with Path(order.fifo).open("w") as fifo:
        fifo.write(str(shared_worker().pid or 0))
    with Path(order.fifo).open() as fifo:
        fifo.read()


if __name__ == "__main__":
    serve()
