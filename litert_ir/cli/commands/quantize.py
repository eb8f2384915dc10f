"""The command `quantize`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.printing import print_tables
from litert_ir.cli.progress_display import phases
from litert_ir.cli.quantization_options import QuantizeOptions
from litert_ir.cli.running import run
from litert_ir.errors import LiteRTIRError
from litert_ir.ir.quantization import AUTO, Quantization
from litert_ir.reports.shown_path import shown_path
from litert_ir.reports.table import facts

if TYPE_CHECKING:
    from litert_ir.file_verbs import QuantizedFile
    from litert_ir.verification.layer_errors import LayerErrors

_NO_REPORT_OPTIONS = ReportOptions()


def quantize(
    source: Annotated[Path, Parameter(metavar="SOURCE")],
    /,
    *,
    target: QuantizeOptions,
    report: ReportOptions = _NO_REPORT_OPTIONS,
) -> int:
    """Quantize a float LiteRT file of any origin, and show what each layer loses.

    Args:
        source: A float .tflite file.
        target: The target file, and how it is made.
        report: Options of the output.
    """
    return run(lambda: _quantize_and_show(source, target, report), report)


def _quantize_and_show(source: Path, options: QuantizeOptions, report: ReportOptions) -> None:
    """Quantize a LiteRT file, and print the bytes saved and the errors of the layers.

    The layers' errors are printed and drawn even if they cause the file to be rejected.

    Raises:
        LiteRTIRError: When an argument is invalid, or the file differs too much.
    """
    from litert_ir.conversion.target_checks import check_target
    from litert_ir.file_verbs import quantize_file
    from litert_ir.verification.error_plot import plot_layer_errors

    search = options.recipe.search()
    recipe = options.recipe.quantization() or Quantization()
    samples = options.calibration.samples(options.images)
    verify = options.comparison.switched(samples, options.images, verify=options.verify)
    output = check_target(options.output)
    plot = options.checked_plot()

    measured: list[LayerErrors] = []
    try:
        with phases(report) as announce:
            announce("reading the file")
            result = quantize_file(
                source,
                output,
                quantization=search or recipe,
                calibration=samples,
                calibration_limit=options.calibration.calibration_limit,
                verify=verify,
                on_progress=announce,
                on_measured=lambda _, layers: measured.append(layers),
            )
    except LiteRTIRError:
        for layers in measured:
            if not report.json:
                print_tables("", [layers.table(options.max_rows)], report)
        raise
    finally:
        how = AUTO if search else recipe.precision.value
        title = f"{options.output.name} ({how}) against {source.name}"
        for layers in measured:
            if plot is not None:
                plot_layer_errors(layers, plot, title=title, most=options.max_rows)
    _show(result, options.max_rows, plot, report)


def _show(result: QuantizedFile, most: int, plot: Path | None, report: ReportOptions) -> None:
    """Print the result, with the tensors that have the largest errors, and where the plot is."""
    if report.json:
        layers = None if result.layers is None else result.layers.data_of(most)
        print(json.dumps({**result.to_data(), "layer_errors": layers}, indent=2))
        return
    picture = facts("", [("picture", shown_path(plot))])
    print_tables(result.headline, [*result.tables_of(most), picture], report)
