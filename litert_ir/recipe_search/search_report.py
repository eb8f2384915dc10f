"""The result of a search of recipes: the files that were made and measured, and the one chosen."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import attrs
from typing_extensions import override

from litert_ir.errors.shown import bytes_text
from litert_ir.ir.quantization import PRECISION_NAMES, Objective, Precision, Quantization
from litert_ir.measurement.latency import Latency
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table
from litert_ir.verification.parity import OutputParity

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
        requirement: The requirement that each file was held to, in words.
        samples: The number of inputs that each file was compared on.
        chosen: The try whose recipe the file has.
        best_named: The best named recipe that meets the requirement; None where none does.
        tries: All tries, in their order.
        sensitivities: The measured sensitivity of groups of layers, the most noise first.
        seconds: The duration of the search.
        notes: Recipes that were left out, and why the search ended before its time.
    """

    objective: Objective
    requirement: str
    samples: int
    chosen: RecipeTry
    best_named: RecipeTry | None
    tries: tuple[RecipeTry, ...]
    sensitivities: tuple[GroupSensitivity, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    @override
    def headline(self) -> str:
        found = f"{self.chosen.label}: {measure_text(self.chosen)}"
        others = len(self.tries)
        return f"{found}, the best of {others} files by {self.objective.value}{self._gain()}"

    def _gain(self) -> str:
        """Compare with the best named recipe, where the chosen one is mixed."""
        named = self.best_named
        if named is None or named.recipe == self.chosen.recipe:
            return ""
        ours, theirs = (objective_of(each, self.objective) for each in (self.chosen, named))
        return f" ({1 - ours / theirs:.0%} below {named.label})" if theirs else ""

    @override
    def tables(self) -> tuple[Table, ...]:
        return (self._tries_table(), self._sensitivity_table())

    def _tries_table(self) -> Table:
        shown = [each for each in self.tries if each.purpose is not Purpose.SENSITIVITY]
        timed = any(each.latency for each in shown)
        cosines = any(output.cosine is not None for each in shown for output in each.outputs)
        classes = any(output.top1 is not None for each in shown for output in each.outputs)
        columns = (
            Column("recipe"),
            Column("size", numeric=True),
            *([Column("latency ms", numeric=True)] if timed else []),
            *([Column("cosine", numeric=True)] if cosines else []),
            *([Column("top-1", numeric=True)] if classes else []),
            Column("max error", numeric=True),
            Column(""),
        )
        rows = [
            tuple(_cells(each, timed=timed, cosines=cosines, classes=classes)) for each in shown
        ]
        note = f"required: {self.requirement}; compared on {self.samples} input(s), of several "
        note += "outputs the worst values; " + "; ".join((*self.notes, f"{self.seconds:.0f} s"))
        return Table("Recipes tried", columns, rows, note=note)

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
        note = "measured, one group at a time: RMS error added, as a share of the spread of results"
        return Table("Sensitivity of layers", columns, rows, note=note)


def objective_of(tried: RecipeTry, objective: Objective) -> float:
    """Return the number that an objective compares; infinite where it was not measured."""
    if objective is Objective.SIZE:
        return float("inf") if tried.size_bytes is None else tried.size_bytes
    return float("inf") if tried.latency is None else tried.latency.median_s


def measure_text(tried: RecipeTry) -> str:
    """Return a file's size, and its latency where it was measured."""
    size = "no file" if tried.size_bytes is None else bytes_text(tried.size_bytes)
    return size if tried.latency is None else f"{size}, {1e3 * tried.latency.median_s:.4g} ms"


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


def _cells(tried: RecipeTry, *, timed: bool, cosines: bool, classes: bool) -> Iterator[str]:
    yield tried.label
    yield "" if tried.size_bytes is None else bytes_text(tried.size_bytes)
    if timed:
        yield "" if tried.latency is None else f"{1e3 * tried.latency.median_s:.4g}"
    if cosines:
        cosine = [output.cosine for output in tried.outputs if output.cosine is not None]
        yield f"{min(cosine):.6f}" if cosine else ""
    if classes:
        top1 = [output.top1 for output in tried.outputs if output.top1 is not None]
        yield f"{min(top1):.2%}" if top1 else ""
    errors = [output.max_abs_error for output in tried.outputs]
    yield f"{max(errors):.3g}" if errors else ""
    yield tried.verdict.value
