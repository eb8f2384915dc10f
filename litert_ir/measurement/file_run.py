"""The results of one run of a file, summarized for a reader."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from litert_ir.measurement.run_input import RunInput
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table, facts

Array = NDArray[Any]

MOST_CLASSES = 5
_MOST_VALUES = 100
"""The most elements of an output that the data of the report has."""
_MOST_SHOWN = 16
"""The most elements of an output that a reader is shown."""
_SUM_TOLERANCE = 0.02
"""The accepted difference of the sum of scores from 1; in int8 they are rounded to 1/256."""


@attrs.frozen(kw_only=True)
class ClassScore:
    """One of the first classes of an output.

    Attributes:
        index: Its number.
        label: Its name; "" where the file has none.
        score: Its value.
    """

    index: int
    label: str
    score: float

    def __str__(self) -> str:
        return f"{self.index} {self.label}".strip() + f": {self.score:.4g}"


@attrs.frozen(kw_only=True)
class RunOutput:
    """An output of a run.

    Attributes:
        name: Its name.
        shape: Its sizes in this run.
        dtype: Its element type in the file, by numpy name.
        least: Its smallest value; None without elements.
        mean: The mean of its values.
        greatest: Its largest value.
        not_finite: The number of elements that are NaN or infinite, and left out of the others.
        classes: The first classes of the first sample, where the values are scores or have labels.
        values: All values, of outputs with up to 100 elements; else None.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    least: float | None
    mean: float | None
    greatest: float | None
    not_finite: int
    classes: tuple[ClassScore, ...]
    values: tuple[Any, ...] | float | int | bool | None

    @classmethod
    def of(cls, name: str, dtype: str, values: Array, labels: Sequence[str]) -> RunOutput:
        """Summarize an output.

        Args:
            name: Its name.
            dtype: Its element type in the file.
            values: Its values, real ones where the file gives integers for them.
            labels: The names of its classes; empty where the file has none.
        """
        finite = values[np.isfinite(values)] if values.dtype.kind in "fc" else values
        numbers = (
            finite.astype(np.float64, copy=False) if finite.dtype.kind != "c" else np.abs(finite)
        )
        has_any = numbers.size > 0
        return cls(
            name=name,
            shape=tuple(values.shape),
            dtype=dtype,
            least=float(numbers.min()) if has_any else None,
            mean=float(numbers.mean()) if has_any else None,
            greatest=float(numbers.max()) if has_any else None,
            not_finite=int(values.size - finite.size),
            classes=_classes(values, labels),
            values=_nested(values.tolist()) if values.size <= _MOST_VALUES else None,
        )

    @property
    def cells(self) -> tuple[str, ...]:
        """The output's row in a table."""
        numbers = (self.least, self.mean, self.greatest)
        return (
            self.name,
            f"{self.shape} {self.dtype}",
            *("" if number is None else f"{number:.4g}" for number in numbers),
            str(self.not_finite) if self.not_finite else "",
        )


@attrs.frozen(kw_only=True, repr=False)
class FileRun(Report):
    """One run of a LiteRT file.

    Attributes:
        path: The file.
        signature: The name of the signature that ran; "" for a file without one.
        inputs: What it ran on.
        outputs: What it gave, in the signature's order.
        arrays: The outputs by name: real values, unless raw ones were asked for.
        raw: Whether integers of quantized inputs and outputs are as the file stores them.
        saved: The file that holds the outputs; None where none was asked for.
    """

    path: Path
    signature: str
    inputs: tuple[RunInput, ...]
    outputs: tuple[RunOutput, ...]
    arrays: Mapping[str, Array] = attrs.field(repr=False, eq=False)
    raw: bool
    saved: Path | None

    @property
    @override
    def headline(self) -> str:
        first = self.outputs[0] if self.outputs else None
        if first is None:
            return f"{self.path.name} ran; it has no outputs"
        if any(each.not_finite for each in self.outputs):
            odd = ", ".join(each.name for each in self.outputs if each.not_finite)
            return f"{self.path.name} ran; NaN or infinity in {odd}"
        if first.classes:
            return f"{first.name}: {first.classes[0]}"
        count = len(self.outputs)
        more = f" and {count - 1} more" if count > 1 else ""
        return f"{self.path.name} ran: {first.name} {first.shape} {first.dtype}{more}"

    @override
    def tables(self) -> tuple[Table, ...]:
        heads = ("output", "shape, type")
        numbers = (Column(name, numeric=True) for name in ("least", "mean", "greatest", "NaN, inf"))
        ran_on = [(one.name, f"{one.shape} {one.dtype}", one.source) for one in self.inputs]
        return (
            Table("", (*heads, *numbers), [each.cells for each in self.outputs], note=self._note),
            *(_class_table(each) for each in self.outputs),
            Table(
                "Values",
                ("output", "values"),
                [(each.name, _values_text(self.arrays[each.name])) for each in self._small],
            ),
            Table("Ran on", ("input", "shape, type", "from"), ran_on),
            facts("", [("saved", "" if self.saved is None else self.saved)]),
        )

    @property
    def _small(self) -> list[RunOutput]:
        """The outputs whose values are as readable as a summary of them."""
        return [
            each
            for each in self.outputs
            if not each.classes and math.prod(each.shape) <= _MOST_SHOWN
        ]

    @property
    def _note(self) -> str:
        quantized = any(
            "int" in each.dtype and self.arrays[each.name].dtype.kind == "f"
            for each in self.outputs
        )
        return "Integers of quantized outputs are shown as the real values." if quantized else ""


def _class_table(output: RunOutput) -> Table:
    rows = [(each.index, each.label, f"{each.score:.4g}") for each in output.classes]
    columns = (Column("class", numeric=True), "label", Column("score", numeric=True))
    if not any(each.label for each in output.classes):
        rows = [(index, score) for index, _, score in rows]  # type: ignore[misc]  # shorter rows
        columns = (columns[0], columns[2])  # type: ignore[assignment]  # likewise
    return Table(f"First classes of {output.name}", columns, rows)


def _classes(values: Array, labels: Sequence[str]) -> tuple[ClassScore, ...]:
    """Return the first classes of the first sample of an output (batch, classes)."""
    if values.ndim != 2 or values.shape[0] == 0 or values.shape[1] < 2 or values.dtype.kind != "f":
        return ()
    row = values[0]
    if not (len(labels) == row.size or _are_scores(row)):
        return ()
    first = np.argsort(-row, kind="stable")[:MOST_CLASSES]
    return tuple(
        ClassScore(
            index=int(index),
            label=labels[index] if len(labels) == row.size else "",
            score=float(row[index]),
        )
        for index in first
    )


def _are_scores(row: Array) -> bool:
    total = float(row.sum(dtype=np.float64))
    return bool(row.min() >= 0) and math.isclose(total, 1, abs_tol=_SUM_TOLERANCE)


def _values_text(values: Array) -> str:
    return np.array2string(values, separator=", ", precision=6, suppress_small=True)


def _nested(values: Any) -> Any:
    return tuple(map(_nested, values)) if isinstance(values, list) else values
