"""LiteRT's C library, which ai-edge-litert ships: what its Python modules do not offer.

The functions and structures are those of ``litert/c`` in LiteRT's sources, version 2.3; only a
child process calls them.
"""

from __future__ import annotations

import ctypes
import enum
import importlib.util
import sys
from pathlib import Path
from typing import Any

from litert_ir.backends.packages import INTERPRETER
from litert_ir.errors import MissingDependencyError

Handle = ctypes.c_void_p

_MOST_RANK = 8
_SUFFIXES = {"darwin": ".dylib", "win32": ".dll"}


class Layout(ctypes.Structure):
    """A tensor's shape."""

    _fields_ = (
        ("rank", ctypes.c_uint, 7),
        ("has_strides", ctypes.c_uint, 1),
        ("sizes", ctypes.c_int32 * _MOST_RANK),
        ("strides", ctypes.c_uint32 * _MOST_RANK),
    )


class RankedType(ctypes.Structure):
    """A tensor's element type and shape."""

    _fields_ = (("element_type", ctypes.c_int), ("layout", Layout))


class MemoryUsage(ctypes.Structure):
    """Memory at the begin or the end of an event, which LiteRT leaves empty."""

    _fields_ = (
        ("total", ctypes.c_size_t),
        ("in_use", ctypes.c_size_t),
        ("private", ctypes.c_size_t),
    )


class Event(ctypes.Structure):
    """An event that the profiler recorded."""

    _fields_ = (
        ("tag", ctypes.c_char_p),
        ("event_type", ctypes.c_int),
        ("start_us", ctypes.c_uint64),
        ("elapsed_us", ctypes.c_uint64),
        ("begin_memory", MemoryUsage),
        ("end_memory", MemoryUsage),
        ("metadata", ctypes.c_uint64),
        ("more_metadata", ctypes.c_uint64),
        ("source", ctypes.c_int),
    )


class EventType(enum.IntEnum):
    """The kinds of events that are of use here."""

    OTHER = 1
    OPERATOR = 2
    """An operator of a subgraph ran; the metadata are its number and the subgraph's."""
    DELEGATE_OPERATOR = 4
    DELEGATE_KERNEL = 8
    """A delegate's kernel ran; the metadata is its number in the delegate's partition."""


class CLibraryError(RuntimeError):
    """A function of the library failed, or the library has no such function."""


class CLibrary:
    """The library, loaded into this process.

    Raises:
        MissingDependencyError: When ai-edge-litert is not installed.
        CLibraryError: When it has no such library, or the library does not load.
    """

    def __init__(self) -> None:
        path = _path()
        try:
            self._library = ctypes.CDLL(str(path))
        except OSError as error:
            raise CLibraryError(f"{path.name} does not load: {error}") from error

    def call(self, function: str, *arguments: Any) -> None:
        """Call a function that returns a status.

        Raises:
            CLibraryError: When the status is not that of success, or there is no such function.
        """
        status = self._function(function)(*arguments)
        if status:
            raise CLibraryError(f"{function} returns the status {status}")

    def made(self, function: str, *arguments: Any) -> Handle:
        """Call a function whose last parameter takes the object that it makes or finds."""
        handle = Handle()
        self.call(function, *arguments, ctypes.byref(handle))
        return handle

    def destroy(self, function: str, handle: Handle) -> None:
        """Call a function that returns nothing."""
        self._function(function)(handle)

    def _function(self, name: str) -> Any:
        try:
            return getattr(self._library, name)
        except AttributeError as error:
            raise CLibraryError(f"the installed ai-edge-litert has no {name}") from error


def _path() -> Path:
    found = importlib.util.find_spec(INTERPRETER.module)
    if found is None or found.origin is None:
        raise MissingDependencyError(
            f"The package {INTERPRETER.name!r} is not installed.", advice=INTERPRETER.advice
        )
    return Path(found.origin).with_name(f"libLiteRt{_SUFFIXES.get(sys.platform, '.so')}")
