"""The exceptions that calling or building somebody's model can end in."""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

MODEL_FAILURES: tuple[type[Exception], ...] = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What user code in ``call`` and ``build`` raises; TensorFlow's own errors are separate."""


def call_failures() -> tuple[type[Exception], ...]:
    """`MODEL_FAILURES` and the errors of TensorFlow's ops."""
    from litert_ir.backends import load_tensorflow

    return (*MODEL_FAILURES, load_tensorflow().errors.OpError)


def brief(error: BaseException, *, limit: int = 600) -> str:
    """An error in one line: converters put whole programs into their messages, Keras colours.

    Args:
        error: The error.
        limit: The most characters to keep.
    """
    text = _COLOURS.sub("", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line.lower()] or lines
    text = " | ".join(dict.fromkeys(telling)) or "no message"
    text = text if len(text) <= limit else text[:limit] + " ..."
    return f"{type(error).__name__}: {text}"
