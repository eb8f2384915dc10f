"""The drop-in: Keras' ``model.export(path, format="litert")`` goes through `litert_ir.export`."""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from litert_ir.backends import load_keras
from litert_ir.conversion.keras_keywords import export_keywords
from litert_ir.conversion.result import ExportResult
from litert_ir.conversion.verb_keywords import FORMAT
from litert_ir.verbs import export

logger = logging.getLogger("litert_ir")

Method = Callable[..., Any]


def install() -> None:
    """Let `keras.Model.export` write LiteRT files through litert_ir, until `uninstall`.

    This holds for every Keras model and KerasHub task of the process, on every backend of Keras,
    whenever it was made; a class that has an ``export`` of its own keeps it. Other formats go to
    Keras as before. To install twice is to install once. Keras is imported.

    ``model.export(path, format="litert")`` then takes Keras' arguments, with converter options
    such as ``optimizations`` as keywords, and all keywords of `litert_ir.export`; it returns an
    `ExportResult`. With ``verbose``, which Keras sets by default, it prints a line; with
    ``verbose=True`` the phases and the converter's output as well.

    Raises:
        MissingDependencyError: When Keras or its backend is not installed.

    Example:
        ``litert_ir.install(); model.export("model.tflite", format="litert")``
    """
    _STATE.change(lasting=True)


def uninstall() -> None:
    """Give Keras its own ``export`` back, where `install` has replaced it.

    Open contexts of `installed` still hold until they are left.
    """
    _STATE.change(lasting=False)


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Let `keras.Model.export` write LiteRT files through litert_ir inside of the context.

    Contexts may be nested, and open in several threads; `keras.Model` is one for all threads, so
    that the last one that is left gives Keras its own ``export`` back.

    Raises:
        MissingDependencyError: As `install`.

    Example:
        ``with litert_ir.installed(): model.export("model.tflite", format="litert")``
    """
    _STATE.change(contexts=1)
    try:
        yield
    finally:
        _STATE.change(contexts=-1)


@attrs.frozen(eq=False)
class _Replacement:
    """A method in the place of Keras' own.

    Attributes:
        model_class: `keras.Model`.
        original: The method that it replaces.
        method: The method itself.
    """

    model_class: type
    original: Method
    method: Method

    def undo(self) -> None:
        """Put the original back, unless somebody has replaced this method in turn.

        Then it stays below theirs, and calls the original, as it is no longer in use.
        """
        if vars(self.model_class).get("export") is self.method:
            self.model_class.export = self.original  # type: ignore[attr-defined]  # of keras.Model


@attrs.define(eq=False)
class _State:
    """The requests for the drop-in, which is in place as long as there is one.

    Attributes:
        lasting: Whether `install` asks for it.
        contexts: The number of open contexts that ask for it.
        replacement: The method in place; None where nobody asks.
        lock: Held during changes.
    """

    lasting: bool = False
    contexts: int = 0
    replacement: _Replacement | None = None
    lock: threading.RLock = attrs.field(factory=threading.RLock)

    def change(self, *, lasting: bool | None = None, contexts: int = 0) -> None:
        """Change who asks for it, and what `keras.Model.export` is with it."""
        with self.lock:
            asked = self.lasting if lasting is None else lasting
            wanted = asked or self.contexts + contexts > 0
            if wanted and self.replacement is None:
                self.replacement = _replace()
            elif not wanted and self.replacement is not None:
                found, self.replacement = self.replacement, None
                found.undo()
            self.lasting = asked
            self.contexts += contexts


_STATE = _State()


def _replace() -> _Replacement:
    """Put a method in the place of Keras' own, with its name, its signature and its docstring."""
    model_class = load_keras().Model
    original = model_class.export
    signature = inspect.signature(original)

    @functools.wraps(original)
    def method(*args: Any, **kwargs: Any) -> Any:
        found = _STATE.replacement
        if found is not None and found.method is method:
            try:
                call = signature.bind(*args, **kwargs).arguments
            except TypeError:  # the original says what is wrong
                call = {}
            if call.get("format") == FORMAT:
                return _export(**call)
        return original(*args, **kwargs)

    model_class.export = method
    return _Replacement(model_class, original, method)


def _export(  # noqa: PLR0913  (the parameters of Keras' method)
    self: Any,
    filepath: str | os.PathLike[str],
    format: str,  # noqa: A002
    verbose: bool | None = None,
    input_signature: Any = None,
    kwargs: Mapping[str, Any] | None = None,
) -> ExportResult:
    keywords = export_keywords(kwargs or {})
    result = export(
        self,
        filepath,
        format=format,
        verbose=bool(verbose),
        input_signature=input_signature,
        **keywords,
    )
    if verbose is None or verbose:
        _tell(f"Saved artifact at '{result.path}'.")
    return result


def _tell(line: str) -> None:
    """Print a line, or log it where the user has told Keras to do so."""
    if load_keras().config.is_interactive_logging_enabled():
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    else:
        logger.info(line)
