"""Confine the faults of strategies, which anybody may write, to their own attempt."""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.conversion.progress import Listener, logger
from litert_ir.conversion.protocol import Artifact, Content, ConversionStrategy, Refusal
from litert_ir.errors import (
    ConversionError,
    LiteRTIRError,
    OptionsError,
    SamplesError,
    StrategyError,
    TargetError,
)
from litert_ir.errors.interruption import is_interruption
from litert_ir.errors.shown import shown
from litert_ir.ir.scalars import is_encodable

_ENDS = (OptionsError, SamplesError, TargetError)
"""Errors that every other strategy would raise as well."""

_ADVICE = (
    "this is a fault in its code; the error itself, with its traceback, is the __cause__ of the "
    "error of the attempt"
)


@attrs.frozen
class faults_of:  # noqa: N801  (a context manager, read as a phrase)
    """Turn unexpected exceptions of foreign code into a failure of its attempt.

    Exceptions that end an export in any case pass unchanged: an interrupt or an exit, those of a
    signal handler, errors of the caller's data, options and disk, and those of the caller's own
    listener. Running out of memory is a failure of the attempt: another strategy may need less.

    Attributes:
        name: The strategy.
        listener: The caller's listener to phases, whose own errors pass unchanged.

    Raises:
        ConversionError: In place of any other error, which is its cause.
    """

    name: str
    listener: Listener | None = None

    def __enter__(self) -> None:
        """Enter the context; there is nothing to do."""

    # No generator: contextlib takes a RuntimeError that StopIteration is the cause of for its own.
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Convert the exception, if any."""
        if not isinstance(error, Exception) or is_interruption(error):
            return
        if self.listener is not None:
            self.listener.pass_on(error)
        if isinstance(error, LiteRTIRError):
            if not isinstance(error, (ConversionError, *_ENDS)):
                raise ConversionError(error.summary, **error.facts) from error
            return
        logger.info("%s raised an unexpected error", self.name, exc_info=error)
        raise StrategyError(
            f"{self.name} ended in an unexpected error.", received=brief(error), advice=_ADVICE
        ) from error


def check_strategy(value: Any, error: OptionsError) -> None:
    """Require a strategy whose name plans can hold.

    Args:
        value: What was given in its place, the properties of which may fail.
        error: What to raise where this is no strategy.

    Raises:
        OptionsError: The error; or another one where the name is no text.
    """
    with failures_as(lambda _: error):
        is_strategy = isinstance(value, ConversionStrategy) and not isinstance(value, type)
        name = value.name if is_strategy else None
    if not is_strategy:
        raise error
    if not isinstance(name, str) or not name.strip() or not is_encodable(name):
        raise OptionsError(
            "A strategy is named in plans and results.",
            where=f"{type(value).__name__}.name",
            expected="text such as 'mine'",
            received=shown(name),
        )


def checked_artifact(name: str, made: object) -> Artifact:
    """Require that a strategy made an artifact with a file.

    Raises:
        StrategyError: When it is something else.
    """
    content = made.content if isinstance(made, Artifact) else None
    if isinstance(made, Artifact) and isinstance(content, bytes | bytearray | Content):
        return made
    received = type(content if isinstance(made, Artifact) else made).__name__
    raise StrategyError(
        f"{name} gave no file.",
        expected="an Artifact, whose content is bytes or has a size_bytes and pieces()",
        received=f"an Artifact of {received}" if isinstance(made, Artifact) else received,
    )


def checked_refusal(name: str, given: object) -> Refusal | None:
    """Require that ``refuses`` of a strategy gave a refusal or None.

    Raises:
        StrategyError: When it is something else.
    """
    if given is None or isinstance(given, Refusal):
        return given
    raise StrategyError(
        f"{name} neither takes the plan nor refuses it.",
        expected="None or a Refusal with its reason",
        received=repr(given),
    )
