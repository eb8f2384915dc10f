"""Draw the errors of layers."""

from __future__ import annotations

import math
import os
import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends import load_plotting
from litert_ir.errors import OptionsError, TargetError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.verification.layer_errors import LayerErrors
from litert_ir.verification.plotted_layers import (
    HasPlottedErrors,
    PlottedErrors,
    PlottedLayer,
    plotted_errors,
)

FORMATS = (".png", ".svg", ".pdf")
MOST_LAYERS = 100
"""The most layers that are readable on one page."""

_STYLES: tuple[dict[str, Any], ...] = (
    {"s": 22, "color": "#3b6fb6"},
    {"s": 22, "facecolors": "none", "edgecolors": "#e08a2e", "linewidths": 1.0},
)
"""Full and empty dots, in colours that the colour blind can tell apart."""
_DEPARTS = "#c0392b"
_LABEL_LENGTH = 48
_ROW_IN, _LEAST_ROW_IN, _PAGE_IN = 0.3, 0.15, 9.0
"""Inches: for each of few layers, for each of many, and for all of them where there is a choice."""
_MARGIN_IN, _WIDTH_IN = 1.3, 10.0
_MOST_TOLD = 5
"""The largest errors that are written out where the layers are close together."""


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
    errors: LayerErrors | HasPlottedErrors,
    target: str | os.PathLike[str],
    *,
    title: str | None = None,
    most: int = MOST_LAYERS,
) -> Path:
    """Draw the errors of layers in the order of the network, as dots on a logarithmic axis.

    Of a file against its Keras model (`litert_ir.layer_errors`) these are the error that each
    layer adds and the accumulated one; of a quantized file against its float file
    (`QuantizedFile.layers`), those of activations and of weights.

    Args:
        errors: The measured errors.
        target: The picture to write; ``.png``, ``.svg`` or ``.pdf``.
        title: The title of the plot; None for one that says what was compared.
        most: How many layers to show, those with the largest errors.

    Returns:
        The picture's path.

    Raises:
        LiteRTIRError: As `check_plot_target`.
    """
    path = check_plot_target(target)
    found = plotted_errors(errors)
    drawn = _worst(found.layers, most)
    height = _MARGIN_IN + _row_in(len(drawn)) * max(1, len(drawn))
    figure = load_plotting().Figure(figsize=(_WIDTH_IN, height), layout="constrained")
    _draw(figure.subplots(), attrs.evolve(found, layers=drawn))
    hidden = len(drawn) < len(found.layers)
    of_all = f" (the worst {most} of {len(found.layers)})" if hidden else ""
    figure.suptitle((title or found.title) + of_all, x=0.01, ha="left", fontsize=12)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        reraise_interruption(error)
        raise _no_picture(str(path), f"{error.strerror}") from error
    return path


def _worst(layers: Sequence[PlottedLayer], most: int) -> tuple[PlottedLayer, ...]:
    """Return the layers with the largest errors, in the order that they have."""
    worst = sorted(layers, key=lambda layer: (not layer.departs, -layer.worst))[:most]
    kept = set(map(id, worst))
    return tuple(layer for layer in layers if id(layer) in kept)


def _row_in(count: int) -> float:
    """Return the inches for each of so many layers: many are drawn closer together."""
    return max(_LEAST_ROW_IN, min(_ROW_IN, _PAGE_IN / max(1, count)))


def _draw(axes: Any, found: PlottedErrors) -> None:
    places = range(len(found.layers))
    finite = [e for layer in found.layers for e in layer.values if 0 < e < math.inf]
    lowest, highest = _decades(finite)
    for number in reversed(range(len(found.series))):  # the first one lies on top
        values = [layer.values[number] for layer in found.layers]
        shown = [(min(v, highest), y) for v, y in zip(values, places, strict=True) if v > 0]
        axes.scatter(
            [error for error, _ in shown],
            [place for _, place in shown],
            **_STYLES[number],
            label=found.series[number],
            clip_on=False,
        )
    _tell(axes, found, highest)
    axes.set_xscale("log")
    axes.set_xlim(lowest, highest)
    axes.xaxis.set_major_formatter(
        lambda error, _: f"{100 * error:.9f}".rstrip("0").rstrip(".") + "%"
    )
    axes.xaxis.set_minor_formatter(lambda *_: "")
    axes.set_xlabel(f"relative error: {found.unit}", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_ylim(len(found.layers) - 0.4, -0.6)  # the first on top
    axes.grid(axis="both", which="major", color="#e6e6e6", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        names[::-1],
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=2,
        frameon=False,
        fontsize=8,
    )


def _tell(axes: Any, found: PlottedErrors, highest: float) -> None:
    """Write the layers' names, and the errors of those that matter, above the dots."""
    dense = _row_in(len(found.layers)) < _ROW_IN / 1.5
    labels = _short_labels([layer.label for layer in found.layers])
    axes.set_yticks(range(len(labels)), labels, fontsize=7 if dense else 8)
    told = _told(found.layers)
    for place, (layer, tick) in enumerate(zip(found.layers, axes.get_yticklabels(), strict=True)):
        colour = _DEPARTS if layer.departs else "#444444"
        if layer.departs:
            tick.set_color(_DEPARTS)
            tick.set_fontweight("bold")
            axes.scatter([min(layer.values[0], highest)], [place], s=30, color=_DEPARTS, zorder=3)
        if id(layer) in told:
            error = layer.values[0] or layer.worst
            axes.annotate(
                _percent(error),
                (min(error, highest), place),
                xytext=(0, 3.5),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=7,
                color=colour,
            )


def _told(layers: Sequence[PlottedLayer]) -> set[int]:
    """Return the ids of the layers whose error is written out."""
    if _row_in(len(layers)) >= _ROW_IN:
        return {id(layer) for layer in layers if layer.worst > 0}
    departing = {id(layer) for layer in layers if layer.departs}
    worst = sorted(layers, key=lambda layer: -layer.values[0])[:_MOST_TOLD]
    return departing or set(map(id, worst))


def _decades(errors: Sequence[float]) -> tuple[float, float]:
    """Return powers of ten around the errors, with room around the dots."""
    lowest, highest = min(errors, default=0.01), max(errors, default=0.1)
    return 10.0 ** math.floor(math.log10(lowest / 1.2)), 10.0 ** math.ceil(math.log10(highest * 2))


def _percent(error: float) -> str:
    if math.isinf(error):
        return "infinite"
    return f"{error:.3g}" if error >= 10 else f"{error:.2%}" if error >= 1e-4 else f"{error:.0e}"


def _short_labels(labels: Sequence[str]) -> list[str]:
    """Leave out the layers around all of them, and elide the middle of what is still long."""
    around = posixpath.commonpath([label.rpartition("/")[0] for label in labels]) if labels else ""
    return [_shortened(label.removeprefix(f"{around}/") if around else label) for label in labels]


def _shortened(label: str) -> str:
    """Elide a long label: the last step, and the last numbered one before it, tell layers apart."""
    if len(label) <= _LABEL_LENGTH:
        return label
    *around, last = label.split("/")
    numbered = [place for place, step in enumerate(around) if any(map(str.isdigit, step))]
    kept = around[numbered[-1] :] if numbered else []
    short = "/".join(["…", *kept[:1], *(["…"] if len(kept) > 1 else []), last])
    if len(short) <= _LABEL_LENGTH:
        return short
    half = (_LABEL_LENGTH - 1) // 2
    return f"{label[:half]}…{label[-half:]}"
