"""The result of a search of recipes: the files that were made and measured, and the one chosen."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.errors.shown import bytes_text
from litert_ir.ir.quantization import PRECISION_NAMES, Objective, Precision, Quantization
from litert_ir.measurement.latency import Latency
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table
from litert_ir.verification.output_parity import OutputParity
from litert_ir.verification.thresholds import Thresholds
from litert_ir.verification.tolerance import Tolerance

_NAMES = {precision: name for name, precision in PRECISION_NAMES.items()}


class Verdict(enum.Enum):
    """The judgement of a file that was tried."""

    MEETS = "meets"
    MISSES = "misses"
    FAILS = "fails"
    LARGER = "larger"
    """Not compared, as a smaller file meets the requirement."""


class Purpose(enum.Enum):
    """The reason to try a recipe."""

    NAMED = "named"
    SENSITIVITY = "sensitivity"
    MIXED = "mixed"


@attrs.frozen(kw_only=True)
class OutputError:
    """The measured error of one output.

    Attributes:
        name: The output's name.
        max_abs_error: The largest difference of an element, in the output's own unit.
        mean_abs_error: The mean difference, in the same unit.
        cosine: The cosine similarity; None for integer and boolean outputs.
        top1: The share of rows with the same first class; None where it is no classifier's.
    """

    name: str
    max_abs_error: float
    mean_abs_error: float
    cosine: float | None
    top1: float | None

    @classmethod
    def of(cls, output: OutputParity) -> OutputError:
        """Take over what a search reports of a comparison."""
        return cls(
            name=output.name,
            max_abs_error=output.max_abs_error,
            mean_abs_error=output.mean_abs_error,
            cosine=output.cosine,
            top1=output.top1_agreement,
        )


@attrs.frozen(kw_only=True)
class RecipeTry:
    """A recipe that was tried.

    Attributes:
        label: Its name, or the layers that it treats differently, in short.
        purpose: The reason to try it.
        recipe: The recipe.
        verdict: Whether its file meets the requirement.
        size_bytes: The file's size; None where none was made.
        latency: The duration of its runs on this machine; None where that was not measured.
        outputs: The measured errors; empty where nothing was compared.
        noise: The largest root mean squared error of an output over the spread of its values
            between samples; of integers, the share that differs. None where nothing was compared.
        reason: The threshold that it misses, or why it fails; "" where it meets all.
        seconds: The duration of making and comparing the file.
    """

    label: str
    purpose: Purpose
    recipe: Quantization
    verdict: Verdict
    size_bytes: int | None = None
    latency: Latency | None = None
    outputs: tuple[OutputError, ...] = ()
    noise: float | None = None
    reason: str = ""
    seconds: float = 0.0

    @property
    def meets(self) -> bool:
        """Tell whether the file meets the requirement."""
        return self.verdict is Verdict.MEETS


@attrs.frozen(kw_only=True)
class GroupSensitivity:
    """The cost and the gain of storing one group of layers in a smaller precision.

    Attributes:
        layers: The paths of its layers.
        precision: The smaller precision, while all other layers keep that of `reference`.
        reference: The precision of the other layers.
        noise: The noise that this adds; see `RecipeTry`.
        saved_bytes: The bytes by which the file shrinks.
    """

    layers: tuple[str, ...]
    precision: Precision
    reference: Precision
    noise: float
    saved_bytes: int

    @property
    def label(self) -> str:
        """The layers in short."""
        return layers_label(self.layers)


@attrs.frozen(kw_only=True, repr=False)
class SearchReport(Report):
    """The search of a recipe: what was required, tried, and chosen.

    Attributes:
        objective: The property that was made as small as possible.
        thresholds: The thresholds that each file was held to.
        tolerance: The tolerance that each file was held to; None for that of its precisions.
        samples: The number of inputs that each file was compared on.
        chosen: The try whose recipe the file has.
        best_named: The best named recipe that meets the requirement; None where none does.
        tries: All tries, in their order.
        sensitivities: The measured sensitivity of groups of layers, the most noise first.
        seconds: The duration of the search.
        notes: Recipes that were left out, and why the search ended before its time.
    """

    objective: Objective
    thresholds: Thresholds
    tolerance: Tolerance | None
    samples: int
    chosen: RecipeTry
    best_named: RecipeTry | None
    tries: tuple[RecipeTry, ...]
    sensitivities: tuple[GroupSensitivity, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def requirement(self) -> str:
        """The requirement in words."""
        return requirement_text(self.thresholds, self.tolerance)

    @property
    @override
    def headline(self) -> str:
        found = f"{self.chosen.label}: {measure_text(self.chosen)}{self._gain()}"
        return f"{found}; the best of {len(self.tries)} files by {self.objective.value}"

    def _gain(self) -> str:
        """Compare with the best named recipe, where the chosen one is mixed."""
        named = self.best_named
        if named is None or named.recipe == self.chosen.recipe:
            return ""
        ours, theirs = (objective_of(each, self.objective) for each in (self.chosen, named))
        return f", {1 - ours / theirs:.0%} below {named.label}" if theirs else ""

    @override
    def tables(self) -> tuple[Table, ...]:
        return (self._tries_table(), self._sensitivity_table())

    @override
    def to_data(self) -> dict[str, Any]:
        return {**super().to_data(), "requirement": self.requirement}

    def _tries_table(self) -> Table:
        shown = [each for each in self.tries if each.purpose is not Purpose.SENSITIVITY]
        timed = [Column("ms", numeric=True)] if any(each.latency for each in shown) else []
        metrics = _metrics(self.thresholds)
        columns = (
            Column("recipe"),
            Column("size", numeric=True),
            *timed,
            *(Column(metric.name, numeric=True) for metric in metrics),
            Column(""),
        )
        rows = [
            (
                each.label,
                "" if each.size_bytes is None else bytes_text(each.size_bytes),
                *(["" if each.latency is None else _milliseconds(each.latency)] if timed else []),
                *(metric.worst(each) for metric in metrics),
                "chosen" if each.recipe == self.chosen.recipe else each.verdict.value,
            )
            for each in shown
        ]
        return Table("Recipes tried", columns, rows, note=". ".join(self._remarks()) + ".")

    def _remarks(self) -> Iterator[str]:
        yield f"Required: {self.requirement}, on {self.samples} input(s)"
        if any(len(each.outputs) > 1 for each in self.tries):
            yield "Shown: the worst of all outputs"
        if any(each.verdict is Verdict.LARGER for each in self.tries):
            yield "Larger files than one that meets it were not compared"
        yield from self.notes

    def _sensitivity_table(self) -> Table:
        columns = (
            Column("layers"),
            Column("as"),
            Column("error added", numeric=True),
            Column("saves", numeric=True),
        )
        rows = [
            (
                each.label,
                _NAMES[each.precision],
                f"{each.noise:.2%}",
                bytes_text(each.saved_bytes),
            )
            for each in self.sensitivities
        ]
        note = (
            "Measured one group at a time, all others in the precision of the best named recipe; "
            "the error is the root mean squared one, over the spread of the results."
        )
        return Table("Sensitivity of layers", columns, rows, note=note)


def objective_of(tried: RecipeTry, objective: Objective) -> float:
    """Return the number that an objective compares; infinite where it was not measured."""
    if objective is Objective.SIZE:
        return float("inf") if tried.size_bytes is None else tried.size_bytes
    return float("inf") if tried.latency is None else tried.latency.median_s


def measure_text(tried: RecipeTry) -> str:
    """Return a file's size, and its latency where it was measured."""
    size = "no file" if tried.size_bytes is None else bytes_text(tried.size_bytes)
    return size if tried.latency is None else f"{size}, {_milliseconds(tried.latency)} ms"


