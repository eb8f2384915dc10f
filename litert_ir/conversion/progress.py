"""Report the phase that has begun to the caller, or with ``verbose`` to the terminal."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar

import attrs

from litert_ir.conversion.shown_progress import shown_progress
from litert_ir.isolation.native_output import own_stderr
from litert_ir.runtime.counting import CountedItems
from litert_ir.runtime.progress_event import ProgressEvent
from litert_ir.samples.samples import Sample

logger = logging.getLogger("litert_ir")

Progress = Callable[[str], None]


@attrs.define
class Listener:
    """Calls a caller's function, and recognizes the errors that it raised.

    A strategy calls it in the middle of its work, where an error would otherwise be taken for the
    strategy's own.

    Attributes:
        tell: The caller's function.
    """

    tell: Progress
    _raised: list[BaseException] = attrs.field(factory=list, init=False)

    def __call__(self, text: str) -> None:
        """Report a phase."""
        try:
            self.tell(text)
        except BaseException as error:
            self._raised.append(error)
            raise

    def pass_on(self, error: BaseException) -> None:
        """Raise the caller's error again if this is it, or was caused by it."""
        found: BaseException | None = error
        while found is not None:
            if any(found is known for known in self._raised):
                raise found
            found = found.__cause__ or found.__context__


def listening(tell: Progress) -> Listener:
    """A listener for a caller's function, which may be one already."""
    return tell if isinstance(tell, Listener) else Listener(tell)


_FOLLOWING: ContextVar[Progress] = ContextVar("following", default=logger.info)
"""The receiver of progress texts of the strategy at work."""


@contextlib.contextmanager
def following(tell: Progress, strategy: str) -> Iterator[None]:
    """Report the announcements of a strategy inside of the context.

    Args:
        tell: The function that phases are reported to.
        strategy: The strategy's name, with which each phase begins.
    """
    token = _FOLLOWING.set(lambda phase: tell(ProgressEvent.of(phase).by(strategy)))
    try:
        yield
    finally:
        _FOLLOWING.reset(token)


def announce(phase: str) -> None:
    """Announce a phase of a strategy's work, or its progress; see `Counted`."""
    _FOLLOWING.get()(phase)


def counted(calibration: Iterable[Sample] | None) -> Iterable[Sample] | None:
    """Samples that announce their number as a strategy calibrates on them."""
    if calibration is None:
        return None
    return CountedItems(calibration, announce, "calibrating")


@contextlib.contextmanager
def reporting(on_progress: Progress | None, *, verbose: bool | None) -> Iterator[Progress]:
    """Yield the function that phases are reported to, a logger unless the caller listens.

    Args:
        on_progress: The caller's own, which then is the only one.
        verbose: True to log the phases to stderr for the duration; None to show them where there
            is a notebook or a terminal.

    Yields:
        A function of one short text.
    """
    if on_progress is not None or verbose is False:
        yield on_progress or logger.info
        return
    if verbose is None:
        with shown_progress() as show:
            yield logger.info if show is None else _both(show, logger.info)
        return
    level = logger.level
    with own_stderr() as terminal:
        handler = logging.StreamHandler(terminal)
        handler.setFormatter(logging.Formatter("litert_ir: %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield logger.info
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)


def _both(first: Progress, second: Progress) -> Progress:
    def tell(phase: str) -> None:
        first(phase)
        second(phase)

    return tell
