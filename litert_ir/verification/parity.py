"""Measure how far a LiteRT file is from its Keras model, output by output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.ir.plan import ExportPlan
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.reports.plain_data import plain
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table, facts
from litert_ir.runtime.isolated import run_isolated
from litert_ir.verification.bound_file import BoundFile, Named
from litert_ir.verification.case_sizes import sizes_text
from litert_ir.verification.cases import Case, Origin
from litert_ir.verification.compiled_model_check import InterpreterRun, compare_compiled_model
from litert_ir.verification.output_parity import OutputParity, cases_beyond, output_parity
from litert_ir.verification.tolerance import Tolerance

_COLUMNS = (
    Column("output"),
    Column(""),
    Column("max |difference|", numeric=True),
    Column("accepted", numeric=True),
    Column("cosine", numeric=True),
    Column("top-1", numeric=True),
)


@attrs.frozen(kw_only=True, repr=False, str=False)
class ParityReport(Report):
    """The comparison of a file with its reference: the Keras model, or a float file.

    Attributes:
        reference: The name of the reference in messages.
        outputs: The comparison of each output, in the file's order.
        tolerance: The accepted difference.
        cases: Number of inputs compared on.
        input_shapes: The shapes of the inputs of each case, in the file's order.
        sizes: The sizes of each dynamic dimension: ``batch 1, 3; length 9, 45``; empty where
            there are none.
        notes: The sizes or runtimes that were not compared, and why.
        compared_on: The sources of the inputs, each once.
        warnings: The reasons why agreeing, or missing a threshold, shows less than it seems to.
    """

    reference: str = "the Keras model"
    outputs: tuple[OutputParity, ...]
    tolerance: Tolerance
    cases: int
    input_shapes: tuple[tuple[tuple[int, ...], ...], ...]
    sizes: str = ""
    notes: tuple[str, ...] = ()
    compared_on: tuple[Origin, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The verdict: agreement, or the outputs that differ, and at which sizes."""
        at = f", at {self.sizes}" if self.sizes else ""
        if self.agrees:
            return f"agrees with {self.reference} on {self._inputs}{at}"
        wrong = [output for output in self.outputs if not output.agrees]
        differing = ", ".join(
            output.name + (f" at {output.differs_at}" if output.differs_at else "")
            for output in wrong
        )
        told = all(output.differs_at for output in wrong)
        circumstances = self._inputs if told else f"{self._inputs}{at}"
        return f"DIFFERS from {self.reference}: {differing} (on {circumstances})"

    @property
    def _inputs(self) -> str:
        """The number and the origin of the inputs."""
        if len(self.compared_on) == 1:
            (origin,) = self.compared_on
            return f"{self.cases} {origin.value if self.cases > 1 else origin.value[:-1]}"
        origins = ", ".join(origin.value for origin in self.compared_on)
        count = f"{self.cases} input{'s' * (self.cases > 1)}"
        return f"{count} ({origins})" if origins else count

    @property
    def is_on_random_inputs(self) -> bool:
        """Tell whether no input was the user's."""
        return self.compared_on == (Origin.RANDOM,)

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return warnings, the outputs, and what was compared."""
        circumstances = [
            ("inputs", self._inputs),
            ("sizes", self.sizes),
            ("accepted", str(self.tolerance)),
            ("notes", "\n".join(self.notes)),
        ]
        return (
            facts("", [("WARNING", warning) for warning in self.warnings]),
            Table("Outputs", _COLUMNS, map(_row, self.outputs)),
            facts("Comparison", circumstances),
        )

    @override
    def to_data(self) -> dict[str, Any]:
        """Return the verdict, the largest difference, and the fields, in JSON's types."""
        said = {"agrees": self.agrees, "max_abs_error": plain(self.max_abs_error)}
        return {**said, **super().to_data()}

    @property
    def agrees(self) -> bool:
        """Return whether the file's results equal the reference's within the tolerance."""
        return all(output.agrees for output in self.outputs)

    @property
    def max_abs_error(self) -> float:
        """Return the largest difference over all outputs."""
        return max(output.max_abs_error for output in self.outputs)

    @override
    def __str__(self) -> str:
        """Return the report in lines, for errors and cells of tables."""
        lines = [f"compared with {self.reference} on {self.cases} input(s):"]
        lines.extend([f"  at {self.sizes}"] if self.sizes else [])
        lines.extend(f"  WARNING: {warning}" for warning in self.warnings)
        lines.extend(f"  note: {note}" for note in self.notes)
        return "\n".join([*lines, *(f"  {output}" for output in self.outputs)])


