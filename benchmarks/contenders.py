"""The exporters that are compared, apart from how they are measured.

Keras and litert_ir are imported when an export runs, never when this module is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, assert_never

from benchmarks.records import Exported, Phases

if TYPE_CHECKING:
    import keras

    import litert_ir

Exporter: TypeAlias = "Callable[[keras.Model, Path], Exported]"
"""Writes a model to a ``.tflite`` path and says how it was done."""


class Contender(enum.Enum):
    """A way to export; the value is its name on the command line and in the JSON results."""

    KERAS = "keras"
    LITERT_IR = "litert_ir"
    LITERT_IR_VERIFY = "litert_ir+verify"
    DIRECT = "litert_ir:direct"
    CONCRETE_FUNCTION = "litert_ir:concrete_function"
    SAVED_MODEL = "litert_ir:saved_model"


BASELINE = Contender.KERAS
"""The contender that every ratio is taken against."""


def exporter_of(contender: Contender) -> Exporter:
    """Return the function that exports the way a contender does.

    Args:
        contender: Which way to export.

    Returns:
        A function of a built model and a path that ends in ``.tflite``; it writes that file.
    """
    match contender:
        case Contender.KERAS:
            return _keras
        case Contender.LITERT_IR:
            return _default_order
        case Contender.LITERT_IR_VERIFY:
            return _default_order_verified
        case Contender.DIRECT:
            return _direct
        case Contender.CONCRETE_FUNCTION:
            return _concrete_function
        case Contender.SAVED_MODEL:
            return _saved_model
        case _:
            assert_never(contender)


def _keras(model: keras.Model, path: Path) -> Exported:
    model.export(str(path), format="litert", verbose=False)
    return Exported(strategy="keras")


def _default_order(model: keras.Model, path: Path) -> Exported:
    import litert_ir as lir

    return _exported(lir.export(model, path, verify=False))


def _default_order_verified(model: keras.Model, path: Path) -> Exported:
    import litert_ir as lir

    return _exported(lir.export(model, path, verify=True))


def _direct(model: keras.Model, path: Path) -> Exported:
    import litert_ir as lir

    return _exported(lir.export(model, path, strategies=(lir.Direct(),), verify=False))


def _concrete_function(model: keras.Model, path: Path) -> Exported:
    import litert_ir as lir

    return _exported(lir.export(model, path, strategies=(lir.ConcreteFunction(),), verify=False))


def _saved_model(model: keras.Model, path: Path) -> Exported:
    import litert_ir as lir

    return _exported(lir.export(model, path, strategies=(lir.SavedModel(),), verify=False))


def _exported(result: litert_ir.ExportResult) -> Exported:
    timings = result.timings
    phases = Phases(
        plan=timings.plan,
        convert=timings.convert,
        write=timings.write,
        verify=timings.verify if result.parity is not None else None,
    )
    return Exported(strategy=str(result.strategy), phases=phases)
