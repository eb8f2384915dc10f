"""Draw the layers with the largest errors."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends import load_plotting
from litert_ir.errors import OptionsError, TargetError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.runtime.tensor_table import TensorKind
from litert_ir.verification.layer_errors import LayerErrors, TensorError

FORMATS = (".png", ".svg", ".pdf")
MOST_LAYERS = 30
"""The most layers that are readable on one page."""

_ACTIVATIONS, _WEIGHTS = "#3b6fb6", "#e08a2e"
"""Colours that the colour blind can tell apart, and that differ in black and white."""
_LABEL_LENGTH = 52
_BAR_IN, _MARGIN_IN, _WIDTH_IN = 0.34, 1.3, 10.0
"""Inches: per layer, above and below all of them together, and across."""


@attrs.frozen(kw_only=True)
class LayerBars:
    """The largest errors of a layer, each 0 where there is none.

    Attributes:
        label: The layer.
        activations: The error of its results, including the errors accumulated before it.
        weights: The error of its weights alone.
    """

    label: str
    activations: float
    weights: float

    @property
    def worst(self) -> float:
        """The larger of the two."""
        return max(self.activations, self.weights)


def check_plot_target(target: str | os.PathLike[str]) -> Path:
    """Check that a plot can be drawn and written to this path, and return the path.

    Raises:
        OptionsError: When the extension is not that of a picture.
        TargetError: When its folder does not exist or is not writable.
        MissingDependencyError: When matplotlib is not installed.
    """
    path = usable_path(target, lambda reason: _no_picture(shown(target), reason)).absolute()
    if path.suffix not in FORMATS:
        raise OptionsError(
            "This is not the name of a picture.",
            where="plot",
            expected=f"a name that ends in {', '.join(FORMATS)}",
            received=shown(str(path)),
        )
    if not _can_be_written(path):
        raise TargetError(
            "The picture cannot be written.",
            where=str(path),
            expected=f"an existing, writable folder {str(path.parent)!r}",
        )
    load_plotting()
    return path


def _can_be_written(path: Path) -> bool:
    is_place_for_file = path.parent.is_dir() and (path.is_file() or not path.exists())
    return is_place_for_file and os.access(path.parent, os.W_OK | os.X_OK)


def _no_picture(where: str, reason: str) -> TargetError:
    return TargetError("The picture cannot be written.", where=where, received=reason)


def plot_layer_errors(
    errors: LayerErrors,
    target: str | os.PathLike[str],
    *,
    title: str = "Errors of the quantized file by layer",
    most: int = MOST_LAYERS,
) -> Path:
    """Draw the layers with the largest errors: of their activations, and of their weights.

    Args:
        errors: The measured errors.
        target: The picture to write; ``.png``, ``.svg`` or ``.pdf``.
        title: The title of the plot.
        most: How many layers to show.

    Returns:
        The picture's path.

    Raises:
        LiteRTIRError: As `check_plot_target`.
    """
    path = check_plot_target(target)
    layers = layer_bars(errors.rows)
    drawn = layers[:most]
    height = _MARGIN_IN + _BAR_IN * max(1, len(drawn))
    figure = load_plotting().Figure(figsize=(_WIDTH_IN, height), layout="constrained")
    axes = figure.subplots()
    _draw(axes, drawn)
    of_all = "" if len(layers) == len(drawn) else f" (the worst {most} of {len(layers)})"
    figure.suptitle(title + of_all, x=0.01, ha="left", fontsize=12)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        reraise_interruption(error)
        raise _no_picture(str(path), f"{error.strerror}") from error
    return path


def layer_bars(rows: Sequence[TensorError]) -> tuple[LayerBars, ...]:
    """The largest errors of each layer that has any, the worst layer first."""
    found: dict[str, LayerBars] = {}
    for row in rows:
        known = found.get(row.label, LayerBars(label=row.label, activations=0.0, weights=0.0))
        side = "weights" if row.kind is TensorKind.WEIGHT else "activations"
        worse = max(getattr(known, side), row.relative_error)
        found[row.label] = attrs.evolve(known, **{side: worse})
    lossy = (bars for bars in found.values() if bars.worst > 0)
    return tuple(sorted(lossy, key=lambda bars: -bars.worst))


def _draw(axes: Any, layers: Sequence[LayerBars]) -> None:
    places = range(len(layers))
    finite = [e for bars in layers for e in (bars.activations, bars.weights) if 0 < e < math.inf]
    lowest, highest = _decades(finite)
    for offset, colour, name in (
        (-0.2, _ACTIVATIONS, "activations"),
        (0.2, _WEIGHTS, "weights"),
    ):
        errors = [getattr(bars, name) for bars in layers]
        widths = [min(error, highest) for error in errors]
        drawn = axes.barh([y + offset for y in places], widths, 0.4, color=colour, label=name)
        texts = ["" if error == 0 else _percent(error) for error in errors]
        axes.bar_label(drawn, texts, padding=3, fontsize=7, color="#444444")
    axes.set_xscale("log")
    axes.set_xlim(lowest, highest)
    axes.xaxis.set_major_formatter(lambda error, _: f"{100 * error:g}%")
    axes.xaxis.set_minor_formatter(lambda *_: "")
    axes.set_xlabel("relative error: root mean square of the error over that of the float values")
    axes.set_yticks(list(places), [_shortened(bars.label) for bars in layers], fontsize=8)
    axes.set_ylim(len(layers) - 0.4, -0.6)  # the first on top
    axes.grid(axis="x", which="major", color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=8)


def _decades(errors: Sequence[float]) -> tuple[float, float]:
    """Return powers of ten around the errors, with room for the numbers behind the bars."""
    lowest, highest = min(errors, default=0.01), max(errors, default=0.1)
    return 10.0 ** math.floor(math.log10(lowest / 1.2)), 10.0 ** math.ceil(math.log10(highest * 2))


def _percent(error: float) -> str:
    return "infinite" if math.isinf(error) else f"{error:.3g}" if error >= 10 else f"{error:.2%}"


def _shortened(label: str) -> str:
    """Elide the middle of a long label: both ends tell layers apart."""
    if len(label) <= _LABEL_LENGTH:
        return label
    half = (_LABEL_LENGTH - 1) // 2
    return f"{label[:half]}…{label[-half:]}"
