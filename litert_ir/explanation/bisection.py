"""Find the smallest part of a model that departs when it is exported alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.explanation.cut_model import CutPlaces, cut_inputs, cut_model
from litert_ir.explanation.layer_error import LayerError, path_text, share_text
from litert_ir.explanation.layouts import relative_error
from litert_ir.explanation.matching import Result
from litert_ir.explanation.measuring import LayerMeasurement
from litert_ir.explanation.replay import reference_results
from litert_ir.reports.plain_data import fields_of
from litert_ir.reports.table import Table, facts
from litert_ir.runtime.runner import LiteRTFile

Array = NDArray[Any]
Named = dict[str, Array]
ExportCut = Callable[[Any, Sequence[Named], Path], None]
"""Exports a model that is called with a dict of tensors, calibrated on inputs, to a path."""

_MOST_TOLD = 4


@attrs.frozen(kw_only=True)
class Cut:
    """A part of a model, exported alone.

    Attributes:
        layers: The paths of the layers in it.
        inputs: The layers and inputs whose results it takes.
        error: The error of its file's result, in the unit of `LayerError.added`.
        limit: The largest error that rounding explains.
        exports: The number of parts that were exported to find it.
        path: The file of the part; None where it was not kept.
    """

    layers: tuple[str, ...]
    inputs: tuple[str, ...]
    error: float
    limit: float
    exports: int
    path: Path | None = None

    @property
    def departs(self) -> bool:
        """Tell whether the part departs when it is exported alone.

        Where it does not, the model's export is right: the file was changed after its export,
        was made from other weights, or by another tool.
        """
        return not self.error <= self.limit

    def to_data(self) -> dict[str, Any]:
        """Return the fields and the verdict, in JSON's types."""
        return {**fields_of(self), "departs": self.departs}

    def table(self) -> Table:
        """Return the part as a table."""
        verdict = (
            "departs when it is exported alone"
            if self.departs
            else "agrees when it is exported alone, and so does its last layer, although the file "
            "differs: the file was changed after its export, or made from other weights or by "
            "another tool"
        )
        return facts(
            "The smallest cut of the model",
            [
                ("layers", _told(self.layers)),
                ("from", _told(self.inputs)),
                ("verdict", verdict),
                ("error", f"{share_text(self.error)} (rounding: {share_text(self.limit)})"),
                ("exported", f"{self.exports} part(s) of the model"),
                ("file", self.path),
            ],
        )


@attrs.define(kw_only=True)
class Bisection:
    """The search for the smallest part that departs.

    Attributes:
        measurement: The measured layers.
        export: Exports a part.
        folder: The folder for the files.
        report: Told about each export.
    """

    measurement: LayerMeasurement
    export: ExportCut
    folder: Path
    report: Callable[[str], None]
    _exports: int = 0

    def smallest(self, culprit: LayerError, result: Result) -> Cut:
        """Return the smallest part that ends with a layer and departs; else the largest one.

        The layer alone is tried first. Where it agrees, it is exported with all that leads to it,
        from the model's inputs on; where that departs, the start is moved as near to it as it
        still does, by halving.

        Args:
            culprit: The layer whose error is looked for.
            result: Its result.
        """
        order = self._matched_before(result)
        alone = self._cut(culprit, result, order)
        if alone.departs or not order:
            return alone
        found = self._cut(culprit, result, [])
        if not found.departs:
            return found
        departing, agreeing = 0, len(order)
        while agreeing - departing > 1:
            middle = (departing + agreeing) // 2
            tried = self._cut(culprit, result, order[:middle])
            if tried.departs:
                departing, found = middle, tried
            else:
                agreeing = middle
        return attrs.evolve(found, exports=self._exports)

    def _matched_before(self, result: Result) -> list[Result]:
        """Return the results that the file has before another one, in order."""
        keys = self.measurement.calls.keys
        order = {key: place for place, key in enumerate(keys)}
        matched = [each for each, match in self.measurement.matching.found.items() if match]
        before = [each for each in matched if order[each[0]] < order[result[0]]]
        return sorted(before, key=lambda each: (order[each[0]], each[1]))

    def _cut(self, culprit: LayerError, end: Result, stops: Sequence[Result]) -> Cut:
        """Export the part from some results to the end, and compare its file with the model."""
        self._exports += 1
        places = self._places(end, stops)
        layers = self.measurement.layers_between(end, places.results)
        self.report(f"exporting {len(layers)} layer(s), up to {culprit.name}")
        samples = _alike(self.measurement.samples)
        values = [self._results(sample, (*places.results, end)) for sample in samples]
        given = [cut_inputs(places, *each) for each in zip(samples, values, strict=True)]
        part = cut_model(self.measurement.call, places, samples[0])
        path = self.folder / f"cut_{self._exports}.tflite"
        self.export(part, given, path)
        return Cut(
            layers=layers,
            inputs=self._names(places),
            error=_error(path, given, [each[end] for each in values]),
            limit=culprit.limit,
            exports=self._exports,
            path=path,
        )

    def _places(self, end: Result, stops: Sequence[Result]) -> CutPlaces:
        """Return the cut behind the results that the end is computed from, in the file's graph."""
        graph, found = self.measurement.graph, self.measurement.matching.found
        by_tensor = {match.tensor.index: each for each in stops if (match := found[each])}
        last = found[end]
        assert last is not None  # it was measured
        operators = graph.segment(last.tensor.index, by_tensor)
        used = dict.fromkeys(index for each in operators for index in each.inputs)
        inputs = self.measurement.input_places
        return CutPlaces(
            inputs=tuple(sorted(inputs[index] for index in used if index in inputs)),
            results=tuple(by_tensor[index] for index in used if index in by_tensor),
            end=end,
        )

    def _names(self, places: CutPlaces) -> tuple[str, ...]:
        plan = self.measurement.found.plan
        inputs = (plan.inputs[place].name for place in places.inputs)
        return (*inputs, *(path_text(key) for key, _ in places.results))

    def _results(self, sample: Sequence[Array], wanted: Sequence[Result]) -> Mapping[Result, Array]:
        found: dict[Result, Array] = {}

        def keep(result: Result, values: Array) -> None:
            if result in wanted:
                found[result] = values

        reference_results(self.measurement.call, sample, keep)
        return found


def _told(names: Sequence[str]) -> str:
    """Name the first and the last ones where there are many."""
    if len(names) <= _MOST_TOLD:
        return ", ".join(names)
    return f"{names[0]} … {names[-1]} ({len(names)} in all)"


def _alike(samples: Sequence[Sequence[Array]]) -> list[Sequence[Array]]:
    """Return the samples with the shapes of the last one, which are the largest random ones."""
    shapes = [[array.shape for array in sample] for sample in samples]
    return [sample for sample, own in zip(samples, shapes, strict=True) if own == shapes[-1]]


def _error(path: Path, given: Sequence[Named], expected: Sequence[Array]) -> float:
    """Return the largest error of a file's result, over the samples."""
    file = LiteRTFile(path)
    errors = []
    for named, reference in zip(given, expected, strict=True):
        inputs = {name: file.quantize(name, values) for name, values in named.items()}
        (values,) = (file.dequantize(name, each) for name, each in file.run(inputs).items())
        errors.append(relative_error(reference, values.reshape(reference.shape)))
    return max(errors)
