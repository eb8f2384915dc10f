"""The drop-in: Keras' ``model.export(path, format="litert")`` goes through `litert_ir.export`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from litert_ir.backends.keras.export_method import ExportCall, StandIn, print_message
from litert_ir.conversion.keras_keywords import export_keywords
from litert_ir.conversion.result import ExportResult
from litert_ir.conversion.verb_keywords import FORMAT
from litert_ir.verbs import export


def install() -> None:
    """Let `keras.Model.export` write LiteRT files through litert_ir, until `uninstall`.

    This holds for every Keras model and KerasHub task of the process, on every backend of Keras,
    whenever it was made; a class that has an ``export`` of its own keeps it. Other formats go to
    Keras as before. To install twice is to install once. Keras is imported.

    ``model.export(path, format="litert")`` then takes Keras' arguments, with converter options
    such as ``optimizations`` as keywords, and all keywords of `litert_ir.export`; it returns an
    `ExportResult`. It prints a line where Keras does, unless ``verbose=False``; with
    ``verbose=True`` it shows the phases and the converter's output as well.

    Raises:
        MissingDependencyError: When Keras or its backend is not installed.

    Example:
        ``litert_ir.install(); model.export("model.tflite", format="litert")``
    """
    _STAND_IN.change(lasting=True)


def uninstall() -> None:
    """Give Keras its own ``export`` back, where `install` has replaced it.

    Open contexts of `installed` still hold until they are left.
    """
    _STAND_IN.change(lasting=False)


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Let `keras.Model.export` write LiteRT files through litert_ir inside of the context.

    Contexts may be nested, and open in several threads. `keras.Model` is one for all of them, so
    that the last one that is left gives Keras its own ``export`` back.

    Raises:
        MissingDependencyError: As `install`.

    Example:
        ``with litert_ir.installed(): model.export("model.tflite", format="litert")``
    """
    _STAND_IN.change(contexts=1)
    try:
        yield
    finally:
        _STAND_IN.change(contexts=-1)


def _export(call: ExportCall) -> ExportResult:
    """Export, and print a line as Keras does.

    Raises:
        LiteRTIRError: As `litert_ir.export`.
    """
    keywords = export_keywords(call.keywords)
    keywords["verbose"] = bool(call.verbose)
    keywords["input_signature"] = call.input_signature
    result = export(call.model, call.filepath, **keywords)
    if call.verbose is None or call.verbose:
        print_message(f"Saved artifact at '{result.path}'.")
    return result


_STAND_IN = StandIn(FORMAT, _export)