def layers_label(layers: tuple[str, ...]) -> str:
    """Name layers in short.

    Example:
        >>> layers_label(("a",)), layers_label(("a", "b", "c"))
        ('a', 'a to c (3 layers)')
    """
    first, *others = layers
    return f"{first} to {others[-1]} ({len(layers)} layers)" if others else first


def recipe_label(recipe: Quantization) -> str:
    """Name a recipe in short.

    Example:
        >>> recipe_label(Quantization.named("int8", {"a": "skip", "b": "skip"}))
        'int8, 2 layers float'
    """
    counts: dict[Precision, int] = {}
    for rule in recipe.layers:
        counts[rule.precision] = counts.get(rule.precision, 0) + 1
    others = (
        f"{count} layer{'s' * (count > 1)} {_NAMES[precision]}"
        for precision, count in counts.items()
    )
    return ", ".join((_NAMES[recipe.precision], *others))


def requirement_text(thresholds: Thresholds, tolerance: Tolerance | None) -> str:
    """Say in words what files are held to."""
    bounds = "" if tolerance is None else f"differences of at most {tolerance}"
    return "; ".join(filter(None, (thresholds.in_words, bounds)))


@attrs.frozen
class _Metric:
    """A column of errors.

    Attributes:
        name: Its heading.
        of: The metric of an output; None where the output has none.
        form: The format of a number.
        at_least: Whether large values are good.
    """

    name: str
    of: Callable[[OutputError], float | None]
    form: str
    at_least: bool

    def worst(self, tried: RecipeTry) -> str:
        """Return the worst value over all outputs; "" where there is none."""
        values = [value for value in map(self.of, tried.outputs) if value is not None]
        if not values:
            return ""
        return format(min(values) if self.at_least else max(values), self.form)


def _metrics(thresholds: Thresholds) -> list[_Metric]:
    """Return the metrics that thresholds are for; the largest error and the cosine without any."""
    metrics = (
        (thresholds.max_abs_error, _Metric("max error", _max_error, ".3g", at_least=False)),
        (thresholds.mean_abs_error, _Metric("mean error", _mean_error, ".3g", at_least=False)),
        (thresholds.cosine, _Metric("cosine", _cosine, ".6f", at_least=True)),
        (thresholds.top1, _Metric("top-1", _top1, ".2%", at_least=True)),
    )
    wanted = [metric for limit, metric in metrics if limit is not None]
    return wanted or [metrics[0][1], metrics[2][1]]


def _max_error(output: OutputError) -> float:
    return output.max_abs_error


def _mean_error(output: OutputError) -> float:
    return output.mean_abs_error


def _cosine(output: OutputError) -> float | None:
    return output.cosine


def _top1(output: OutputError) -> float | None:
    return output.top1


def _milliseconds(latency: Latency) -> str:
    return f"{1e3 * latency.median_s:.3g}"
