"""Compare an existing file with its model, and report whether it agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.conversion.comparison import Comparison
from litert_ir.conversion.file_plans import FileAgainstModel
from litert_ir.conversion.progress import Progress
from litert_ir.errors import ParityError
from litert_ir.ir.quantization import Precision
from litert_ir.isolation.native_output import captured_native_output
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.lowering.file_match import MatchedBy, TensorMatch
from litert_ir.reports.report import Report
from litert_ir.reports.table import Table, facts
from litert_ir.runtime.input_ranges import read_input_ranges
from litert_ir.verification.cases import Case
from litert_ir.verification.parity import ParityReport, compare
from litert_ir.verification.thresholds import Failure, Thresholds
from litert_ir.verification.tolerance import Tolerance
from litert_ir.verification.verify import Verification, require, warned

_UNCALIBRATED = (
    "the file is calibrated, and was compared on random inputs within its inputs' ranges: the "
    "ranges inside of it hold for data like those that it was calibrated on; pass such samples "
    "(samples=..., --samples)"
)
_ACCEPTABLE = (
    "export the model again, or compare with the model that the file was made from; where such a "
    "difference is acceptable, say so: verification=litert_ir.Verification("
    "tolerance=litert_ir.Tolerance(...))"
)
_BY_ORDER = (
    "some tensors are matched by their order alone, as neither names nor shapes tell them apart: "
    "where the file has another order, they are mixed up"
)


@attrs.frozen(kw_only=True, repr=False)
class FileVerification(Report):
    """The comparison of an existing file with its Keras model.

    Attributes:
        path: The file.
        parity: The comparison, output by output, by the plan's names.
        failures: The thresholds that outputs miss.
        thresholds: The limits that outputs have to keep beyond the tolerance.
        signature: The name of the signature that was compared; "" in a file without signatures.
        other_signatures: The names of those that were not compared.
        precisions: The precisions that the file's tensors show; the tolerance is that of the
            widest one, unless the caller sets it.
        inputs: The model's inputs, and the file's that stand for them.
        outputs: The same of the outputs.
        fault: The reason why the file was not compared value by value, such as another shape of an
            output; empty where it was.
    """

    path: Path
    parity: ParityReport | None
    failures: tuple[Failure, ...] = ()
    thresholds: Thresholds
    signature: str
    other_signatures: tuple[str, ...] = ()
    precisions: tuple[Precision, ...]
    inputs: tuple[TensorMatch, ...]
    outputs: tuple[TensorMatch, ...]
    fault: ParityError | None = attrs.field(default=None, repr=False)

    @property
    def agrees(self) -> bool:
        """Tell whether the file computes what the model computes, and keeps the thresholds."""
        return self.parity is not None and self.parity.agrees and not self.failures

    @property
    def matched_by(self) -> tuple[MatchedBy, ...]:
        """The ways in which tensors were matched, each once."""
        used = {match.by for match in (*self.inputs, *self.outputs)}
        return tuple(each for each in MatchedBy if each in used)

    def require(self) -> None:
        """Require a file that agrees.

        Raises:
            ParityError: When it does not; the error has the whole report.
        """
        if self.fault is not None:
            raise self.fault
        if self.parity is not None:
            require(self.parity, self.thresholds, _ACCEPTABLE)

    @property
    def headline(self) -> str:
        """The verdict."""
        return f"{self.path.name} {self._verdict}"

    @property
    def _verdict(self) -> str:
        if self.parity is None:
            return f"DIFFERS: {self.fault.summary if self.fault else ''}"
        if self.parity.agrees and self.failures:
            missed = "; ".join(map(str, self.failures))
            return f"MISSES a threshold: {missed} ({self.parity.headline})"
        return self.parity.headline

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the outputs, the comparison, and the matched tensors."""
        details = () if self.parity is None else self.parity.tables()
        return (self._verdict_table(), *details, self._file_table(), self._matches())

    @override
    def to_data(self) -> dict[str, Any]:
        """Return the verdict and the fields, in JSON's types."""
        return {
            "agrees": self.agrees,
            "matched_by": [each.value for each in self.matched_by],
            "fault": None if self.fault is None else str(self.fault),
            **super().to_data(),
        }

    def _verdict_table(self) -> Table:
        fault = None if self.fault is None else str(self.fault)
        missed = "\n".join(map(str, self.failures))
        return facts("", [("fault", fault), ("missed", missed)])

    def _file_table(self) -> Table:
        return facts(
            "File",
            [
                ("path", self.path),
                ("signature", self.signature),
                ("not compared", ", ".join(self.other_signatures)),
                ("precision", ", ".join(each.value for each in self.precisions)),
                ("tensors matched by", ", ".join(each.value for each in self.matched_by)),
            ],
        )

    def _matches(self) -> Table:
        """Return the tensors that have other names in the file."""
        rows = [
            (side, match.name, match.in_file, match.by.value)
            for side, matches in (("input", self.inputs), ("output", self.outputs))
            for match in matches
            if match.name != match.in_file
        ]
        return Table("Other names in the file", ("", "model", "file", "matched by"), rows)


