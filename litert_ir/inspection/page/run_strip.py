"""Draw what runs in turn as a strip in SVG: partitions, and the operators between them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from litert_ir.inspection.delegation import Step, SubgraphPlacement, number_of
from litert_ir.inspection.page.text_width import text_width

_HEIGHT = 34
_SMALLEST = 3.0
"""Pixels of the narrowest step."""


def run_strip(placement: SubgraphPlacement, width: int) -> str:
    """Draw the steps of a subgraph from left to right, as wide as they have operators.

    Args:
        placement: The steps.
        width: Pixels.
    """
    counts = [len(step.operators) for step in placement.steps]
    least = min(_SMALLEST, width / max(1, len(counts)))
    scale = (width - least * len(counts)) / max(1, sum(counts))
    drawn = "\n".join(_steps(placement.steps, [least + scale * count for count in counts]))
    label = escape(f"{number_of(placement.partitions, 'XNNPACK partition')} in the order of a run")
    return (
        f'<svg class="strip" viewBox="0 0 {width} {_HEIGHT}" role="img" aria-label="{label}">\n'
        f"{drawn}\n</svg>"
    )


def _steps(steps: tuple[Step, ...], widths: list[float]) -> Iterator[str]:
    x = 0.0
    for step, width in zip(steps, widths, strict=True):
        kind = "kernels" if step.partition is None else "partition"
        yield (
            f'<g class="step {kind}" data-operators="{len(step.operators)}">'
            f"<title>{escape(step_title(step))}</title>"
            f'<rect x="{x:.2f}" y="0" width="{width:.2f}" height="{_HEIGHT}"/>'
            f"{_label(step, x, width)}</g>"
        )
        x += width


def step_title(step: Step) -> str:
    """Describe a step in lines."""
    by = "LiteRT's own kernels" if step.partition is None else f"partition {step.partition}"
    lines = [f"{by}: {number_of(len(step.operators), 'operator')}", step.counts]
    lines += [f"layers {', '.join(step.layers)}"] if step.layers else []
    return "\n".join(lines)


def _label(step: Step, x: float, width: float) -> str:
    names = step.counts if step.partition is None else f"partition {step.partition}"
    for text in (names, str(step.partition or "")):
        if text and text_width(text) + 8 <= width:
            return f'<text x="{x + 4:.1f}" y="21">{escape(text)}</text>'
    return ""