def verdict_on(parity: ParityReport | None) -> str:
    """Return what a comparison found, in a line; None is none."""
    return "was not compared with anything" if parity is None else parity.headline


def _row(output: OutputParity) -> tuple[str, ...]:
    is_float = output.differing is None
    top1 = output.top1_agreement
    return (
        output.name,
        "agrees" if output.agrees else "DIFFERS",
        f"{output.max_abs_error:.2e}" if is_float else f"{output.differing:.2%} of the values",
        f"{output.bound:.2e}" if is_float else "",
        "" if output.cosine is None else f"{output.cosine:.6f}",
        "" if top1 is None else f"{top1:.2%}",
    )


def compare(
    file: BoundFile,
    plan: ExportPlan,
    cases: Sequence[Case],
    tolerance: Tolerance,
    budget: TimeBudget | None = None,
) -> ParityReport:
    """Run the file on each case in a child process, and measure its distance from the reference.

    A file that agrees is run on one of the cases by `CompiledModel` as well.

    Args:
        file: The file, bound to the plan.
        plan: The plan of the reference's call.
        cases: Inputs, and the Keras model's outputs for them.
        tolerance: The accepted difference.
        budget: The seconds that are allowed; see `run_isolated`.

    Raises:
        FileRejectedError: When the file does not load or run, or kills the process.
        ParityError: When an output has another shape, or `CompiledModel` computes something else.
    """
    inputs = [file.named(case.inputs) for case in cases]
    results = run_isolated(file.path, inputs, budget)
    names = [leaf.spec.name for leaf in plan.output_leaves]
    in_plan = [dict(zip(names, file.ordered(result), strict=True)) for result in results]
    report = compare_results(in_plan, plan, cases, tolerance)
    in_file = dict(zip(names, file.outputs, strict=True))
    return with_compiled_model(report, file.path, runs_of(inputs, results), budget, in_file)


def runs_of(inputs: Sequence[Named], results: Sequence[Named]) -> list[InterpreterRun]:
    """Join the inputs and the results of each case."""
    return [
        InterpreterRun(inputs=given, outputs=taken)
        for given, taken in zip(inputs, results, strict=True)
    ]


def with_compiled_model(
    report: ParityReport,
    path: Path,
    runs: Sequence[InterpreterRun],
    budget: TimeBudget | None,
    in_file: Mapping[str, str] = MappingProxyType({}),
) -> ParityReport:
    """Run a file that agrees through `CompiledModel` as well, and extend its report.

    Args:
        report: The comparison of the interpreter's results with the reference.
        path: The file.
        runs: The interpreter's runs, of each case.
        budget: The seconds that are allowed; see `run_isolated`.
        in_file: The file's names of outputs that have others in the report.

    Raises:
        ParityError: When `CompiledModel` computes something else.
    """
    if not report.agrees:
        return report
    flips = report.tolerance.flips
    accepted = {
        in_file.get(output.name, output.name): output.bound if output.differing is None else flips
        for output in report.outputs
    }
    note = compare_compiled_model(path, runs, accepted, budget)
    return attrs.evolve(report, notes=(*report.notes, note)) if note else report


def compare_results(
    named: Sequence[Named],
    plan: ExportPlan,
    cases: Sequence[Case],
    tolerance: Tolerance,
) -> ParityReport:
    """Measure how far results are from the reference.

    Args:
        named: Arrays by output name, in the file's order, for each case.
        plan: The plan that the file was converted from.
        cases: Inputs, and the Keras model's outputs for them.
        tolerance: The accepted difference.

    Raises:
        ParityError: When an output has another shape.
    """
    shapes = tuple(tuple(array.shape for array in case.inputs) for case in cases)
    results = [tuple(arrays.values()) for arrays in named]
    outputs = []
    for at, leaf in enumerate(plan.output_leaves):
        pairs = [(case.outputs[at], each[at]) for case, each in zip(cases, results, strict=True)]
        output = output_parity(leaf.spec.name, pairs, tolerance)
        beyond = [shapes[number] for number in cases_beyond(output, pairs, tolerance)]
        outputs.append(attrs.evolve(output, differs_at=sizes_text(plan, beyond)))
    return ParityReport(
        outputs=tuple(outputs),
        tolerance=tolerance,
        cases=len(cases),
        input_shapes=shapes,
        sizes=sizes_text(plan, shapes),
        notes=tuple(case.note for case in cases if case.note),
        compared_on=tuple(dict.fromkeys(case.origin for case in cases)),
    )
