"""Draw the errors of layers in the order of the network, as dots on a logarithmic axis in SVG."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from html import escape

from litert_ir.inspection.page.text_width import fitting_end, text_width
from litert_ir.verification.plotted_layers import PlottedErrors, PlottedLayer

_ROW = 17.0
_TOP, _BOTTOM = 22.0, 8.0
_LABELS = 0.36
"""The share of the width that is for labels."""
_MARGIN = 18.0
_BOLD = 1.12
"""The width of bold letters, relative to others."""
_LEAST_DECADES = 2
_MOST_DECADES = 8


def error_dots(errors: PlottedErrors, width: int) -> str:
    """Draw the errors of layers as an SVG element.

    Each layer is a row, with a dot for each series; those of layers that depart have the class
    ``departs``. Errors of zero have no dot; infinite ones stand at the right end.

    Args:
        errors: The errors.
        width: Pixels.
    """
    axis = _Axis(errors, width)
    height = _TOP + _ROW * len(errors.layers) + _BOTTOM
    rows = "\n".join(_rows(errors, axis))
    grid = "".join(axis.grid(height))
    return (
        f'<svg class="errors" viewBox="0 0 {width} {height:.0f}" role="img" '
        f'aria-label="{escape(errors.title)}">\n{grid}\n{rows}\n</svg>'
    )


class _Axis:
    """The axis of a picture: powers of ten around all errors.

    Args:
        errors: The errors.
        width: The width of the picture in pixels.
    """

    def __init__(self, errors: PlottedErrors, width: int) -> None:
        values = [v for layer in errors.layers for v in layer.values if 0 < v < math.inf]
        self.last = math.ceil(math.log10(max(values, default=1.0)) + 1e-9)
        first = math.floor(math.log10(min(values, default=0.01)))
        self.first = max(min(first, self.last - _LEAST_DECADES), self.last - _MOST_DECADES)
        self.left, self.right = width * _LABELS, width - _MARGIN

    def place(self, value: float) -> float:
        """Return the position of an error in pixels; of one outside, the nearest end."""
        decades = math.log10(value) if value < math.inf else float(self.last)
        share = (decades - self.first) / (self.last - self.first)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def grid(self, height: float) -> Iterator[str]:
        """Yield a line for each power of ten, with its percentage where there is room."""
        last = -math.inf
        for decade in range(self.first, self.last + 1):
            x = self.place(10.0**decade)
            yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP:.0f}" y2="{height:.0f}"/>'
            text = f"{100 * 10.0**decade:g} %"
            if x - last >= text_width(text) + 8:
                last = x
                yield f'<text x="{x:.1f}" y="14" text-anchor="middle">{text}</text>'


def _rows(errors: PlottedErrors, axis: _Axis) -> Iterator[str]:
    start = _shared_start([layer.label for layer in errors.layers])
    for number, layer in enumerate(errors.layers):
        y = _TOP + _ROW * (number + 0.5)
        kind = "layer departs" if layer.departs else "layer"
        dots = "".join(_dots(layer, axis, y))
        label = fitting_end(layer.label[start:], (axis.left - 12) / _BOLD)
        yield (
            f'<g class="{kind}"><title>{escape(_title(errors.series, layer))}</title>'
            f'<text x="0" y="{y + 4:.1f}">{escape(label)}</text>{dots}</g>'
        )


def _shared_start(labels: Sequence[str]) -> int:
    """Return the length of the steps that all paths begin with; each keeps its last one."""
    steps = zip(*(label.split("/")[:-1] for label in labels), strict=False)
    shared = itertools.takewhile(lambda found: len(set(found)) == 1, steps)
    return sum(len(found[0]) + 1 for found in shared)


def _dots(layer: PlottedLayer, axis: _Axis, y: float) -> Iterator[str]:
    """Yield the dots of a layer, that of the first series on top."""
    for series, value in reversed(list(enumerate(layer.values))):
        if value > 0:
            x = axis.place(value)
            yield f'<circle class="series-{series}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def _title(series: Sequence[str], layer: PlottedLayer) -> str:
    lines = [f"{name}: {100 * v:.3g} %" for name, v in zip(series, layer.values, strict=True)]
    return "\n".join([layer.label, *lines])
