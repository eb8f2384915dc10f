"""The exporters that are compared.

Keras and litert_ir are imported when an export runs, never when this module is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest import mock

from benchmarks.records import Exported, Phases

if TYPE_CHECKING:
    import keras

    import litert_ir

Exporter: TypeAlias = "Callable[[keras.Model, Path, bool], Exported]"
"""Writes a model to a ``.tflite`` path, verified or not, and returns the strategy and timings."""


class Contender(enum.Enum):
    """A way to export; the value is its name on the command line and in the JSON results.

    All but the first are litert_ir with one strategy, by the strategy's name; the third one shows
    what the check of files with dynamic dimensions costs, by leaving it out.
    """

    KERAS = "keras"
    STABLEHLO = "stablehlo"
    STABLEHLO_UNCHECKED = "stablehlo-unchecked"
    DIRECT = "direct"
    CONCRETE_FUNCTION = "concrete-function"
    SAVED_MODEL = "saved-model"

    @property
    def verifies(self) -> bool:
        """Tell whether the contender can compare its file with the model."""
        return self is not Contender.KERAS


BASELINE = Contender.KERAS
"""The contender that every ratio is taken against."""

LISTED_CONTENDERS = (Contender.KERAS, Contender.STABLEHLO)
"""The contenders that run by default; the others go through Keras' own converter."""


def exporter_of(contender: Contender) -> Exporter:
    """Import what a contender needs, and return the function that exports its way.

    Args:
        contender: The contender.

    Returns:
        A function of a built model, a path that ends in ``.tflite``, where it writes the file,
        and whether to verify that.
    """
    if contender is Contender.KERAS:
        return _keras
    if contender is Contender.STABLEHLO_UNCHECKED:
        return _unchecked
    return _litert_ir(contender.value)


def _keras(model: keras.Model, path: Path, verify: bool) -> Exported:
    if verify:
        msg = "Keras' exporter does not verify its files"
        raise ValueError(msg)
    signature = keras_signature(model)
    model.export(str(path), format="litert", verbose=False, input_signature=signature)
    return Exported(strategy="keras")


SEQUENCE = 128
"""Tokens of a KerasHub task without a preprocessor, which litert_ir takes by default."""


def keras_signature(model: keras.Model) -> list[Any] | None:
    """Return the signature that makes Keras' exporter write the interface of litert_ir's file.

    It makes a batch dynamic that the model declares static, and leaves the length of a
    KerasHub task's sequences open.

    Args:
        model: A functional or sequential model.

    Returns:
        None where Keras' exporter does so by itself.
    """
    from keras import Function, InputSpec

    if isinstance(model, Function) and isinstance(model.input, dict):
        return [
            {
                name: InputSpec(shape=(None, SEQUENCE), dtype=tensor.dtype, name=name)
                for name, tensor in model.input.items()
            }
        ]
    if any(None in tensor.shape for tensor in model.inputs):
        return None
    return [
        InputSpec(shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)
        for tensor in model.inputs
    ]


def _litert_ir(name: str) -> Exporter:
    """The default order, restricted to one strategy."""
    import litert_ir as lir

    def export(model: keras.Model, path: Path, verify: bool) -> Exported:
        return exported(lir.export(model, path, strategies=(name,), verify=verify))

    return export


def _unchecked(model: keras.Model, path: Path, verify: bool) -> Exported:
    """Export by way of StableHLO at two points, and hold the file against no third one."""
    from litert_ir.stablehlo import strategy

    two_points = (strategy.Round(used=(0, 1), held_out=()),)
    with mock.patch.multiple(strategy, ROUNDS=two_points, AT_ONCE=2):
        return _litert_ir(Contender.STABLEHLO.value)(model, path, verify)


def exported(result: litert_ir.ExportResult) -> Exported:
    """Read litert_ir's result of an export."""
    timings = result.timings
    phases = Phases(
        plan=timings.plan,
        convert=timings.convert,
        write=timings.write,
        verify=timings.verify if result.parity is not None else None,
    )
    return Exported(strategy=str(result.strategy), phases=phases)