@attrs.frozen(kw_only=True)
class FileComparison:
    """The comparison of an existing file with its model, before it is made.

    Attributes:
        found: The file, and the plan that fits it.
        model: The Keras model.
        verification: The way to compare, with flat samples.
        report: Told about each phase.
        verbose: Whether native output is shown.
    """

    found: FileAgainstModel
    model: Any
    verification: Verification
    report: Progress
    verbose: bool = False

    def verified(self) -> FileVerification:
        """Run the model and the file, and compare them.

        Raises:
            SamplesError: When the model fails on the inputs, or accepts none that are drawn.
            FileRejectedError: When the file does not run.
            ConverterCrashed: When it does not end in time.
        """
        with captured_native_output(passed_through=self.verbose):
            self.report("running the model")
            cases = self._comparison.cases()
            self.report("comparing the file with the model")
            try:
                parity, fault = self._steadied(cases), None
            except ParityError as error:
                parity, fault = None, error
        thresholds = self.verification.thresholds
        return FileVerification(
            path=self.found.path,
            parity=None if parity is None else self._warned(parity),
            failures=() if parity is None else thresholds.failures(parity.outputs),
            thresholds=thresholds,
            signature=self.found.interface.signature_key,
            other_signatures=self.found.interface.other_signatures,
            precisions=self.found.precisions,
            inputs=self.found.inputs,
            outputs=self.found.outputs,
            fault=fault,
        )

    def _steadied(self, cases: tuple[Case, ...]) -> ParityReport:
        """Compare on the cases; where they differ, also on others that rounding does not decide."""
        budget = TimeBudget(self.verification.timeout)
        parity = compare(self.found.bound, self.found.plan, cases, self._tolerance, budget)
        if parity.agrees:
            return parity
        rest = budget.rest()  # running the model does not count
        steadier = self._comparison.steadier(cases, self._tolerance)
        if steadier is None:
            return parity
        again = TimeBudget(rest)
        return compare(self.found.bound, self.found.plan, steadier, self._tolerance, again)

    def _warned(self, parity: ParityReport) -> ParityReport:
        parity = warned(parity, self.verification.thresholds)
        warnings = []
        if parity.is_on_random_inputs and self._is_calibrated:
            warnings.append(_UNCALIBRATED)
        if not parity.agrees and MatchedBy.ORDER in self.found.matched_by:
            warnings.append(_BY_ORDER)
        return attrs.evolve(parity, warnings=(*parity.warnings, *warnings))

    @property
    def _is_calibrated(self) -> bool:
        return any(precision.is_integer for precision in self.found.precisions)

    @property
    def _tolerance(self) -> Tolerance:
        return self.verification.tolerance or self.found.tolerance

    @property
    def _comparison(self) -> Comparison:
        ranges = read_input_ranges(self.found.path)
        return Comparison(
            plan=self.found.plan,
            model=self.model,
            verification=self.verification,
            ranges={
                match.name: ranges[match.in_file]
                for match in self.found.inputs
                if match.in_file in ranges
            },
        )
