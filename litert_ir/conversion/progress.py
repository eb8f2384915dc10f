"""Tell the caller, or with ``verbose`` the terminal, which phase has begun."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator

logger = logging.getLogger("litert_ir")

Progress = Callable[[str], None]

_STDERR = 2


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
    # A descriptor of its own stays on the terminal while the converter's output is captured.
    with os.fdopen(os.dup(_STDERR), "w") as terminal:
        handler = logging.StreamHandler(terminal)
        handler.setFormatter(logging.Formatter("litert_ir: %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield logger.info
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)
