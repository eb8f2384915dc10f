"""The errors of layers as a picture shows them, in the order of the network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import attrs

from litert_ir.runtime.tensor_table import TensorKind
from litert_ir.verification.layer_errors import LayerErrors, TensorError


@attrs.frozen(kw_only=True)
class PlottedLayer:
    """The errors of a layer.

    Attributes:
        label: The layer.
        values: Its errors, one of each series, relative to its values; 0 where there is none.
        departs: Whether the first one is more than rounding explains.
    """

    label: str
    values: tuple[float, ...]
    departs: bool = False

    @property
    def worst(self) -> float:
        """The error by which layers are told from others: the first one for those that depart."""
        return max(self.values)


@attrs.frozen(kw_only=True)
class PlottedErrors:
    """The errors of layers, in the order of the network.

    Attributes:
        layers: The layers.
        series: The names of the series, the one that matters most first.
        title: The title, where the caller has none.
        unit: What the errors are relative to.
    """

    layers: tuple[PlottedLayer, ...]
    series: tuple[str, ...]
    title: str
    unit: str


@runtime_checkable
class HasPlottedErrors(Protocol):
    """A report of layers' errors that a picture can show."""

    def plotted(self) -> PlottedErrors:
        """Return the errors to draw."""


def plotted_errors(errors: LayerErrors | HasPlottedErrors) -> PlottedErrors:
    """Return the errors of either report."""
    if not isinstance(errors, LayerErrors):
        return errors.plotted()
    return PlottedErrors(
        layers=layers_of(errors.rows),
        series=("activations", "weights"),
        title="Errors of the quantized file by layer",
        unit="root of the mean squared error over that of the float values",
    )


def layers_of(rows: Iterable[TensorError]) -> tuple[PlottedLayer, ...]:
    """Return the largest errors of each layer that has any, of activations and of weights.

    The layers are in the order in which the file computes them.
    """
    found: dict[str, list[float]] = {}
    for row in sorted(rows, key=lambda row: row.place):
        worst = found.setdefault(row.label, [0.0, 0.0])
        side = 1 if row.kind is TensorKind.WEIGHT else 0
        worst[side] = max(worst[side], row.relative_error)
    lossy = ((label, tuple(values)) for label, values in found.items() if max(values) > 0)
    return tuple(PlottedLayer(label=label, values=values) for label, values in lossy)
