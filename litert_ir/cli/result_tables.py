"""Print results: for a reader as the plan and a table, for a program as JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from litert_ir.cli.layer_report import layers_document
from litert_ir.conversion.stopwatch import Phase
from litert_ir.errors.shown import bytes_text
from litert_ir.reports.text import print_on

if TYPE_CHECKING:
    from litert_ir.aot.compiled_target import CompiledTarget
    from litert_ir.cli.command_options import ReportOptions
    from litert_ir.cli.demo import DemoResult
    from litert_ir.conversion.result import ExportResult
    from litert_ir.errors.attempts import Attempt
    from litert_ir.file_verbs import QuantizedFile
    from litert_ir.recipe_search.search_report import SearchReport
    from litert_ir.verification.parity import ParityReport

_COUNTS = ("target", "size_bytes", "ops_total", "ops_offloaded", "partitions", "note")


def export_json(result: ExportResult) -> str:
    """Return the result as JSON, with sizes in bytes and times in seconds."""
    document = {
        "path": str(result.path),
        "strategy": result.strategy,
        "size_bytes": result.size_bytes,
        "weight_bytes": result.plan.model.weight_bytes,
        "fingerprint": result.plan.fingerprint,
        "attempts": [_attempt(attempt) for attempt in result.attempts],
        "parity": None if result.parity is None else _parity(result.parity),
        "compiled": [_compiled(target) for target in result.compiled],
        "search": None if result.search is None else result.search.to_data(),
        "seconds": attrs.asdict(result.timings),
    }
    return json.dumps(document, indent=2)


def show_export(result: ExportResult, report: ReportOptions) -> None:
    """Print the result for a reader, or as JSON."""
    if report.json:
        print(export_json(result))
    elif report.prints_result:
        print_export(result)


def print_export(result: ExportResult) -> None:
    """Print the agreement with the model, then the plan, then a table of the steps."""
    _print_headline(result.path, result.parity)
    _print(Text(str(result.plan)))
    _print_search(result.search)
    _print_rows(_export_rows(result))


def quantized_json(result: QuantizedFile, most: int) -> str:
    """Return the result as JSON, with sizes in bytes and the tensors with the largest errors."""
    layers = None if result.layers is None else layers_document(result.layers, most)
    document = {
        "path": str(result.path),
        "source": str(result.source),
        "precision": result.quantization.precision.value,
        "layers": [str(rule) for rule in result.quantization.layers],
        "size_bytes": result.size_bytes,
        "source_bytes": result.source_bytes,
        "parity": None if result.parity is None else _parity(result.parity),
        "search": None if result.search is None else result.search.to_data(),
        "layer_errors": _json_safe(layers),
    }
    return json.dumps(document, indent=2)


def print_quantized(result: QuantizedFile, plot: Path | None) -> None:
    """Print a table of the bytes saved, and of the agreement with the float file."""
    rules = "".join(f"; {rule}" for rule in result.quantization.layers)
    sizes = f"{bytes_text(result.size_bytes)} of {bytes_text(result.source_bytes)}"
    share = result.size_bytes / max(1, result.source_bytes)
    rows = [
        ("file", _from_here(result.path)),
        ("recipe", result.quantization.precision.value + rules),
        ("size", f"{sizes} ({share:.2f} x)"),
        ("parity", "not verified" if result.parity is None else str(result.parity)),
        *((("picture", _from_here(plot)),) if plot is not None else ()),
    ]
    _print_headline(result.path, result.parity)
    _print_search(result.search)
    _print_rows(rows)


def _print_search(search: SearchReport | None) -> None:
    if search is not None:
        print_on(Console(file=sys.stdout), search.headline, search.tables())


def print_demo(result: DemoResult) -> None:
    """Print the export, then the best classes of the image by the model and by the file."""
    print_export(result.export)
    _print(Text(f"MobileNetV2 with {result.weights}; the best classes of one image:"))
    table = Table("class")
    table.add_column("Keras", justify="right")
    table.add_column("file", justify="right")
    for best in result.predictions:
        name = f"{best.index} {best.label}".strip()
        table.add_row(Text(name), f"{best.by_model:.6f}", f"{best.by_file:.6f}")
    _print(table)
    _print(Text(f"Largest difference over all classes: {result.max_difference:.3g}"))


def _print_headline(path: Path | None, parity: ParityReport | None) -> None:
    name = "the file" if path is None else _from_here(path)
    verdict = "was not compared with anything" if parity is None else parity.headline
    _print(Text(f"{name} {verdict}", style="bold"))
    for warning in parity.warnings if parity else ():
        _print(Text(f"WARNING: {warning}"))


def _export_rows(result: ExportResult) -> list[tuple[str, str]]:
    weights = result.plan.model.weight_bytes
    share = f" ({result.size_bytes / max(1, weights):.2f} x the weights' {bytes_text(weights)})"
    seconds = attrs.asdict(result.timings)
    if not result.compiled:
        del seconds[Phase.COMPILE.value]
    if result.search is None:
        del seconds[Phase.SEARCH.value]
    compiled = "\n".join(str(target) for target in result.compiled)
    return [
        ("file", "" if result.path is None else _from_here(result.path)),
        ("strategy", result.strategy),
        ("attempts", "\n".join(str(attempt) for attempt in result.attempts)),
        ("size", bytes_text(result.size_bytes) + (share if weights else "")),
        ("parity", "not verified" if result.parity is None else str(result.parity)),
        *([("compiled", compiled)] if compiled else []),
        ("time", ", ".join(f"{phase} {spent:.1f} s" for phase, spent in seconds.items())),
    ]


def _from_here(path: Path) -> str:
    """Return a path as one would type it: relative if it is below the current folder."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the current folder was removed
        return str(path)
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _print_rows(rows: Sequence[tuple[str, str]]) -> None:
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(label, Text(value))
    _print(table)


def _print(renderable: RenderableType) -> None:
    Console(file=sys.stdout).print(renderable, soft_wrap=isinstance(renderable, Text))


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "strategy": attempt.strategy,
        "outcome": attempt.outcome.value,
        "seconds": attempt.seconds,
        "peak_growth_bytes": attempt.peak_growth_bytes,
        "reason": attempt.reason if attempt.error is None else str(attempt.error),
    }


def _compiled(target: CompiledTarget) -> dict[str, object]:
    return {
        **{field: getattr(target, field) for field in _COUNTS},
        "path": None if target.path is None else str(target.path),
        "parity": None if target.parity is None else _parity(target.parity),
    }


def _parity(report: ParityReport) -> dict[str, object]:
    return report.to_data()


def _json_safe(document: object) -> object:
    """Replace the numbers that JSON does not have by texts."""
    if isinstance(document, dict):
        return {key: _json_safe(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_json_safe(value) for value in document]
    return _json_number(None, None, document)


def _json_number(_instance: object, _attribute: object, value: object) -> object:
    """Convert infinity and NaN, which JSON lacks and a model's outputs may hold."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
