"""Define the messages between the parent and its child process."""

from __future__ import annotations

import pickle
import traceback
from typing import Any, Generic, TypeVar

import attrs

R = TypeVar("R")


@attrs.frozen(kw_only=True)
class Preload:
    """A request to import modules that will be needed soon; there is no answer.

    Attributes:
        modules: Their names.
        path: The parent's ``sys.path``.
    """

    modules: tuple[str, ...]
    path: tuple[str, ...]


@attrs.frozen
class Call:
    """The announcement of a call; the pickled function and its arguments follow as they are.

    Attributes:
        path: The parent's ``sys.path``.
    """

    path: tuple[str, ...]


@attrs.frozen
class Received:
    """The confirmation that the child has read a whole call and runs it."""


@attrs.frozen
class Returned(Generic[R]):
    """The function's result."""

    value: R


@attrs.frozen(kw_only=True)
class Raised:
    """An exception that the function raised.

    Attributes:
        pickled: The exception; None when it does not survive pickling.
        module: The module of its class.
        text: Its class and message.
        traceback: The child's traceback.
    """

    pickled: bytes | None
    module: str
    text: str
    traceback: str


Request = Preload | Call
Reply = Returned[R] | Raised


def encode(message: Request | Received | Reply[Any]) -> bytes:
    """Pickle a message."""
    return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)


def decode(data: bytes) -> Any:
    """Unpickle a message of `encode`; its sender is always this process or its child."""
    return pickle.loads(data)


def raised(error: Exception) -> Raised:
    """Describe an exception, with the traceback that pickling loses."""
    return Raised(
        pickled=_pickled(error),
        module=type(error).__module__,
        text="".join(traceback.format_exception_only(error)).strip(),
        traceback="".join(traceback.format_exception(error)),
    )


def _pickled(error: Exception) -> bytes | None:
    """Pickle an exception; None if it does not unpickle to its own class."""
    try:
        data = pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
        return data if type(pickle.loads(data)) is type(error) else None
    except Exception:  # noqa: BLE001 - any code of the exception's author runs here
        return None
