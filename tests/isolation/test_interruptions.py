"""Exceptions that a signal handler raised are told from those of the code that it interrupted."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from litert_ir.backends.model_failures import failures_as
from litert_ir.conversion.target_checks import check_target
from litert_ir.errors import ConversionError
from litert_ir.errors.foreign import elements
from litert_ir.errors.interruption import is_interruption, mark_interruption
from litert_ir.errors.paths import usable_path
from litert_ir.samples.sizes import SampleSizes


def function(*_: Any) -> None:
    raise TimeoutError("in time")


def deeper(*_: Any) -> None:
    function()


class Limit:
    """Handlers that are no functions."""

    def method(self, *_: Any) -> None:
        raise ValueError("too late")

    def __call__(self, *_: Any) -> None:
        raise RuntimeError("too late")


HANDLERS: dict[str, Callable[..., None]] = {
    "function": function,
    "deeper": deeper,
    "method": Limit().method,
    "object": Limit(),
    "partial": functools.partial(function, 1),
    "lambda": lambda *_: function(),
}


@pytest.fixture
def handler(request: pytest.FixtureRequest) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, HANDLERS[request.param])
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("handler", HANDLERS, indirect=True)
@pytest.mark.usefixtures("handler")
def test_a_handlers_exception_is_no_failure_of_what_it_interrupts() -> None:
    with (
        pytest.raises((TimeoutError, ValueError, RuntimeError)) as caught,
        failures_as(lambda _: ConversionError("a failure"), OSError),
    ):
        os.kill(os.getpid(), signal.SIGUSR1)
    assert not isinstance(caught.value, ConversionError)
    assert is_interruption(caught.value)


@pytest.mark.parametrize("handler", HANDLERS, indirect=True)
@pytest.mark.usefixtures("handler")
def test_other_exceptions_are_failures() -> None:
    with pytest.raises(ConversionError), failures_as(lambda _: ConversionError("a"), OSError):
        raise TimeoutError("the model's own")


def test_what_an_enum_refuses_is_a_failure() -> None:
    """The defaults of signals are members of an enum, whose class can be called."""
    with (
        pytest.raises(ConversionError),
        failures_as(lambda _: ConversionError("a failure")),
    ):
        signal.Signals(0)


def test_a_marked_exception_is_one() -> None:
    error = KeyError("x")
    assert not is_interruption(error)
    mark_interruption(error)
    assert is_interruption(error)


def _endless() -> Iterator[Any]:
    os.kill(os.getpid(), signal.SIGUSR1)
    yield 0


class Slow:
    """Is interrupted at whatever is asked of it."""

    def __fspath__(self) -> str:
        os.kill(os.getpid(), signal.SIGUSR1)
        return ""

    def __iter__(self) -> Iterator[Any]:
        return _endless()


@pytest.mark.parametrize("handler", ["function", "object"], indirect=True)
@pytest.mark.usefixtures("handler")
@pytest.mark.parametrize(
    "asking",
    [
        elements,
        lambda value: usable_path(value, ConversionError),
        lambda _: SampleSizes.of(_endless),
        check_target,
    ],
)
def test_nothing_that_asks_a_users_object_swallows_it(asking: Callable[[Any], object]) -> None:
    with pytest.raises((TimeoutError, RuntimeError)) as caught:
        asking(Slow())
    assert is_interruption(caught.value)
