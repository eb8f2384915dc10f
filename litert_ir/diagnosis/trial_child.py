"""Import packages and export a small model in a child process, whose failures are the diagnosis."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

import attrs

from litert_ir.errors import ConversionError, LiteRTIRError


@attrs.frozen(kw_only=True)
class TrialResult:
    """The result of a trial that succeeded.

    Attributes:
        seconds: Its duration.
        detail: What was found, such as a version or a strategy.
    """

    seconds: float
    detail: str


def imported(module: str) -> TrialResult:
    """Import a module.

    Raises:
        ConversionError: When that fails, with the kind of the failure.
    """
    began = time.perf_counter()
    try:
        importlib.import_module(module)
    except BaseException as error:  # whatever breaks an import is what is looked for
        raise _failed(error) from error
    package = sys.modules[module.partition(".")[0]]
    version = str(getattr(package, "__version__", ""))
    return TrialResult(seconds=time.perf_counter() - began, detail=version)


def exported(folder: Path) -> TrialResult:
    """Export a dense layer on the backend of this process, and compare the file with it.

    Raises:
        ConversionError: When that fails, with the kind of the failure.
    """
    from litert_ir.backends import load_keras
    from litert_ir.verbs import export

    began = time.perf_counter()
    try:
        keras = load_keras()
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu")])
        result = export(model, folder / "trial.tflite")
    except LiteRTIRError:
        raise
    except Exception as error:  # a broken framework may raise anything
        raise _failed(error) from error
    return TrialResult(seconds=time.perf_counter() - began, detail=f"by {result.strategy}")


def _failed(error: BaseException) -> ConversionError:
    text = str(error).strip().splitlines()
    return ConversionError(f"{type(error).__name__}: {text[0] if text else ''}".rstrip(": "))
