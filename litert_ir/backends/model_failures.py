"""The exceptions of calling or building a user's model."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

from litert_ir.backends import loaded
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.foreign import FOREIGN_FAILURES
from litert_ir.errors.interruption import is_interruption

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

MODEL_FAILURES = FOREIGN_FAILURES
"""Errors of user code in ``call`` and ``build``; the frameworks' own are separate."""

_WHERE_MADE = ("Graph execution error", "Detected at node ", 'File "', "<stack traces unavailable>")


@contextlib.contextmanager
def failures_as(
    make: Callable[[Exception], LiteRTIRError], *others: type[Exception]
) -> Iterator[None]:
    """Convert exceptions of foreign code to errors of litert_ir.

    Errors that are litert_ir's already pass as they are, although they inherit from builtins, and
    so does what a signal handler raises while the child process is waited for.

    Args:
        make: The error to raise for the one that came.
        others: The exceptions to convert, beside `call_failures`.
    """
    try:
        yield
    except LiteRTIRError:
        raise
    except (*call_failures(), *others) as error:
        if is_interruption(error):
            raise
        raise make(error) from error


def call_failures() -> tuple[type[Exception], ...]:
    """`MODEL_FAILURES` and the further exceptions of the loaded frameworks.

    The errors of TensorFlow's ops inherit from no builtin error. Those of JAX do (TypeError,
    IndexError, RuntimeError), but for the one about comparing symbolic dimensions.
    """
    tf, jax = loaded("tensorflow"), loaded("jax")
    of_tensorflow = () if tf is None else (tf.errors.OpError,)
    of_jax = () if jax is None else (jax.errors.InconclusiveDimensionOperation,)
    return (*MODEL_FAILURES, *of_tensorflow, *of_jax)


def needs_values_for_shapes(error: BaseException) -> bool:
    """Tell whether JAX failed at a shape that depends on values, which no trace on it has.

    JAX has a class for boolean masks; of functions such as `jax.numpy.nonzero` it tells by name
    the argument that would fix the size.
    """
    jax = loaded("jax")
    if jax is None:
        return False
    is_mask = isinstance(error, jax.errors.NonConcreteBooleanIndexError)
    is_concrete = isinstance(error, jax.errors.ConcretizationTypeError)
    return is_mask or (is_concrete and _SIZE_ARGUMENT in str(error))


_SIZE_ARGUMENT = "size argument"


def brief(error: BaseException, *, limit: int = 400) -> str:
    """An error in one line: converters print whole programs, Keras prints colors.

    What TensorFlow says of the place in which a node of a graph was made, and of the stack of the
    trace, comes before what is wrong, and is left out.

    Args:
        error: The error.
        limit: The most characters to keep.
    """
    lines = [_COLOURS.sub("", line).strip() for line in _text(error).splitlines()]
    lines = [line for line in lines if not line.startswith(_WHERE_MADE)]
    telling = [line.rpartition(" error: ")[2] for line in lines if "error: " in line]
    text = " | ".join(dict.fromkeys(telling or filter(None, lines))) or "no message"
    text = text if len(text) <= limit else text[:limit] + " ..."
    return f"{type(error).__name__}: {text}"


def _text(error: BaseException) -> str:
    """The message; empty for an error whose own code fails at making one."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  (somebody's __str__ may raise anything)
        return ""
