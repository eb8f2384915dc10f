"""Tell the caller, or with ``verbose`` the terminal, which phase has begun."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

from litert_ir.conversion.native_output import own_stderr

logger = logging.getLogger("litert_ir")

Progress = Callable[[str], None]


@contextlib.contextmanager
def reporting(on_progress: Progress | None, *, verbose: bool) -> Iterator[Progress]:
    """Give the function that phases are reported to.

    Args:
        on_progress: The caller's own, which then is the only one.
        verbose: Log the phases to stderr for the duration, unless the caller listens.

    Yields:
        A function of one short text.
    """
    if on_progress is not None or not verbose:
        yield on_progress or logger.info
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
