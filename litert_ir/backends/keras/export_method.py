"""Stand in for the method ``export`` of `keras.Model`, for calls with one format."""

from __future__ import annotations

import functools
import inspect
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from litert_ir.backends import load_keras

logger = logging.getLogger("litert_ir")

_NAME = "export"


@attrs.frozen(kw_only=True)
class ExportCall:
    """A call of ``model.export``, by the parameters of Keras' method.

    Attributes:
        model: The model.
        filepath: The target.
        verbose: Whether a message is printed; None where the caller leaves it open.
        input_signature: The inputs; None where the caller leaves them open.
        keywords: All further keywords.
    """

    model: Any
    filepath: Any
    verbose: bool | None
    input_signature: Any
    keywords: Mapping[str, Any]


@attrs.frozen(eq=False)
class _Replacement:
    """A method in the place of Keras' own.

    Attributes:
        model_class: `keras.Model`.
        original: The method that it replaces.
        method: The method itself.
    """

    model_class: Any
    original: Callable[..., Any]
    method: Callable[..., Any]

    def undo(self) -> None:
        """Put the original back, unless somebody has replaced this method in turn.

        Then it stays below theirs, where it calls the original.
        """
        if vars(self.model_class).get(_NAME) is self.method:
            setattr(self.model_class, _NAME, self.original)


@attrs.define(eq=False)
class StandIn:
    """A function in the place of ``export``, as long as somebody asks for it.

    Attributes:
        format: The format; calls with another one reach Keras untouched.
        function: Called in place of Keras' method.
    """

    format: str
    function: Callable[[ExportCall], Any]
    _lasting: bool = attrs.field(default=False, init=False)
    _contexts: int = attrs.field(default=0, init=False)
    _replacement: _Replacement | None = attrs.field(default=None, init=False)
    _lock: threading.RLock = attrs.field(factory=threading.RLock, init=False)

    def change(self, *, lasting: bool | None = None, contexts: int = 0) -> None:
        """Change who asks for it, and the method with that.

        Args:
            lasting: Whether it stands in whatever contexts are open; None for no change.
            contexts: The contexts that are opened; those that are left count negative.

        Raises:
            MissingDependencyError: When Keras or its backend is not installed.
        """
        with self._lock:
            asked = self._lasting if lasting is None else lasting
            is_wanted = asked or self._contexts + contexts > 0
            if is_wanted and self._replacement is None:
                self._replacement = self._replace()
            elif not is_wanted and self._replacement is not None:
                found, self._replacement = self._replacement, None
                found.undo()
            self._lasting = asked
            self._contexts += contexts

    def _replace(self) -> _Replacement:
        """Put a method in the place of Keras', with its name, signature and docstring."""
        model_class = load_keras().Model
        original = getattr(model_class, _NAME)
        signature = inspect.signature(original)

        @functools.wraps(original)
        def method(*args: Any, **kwargs: Any) -> Any:
            found = self._replacement
            if found is not None and found.method is method:
                call = _call(signature, args, kwargs, self.format)
                if call is not None:
                    return self.function(call)
            return original(*args, **kwargs)

        setattr(model_class, _NAME, method)
        return _Replacement(model_class, original, method)


def _call(signature: inspect.Signature, args: Any, kwargs: Any, wanted: str) -> ExportCall | None:
    """Return a call with the wanted format; None for all that Keras is to answer."""
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        return None
    bound.apply_defaults()
    given = bound.arguments
    if given.get("format") != wanted:
        return None
    return ExportCall(
        model=args[0],
        filepath=given["filepath"],
        verbose=given["verbose"],
        input_signature=given["input_signature"],
        keywords=given["kwargs"],
    )


def print_message(line: str) -> None:
    """Print a line where Keras prints its own, or log it where the user has told Keras to log."""
    if load_keras().config.is_interactive_logging_enabled():
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    else:
        logger.info(line)
