"""The comparison by recipe as a table, for a terminal or in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.table import Table

from benchmarks.machine import Machine
from benchmarks.quantized.samples import CALIBRATION_SAMPLES, TEST_SAMPLES
from benchmarks.quantized.summary import Cell, Row
from benchmarks.workloads import Workload

HEADINGS = (
    "model",
    "recipe",
    "file MB",
    "export s",
    "x less",
    "extra memory MB",
    "relative RMS error",
    "same top-1",
)

MODELS = {
    Workload.MOBILENET_V2: "MobileNetV2",
    Workload.HUB_BERT: "KerasHub's BERT classifier",
}
"""The names of the models in the README."""

_MB = 1e6
_NOTHING = "-"


def table(rows: Sequence[Row]) -> Table:
    """Lay rows out for a terminal; a new workload starts a new section."""
    laid_out = Table(title="Recipes: litert_ir / Keras")
    for index, heading in enumerate(HEADINGS):
        laid_out.add_column(heading, justify="left" if index < 2 else "right")
    for index, row in enumerate(rows):
        if index and rows[index - 1].workload is not row.workload:
            laid_out.add_section()
        laid_out.add_row(*_cells(row))
    return laid_out


def markdown(rows: Sequence[Row], machine: Machine) -> str:
    """Write rows as a table in Markdown, with a line on how they were measured.

    Args:
        rows: The rows.
        machine: The machine of the runs.
    """
    lines = [
        "| " + " | ".join(HEADINGS) + " |",
        "|---|---" + "|---:" * (len(HEADINGS) - 2) + "|",
        *("| " + " | ".join(_cells(row)) + " |" for row in rows),
        "",
        _caption(rows, machine),
        *_failures(rows),
    ]
    return "\n".join(lines)


def _caption(rows: Sequence[Row], machine: Machine) -> str:
    most = max((cell.runs for row in rows for cell in (row.ours, row.keras) if cell), default=0)
    runs = "one run" if most == 1 else f"medians of {most} runs"
    return (
        f"litert_ir / Keras' exporter; {runs}, {machine.cores} cores, {machine.processor}. "
        f"Calibrated on {CALIBRATION_SAMPLES} samples; errors of the outputs against the float "
        f"Keras model's on {TEST_SAMPLES} others."
    )


def _failures(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        for name, cell in (("litert_ir", row.ours), ("Keras' exporter", row.keras)):
            reason = _failure(cell)
            if reason:
                yield f"\n{name} on {_model(row.workload)}, {row.recipe.value}: `{reason}`"


def _failure(cell: Cell | None) -> str:
    if cell is None:
        return ""
    does_not_run = cell.accuracy.failure if cell.accuracy else ""
    return " ".join((cell.reason or does_not_run).replace("`", "'").split())


def _cells(row: Row) -> tuple[str, ...]:
    def both(reading: Callable[[Cell], float | None], shown: str) -> str:
        return " / ".join(_shown(cell, reading, shown) for cell in (row.ours, row.keras))

    speedup = row.speedup
    return (
        _model(row.workload),
        row.recipe.value,
        both(lambda cell: cell.size and cell.size / _MB, "{:.1f}"),
        both(lambda cell: cell.seconds, "{:.1f}"),
        _NOTHING if speedup is None else f"{speedup:.1f}",
        both(lambda cell: cell.anonymous and cell.anonymous / _MB, "{:.0f}"),
        both(_relative_rms, "{:.2g} %"),
        both(_top1, "{:.0f} %"),
    )


def _relative_rms(cell: Cell) -> float | None:
    return _percent(cell.accuracy.relative_rms if cell.accuracy else None)


def _top1(cell: Cell) -> float | None:
    return _percent(cell.accuracy.top1 if cell.accuracy else None)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _shown(cell: Cell | None, reading: Callable[[Cell], float | None], shown: str) -> str:
    if cell is None:
        return _NOTHING
    value = reading(cell)
    if value is not None:
        return shown.format(value)
    return cell.problem or "does not run"


def _model(workload: Workload) -> str:
    return MODELS.get(workload, workload.value)
