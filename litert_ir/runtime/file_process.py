"""Keep a LiteRT file loaded in a child process between runs."""

from __future__ import annotations

import sys
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import attrs

from litert_ir.isolation.time_limits import TimeBudget, loading_s, one_run_s
from litert_ir.isolation.worker import Worker
from litert_ir.runtime import file_child
from litert_ir.runtime.file_child import FileKey
from litert_ir.runtime.interface_reader import FileInterface
from litert_ir.runtime.interface_scales import InterfaceScale
from litert_ir.runtime.interpreter import Array
from litert_ir.runtime.isolated import blamed_for_crashes, elements_of, translated_for

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

_MOST_IDLE = 1
_MOST_FILES = 200
"""The number of files after which a child is not used again: the interpreter may leak."""
_LARGE_BYTES = 64 << 20
"""Bytes of a file above which its child is not kept, as it keeps the file's memory."""
_MORE_TIME = "allow more time: litert_ir.LiteRTFile(..., timeout=...)"


@attrs.define
class _Child:
    """A child process that has one file at a time."""

    worker: Worker
    files: int = 0


_IDLE: deque[_Child] = deque(maxlen=_MOST_IDLE)
"""Children whose file is no longer in use."""


class FileProcess:
    """A file that another process has loaded.

    Args:
        path: The file.
        interface: Its inputs and outputs.
        keep_tensors: Preserve all intermediate tensors.
        signature: The name of a signature; None for the first.
        timeout: Seconds for each call; None for many times the usual time of such a file.

    Attributes:
        input_scales: The quantization of each input.
        output_scales: The quantization of each output.

    Raises:
        FileRejectedError: When the interpreter does not load the file, or crashes on it.
        ConverterCrashed: When loading does not end in time, or the child is killed from outside.
    """

    def __init__(
        self,
        path: Path,
        interface: FileInterface,
        *,
        keep_tensors: bool,
        signature: str | None,
        timeout: float | None,
    ) -> None:
        self._path, self._interface, self._timeout = path, interface, timeout
        self._size = path.stat().st_size
        child = _taken()
        child.files += 1
        number = f"{id(child)}-{child.files}"
        self._key = FileKey(
            path.absolute(), keep_tensors=keep_tensors, signature=signature, number=number
        )
        self._worker = child.worker
        self._loaded_by: int | None = None
        end = weakref.finalize(self, _give_back, child, self._size)
        end.atexit = False
        try:
            scales = self._call(loading_s(self._size), "loading the file", file_child.scales)
        except BaseException:
            end()  # at once: a reference to the exception keeps this object alive
            raise
        self.input_scales: Mapping[str, InterfaceScale] = scales[0]
        self.output_scales: Mapping[str, InterfaceScale] = scales[1]

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run once; see `litert_ir.LiteRTFile.run`."""
        (elements,) = elements_of(self._interface, [inputs])
        limit = one_run_s(self._size, elements)
        if self._worker.pid != self._loaded_by:  # a new child has to load it again
            limit += loading_s(self._size)
        return self._call(limit, "running the file", file_child.run, dict(inputs))

    def tensor(self, index: int, subgraph: int) -> Array:
        """Return the value of a tensor; see `litert_ir.LiteRTFile.tensor`."""
        limit = one_run_s(self._size, 0)
        return self._call(limit, "reading a tensor", file_child.tensor, index, subgraph)

    def real_tensor(self, index: int, subgraph: int) -> Array | None:
        """Return the real values of a tensor; see `litert_ir.LiteRTFile.real_tensor`."""
        limit = one_run_s(self._size, 0)
        return self._call(limit, "reading a tensor", file_child.real_tensor, index, subgraph)

    def _call(
        self,
        default_s: float,
        task: str,
        function: Callable[[FileKey, *Ts], R],
        *args: *Ts,
    ) -> R:
        budget = TimeBudget(self._timeout)
        with blamed_for_crashes(self._path, task, budget, _MORE_TIME):
            result = self._worker.call(
                function,
                self._key,
                *args,
                time_limit_s=budget.left(default_s),
                task=task,
                translate=translated_for(self._path),
            )
        self._loaded_by = self._worker.pid
        return result


def _taken() -> _Child:
    """Take an idle child, or start one."""
    try:
        return _IDLE.pop()
    except IndexError:
        child = _Child(Worker(max_calls=sys.maxsize))
        child.worker.start((file_child.__name__,))
        return child


def _give_back(child: _Child, size: int) -> None:
    """Keep a child for the next file, or end it."""
    if len(_IDLE) < _MOST_IDLE and child.files < _MOST_FILES and size < _LARGE_BYTES:
        _IDLE.append(child)
    else:
        child.worker.close()
