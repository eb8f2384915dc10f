"""Measure how far a LiteRT file's results are from those of another with the same interface."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.runtime.isolated import run_isolated
from litert_ir.samples.forms import NamedSample
from litert_ir.verification.output_parity import output_parity
from litert_ir.verification.parity import ParityReport, runs_of, with_compiled_model
from litert_ir.verification.tolerance import Tolerance

REFERENCE = "the float file"


def compare_files(
    reference: Path,
    path: Path,
    samples: Sequence[NamedSample],
    tolerance: Tolerance,
    budget: TimeBudget | None = None,
) -> ParityReport:
    """Run both files, isolated, and measure how far the second is from the first.

    Args:
        reference: The float file.
        path: The other file, with the same names of inputs and outputs.
        samples: Arrays by input name, of real values.
        tolerance: The accepted difference.
        budget: The seconds that are allowed; see `run_isolated`.

    Raises:
        FileRejectedError: When a file does not load or run, or kills the process.
        ConverterCrashed: When one does not end in time, or the process is killed from outside.
        ParityError: When an output has another shape, or `CompiledModel` computes something else
            than the interpreter with the second file.
    """
    expected = run_isolated(reference, samples, budget)
    return compare_with_results(expected, path, samples, tolerance, budget)


def compare_with_results(
    expected: Sequence[NamedSample],
    path: Path,
    samples: Sequence[NamedSample],
    tolerance: Tolerance,
    budget: TimeBudget | None = None,
) -> ParityReport:
    """Run a file, isolated, and measure how far it is from the results of another one.

    Args:
        expected: The results of the float file by output name, for each sample.
        path: The file.
        samples: Arrays by input name, of real values.
        tolerance: The accepted difference.
        budget: The seconds that are allowed; see `run_isolated`.

    Raises:
        LiteRTIRError: As `compare_files`.
    """
    results = run_isolated(path, samples, budget)
    outputs = tuple(
        output_parity(
            name,
            [(theirs[name], ours[name]) for theirs, ours in zip(expected, results, strict=True)],
            tolerance,
        )
        for name in expected[0]
    )
    report = ParityReport(
        reference=REFERENCE,
        outputs=outputs,
        tolerance=tolerance,
        cases=len(samples),
        input_shapes=tuple(tuple(array.shape for array in named.values()) for named in samples),
    )
    return with_compiled_model(report, path, runs_of(samples, results), budget)
