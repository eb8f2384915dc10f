"""Warn at the line of the caller: the innermost one that is not litert_ir's own code."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

_OWN = str(Path(__file__).parents[1])


def warn_caller(message: str, category: type[Warning]) -> None:
    """Issue a warning that names the line by which litert_ir was entered.

    Args:
        message: One sentence.
        category: The warning's class.
    """
    level, frame = 1, sys._getframe()  # noqa: SLF001  (as the standard library's warnings do)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OWN):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
