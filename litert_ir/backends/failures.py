"""The exceptions that calling or building somebody's model can end in."""

from __future__ import annotations

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
