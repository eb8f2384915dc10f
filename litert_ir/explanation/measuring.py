"""Measure the error that each layer of a file adds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.layer_calls import CallKey
from litert_ir.backends.keras.quantized_layers import known_layers
from litert_ir.conversion.file_plans import FileAgainstModel
from litert_ir.explanation.file_graph import read_graph
from litert_ir.explanation.layer_error import LayerError, path_text
from litert_ir.explanation.layouts import sums_of_squares
from litert_ir.explanation.limits import LIMITS, model_limit, precision_of
from litert_ir.explanation.matching import Matching, Result
from litert_ir.explanation.replay import Replay, Seen, model_calls, reference_results
from litert_ir.runtime.runner import LiteRTFile
from litert_ir.samples.forms import Sample

Array = NDArray[Any]

_FLOAT_BYTES = 4


class LayerMeasurement:
    """The measurement of the layers of a file, sample by sample.

    Args:
        found: The file, and the plan of the model that fits it.
        model: The Keras model.
        samples: Flat inputs in the plan's order.
    """

    def __init__(self, found: FileAgainstModel, model: Any, samples: Sequence[Sample]) -> None:
        self.found = found
        self.samples = tuple(samples)
        in_floats = not any(known_layers(model))
        self.call = InferenceCall(model, found.plan.signature, in_floats=in_floats)
        self.graph = read_graph(found.path)
        self.calls = model_calls(self.call, found.plan, self.samples[0])
        self._bytes = own_bytes(self.calls.layers)
        self._limit = model_limit(found.plan)
        self.matching = Matching(
            self.graph,
            self.calls.keys,
            model.name,
            self._outputs(),
            resembles=max(self._limit, *(LIMITS[each] for each in found.precisions)),
        )
        self._file = LiteRTFile(found.path, keep_tensors=True)
        self._read: dict[int, Array | None] = {}
        self._sums: dict[Result, _Sums] = {}
        self._layers: dict[Result, tuple[CallKey, ...]] = {}
        self._errors: dict[Result, LayerError] = {}
        self._inputs = {index: _Sums() for index in self.graph.inputs}

    def _outputs(self) -> dict[Result, int]:
        in_file = {match.name: match.in_file for match in self.found.outputs}
        tensors = dict(self.graph.outputs)
        return {result: tensors[in_file[name]] for result, name in self.calls.outputs.items()}

    def measured(self) -> tuple[LayerError, ...]:
        """Run the file and the model on the samples, and return the layers' errors in order."""
        for sample in self.samples:
            self._add(sample)
        order = {key: place for place, key in enumerate(self.calls.keys)}
        results = sorted(self._sums, key=lambda result: (order[result[0]], result[1]))
        stops = self.matching.tensors
        self._errors = {each: self._layer_error(each, stops) for each in results}
        return (*self._of_inputs(), *self._errors.values())

    @property
    def input_places(self) -> dict[int, int]:
        """The place of each input in the plan, by the index of its tensor."""
        names = [info.name for info in self.found.interface.inputs]
        tensors = dict(zip(names, self.graph.inputs, strict=True))
        return {tensors[match.in_file]: at for at, match in enumerate(self.found.inputs)}

    def layers_between(self, end: Result, starts: Sequence[Result]) -> tuple[str, ...]:
        """Return the paths of the layers that lead from results to another one, in order.

        Args:
            end: The result that they lead to.
            starts: Results that are known; inputs are, too.
        """
        found = self.matching.found
        stops = {match.tensor.index for each in starts if (match := found[each])}
        last = found[end]
        operators = self.graph.segment(last.tensor.index, stops) if last else ()
        results = {index for each in operators for index in each.outputs}
        inside = (
            layers
            for each, layers in self._layers.items()
            if (match := found[each]) and match.tensor.index in results
        )
        keys = {key for layers in inside for key in layers}
        return tuple(dict.fromkeys(path_text(key) for key in self.calls.keys if key in keys))

    def result_of(self, error: LayerError) -> Result | None:
        """Return the result that a layer's error is of; None for an input."""
        return next((each for each, known in self._errors.items() if known == error), None)

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The paths of the layers that lead to no tensor that was matched."""
        seen = {key for layers in self._layers.values() for key in layers}
        passed = {key for key, size in self._bytes.items() if not size}
        left = (key for key in self.calls.keys if key[0] and key not in seen | passed)
        return tuple(dict.fromkeys(map(path_text, left)))

    def added_errors(self, number: int) -> dict[Result, Array]:
        """Return what each layer adds to its result on one of the samples."""
        seen = self._replayed(self.samples[number])
        floats = (each for each in seen if np.issubdtype(each.model.dtype, np.inexact))
        return {each.result: each.file - each.model for each in floats}

    def named(self, sample: Sample, names: Sequence[str]) -> dict[str, Array]:
        """Return a sample by the names of another file of the same plan, or of this one."""
        named = self.found.bound.named(sample)
        own = {spec.name: array for spec, array in zip(self.found.plan.inputs, sample, strict=True)}
        return named if set(named) == set(names) else own

    def ordered(self, results: Mapping[str, Array]) -> tuple[Array, ...]:
        """Return results of another file of the same plan, or of this one, in the plan's order."""
        ours = [match.in_file for match in self.found.outputs]
        names = ours if set(ours) == set(results) else [each.name for each in self.found.outputs]
        return tuple(results[name] for name in names)

    def _replayed(self, sample: Sample) -> list[Seen]:
        self._read.clear()
        self._file.run(self._quantized(sample))
        return Replay(self.call, self.matching).run(self._real_inputs(sample), self.read)

    def _add(self, sample: Sample) -> None:
        seen = self._replayed(sample)
        for each in seen:
            self._layers.setdefault(each.result, each.layers)
            self._sums.setdefault(each.result, _Sums()).add_own(each)
        in_file = {each.result: each.file for each in seen}

        def compare(result: Result, reference: Array) -> None:
            if result in in_file:
                self._sums[result].add_accumulated(reference, in_file.pop(result))

        reference_results(self.call, sample, compare)

    def _quantized(self, sample: Sample) -> dict[str, Array]:
        named = self.found.bound.named(sample)
        return {name: self._file.quantize(name, values) for name, values in named.items()}

    def _real_inputs(self, sample: Sample) -> list[Array]:
        """Return the inputs as the file has them: rounded, where it takes integers."""
        real = list(sample)
        for index, place in self.input_places.items():
            values, given = self.read(index), sample[place]
            if values is not None and values.shape == given.shape:
                real[place] = values.astype(given.dtype)
            self._inputs[index].add(given, real[place])
        return real

    def read(self, index: int) -> Array | None:
        """Return the real values of a tensor after a run; None where it has none."""
        if index not in self._read:
            try:
                self._read[index] = self._file.real_tensor(index, self.graph.subgraph)
            except ValueError:  # a tensor that the interpreter never computes
                self._read[index] = None
        return self._read[index]

    def _of_inputs(self) -> Iterator[LayerError]:
        """Yield the errors of inputs that the file rounds."""
        rounding = max(self.found.precisions, key=lambda each: LIMITS[each])
        for index, place in self.input_places.items():
            error = self._inputs[index].added
            if error > 0:
                yield LayerError(
                    layer=self.found.plan.inputs[place].name,
                    tensor=self.graph.tensors[index].name,
                    precision=rounding,
                    matched_by=self.found.inputs[place].by.value,
                    added=error,
                    accumulated=error,
                    limit=max(self._limit, LIMITS[rounding]),
                )

    def _layer_error(self, result: Result, stops: frozenset[int]) -> LayerError:
        match = self.matching.found[result]
        assert match is not None  # it has sums
        layers = self._layers[result]
        operators = self.graph.segment(match.tensor.index, stops - {match.tensor.index})
        precision = precision_of(self.graph, operators, self.found.precisions)
        sums = self._sums[result]
        main = max(layers, key=lambda key: (self._bytes[key], key == layers[-1]))
        others = (path_text(key) for key in layers if key != main)
        return LayerError(
            layer=path_text(main),
            others=tuple(dict.fromkeys(others)),
            call=main[1],
            tensor=match.tensor.name,
            precision=precision,
            matched_by=match.by.value,
            added=sums.added,
            accumulated=sums.accumulated,
            limit=max(self._limit, LIMITS[precision]),
            weight_bytes=sum(each.size_bytes for each in self.graph.constants(operators)),
            float_bytes=sum(self._bytes[key] for key in layers),
        )


@attrs.define
class _Sums:
    """Sums of squares of a result's errors and values, over all samples."""

    errors: float = 0.0
    values: float = 0.0
    all_errors: float = 0.0
    all_values: float = 0.0

    def add_own(self, seen: Seen) -> None:
        """Add the errors that the layer adds in one sample."""
        self.add(seen.model, seen.file)

    def add(self, reference: Array, values: Array) -> None:
        """Add errors and values of one sample."""
        errors, size = _sums(reference, values)
        self.errors += errors
        self.values += size

    def add_accumulated(self, reference: Array, values: Array) -> None:
        """Add the errors relative to the model on the same inputs."""
        errors, size = _sums(reference, values)
        self.all_errors += errors
        self.all_values += size

    @property
    def added(self) -> float:
        """Compute `LayerError.added`."""
        return _ratio(self.errors, self.values)

    @property
    def accumulated(self) -> float:
        """Compute `LayerError.accumulated`."""
        return _ratio(self.all_errors, self.all_values)


def _sums(reference: Array, values: Array) -> tuple[float, float]:
    """Sum squares; for integers, squares of the share that differs come out in the end."""
    if np.issubdtype(reference.dtype, np.inexact):
        return sums_of_squares(reference, values)
    return float(np.count_nonzero(reference != values)) ** 2, float(reference.size) ** 2


def _ratio(errors: float, values: float) -> float:
    if errors == 0:
        return 0.0
    return math.sqrt(errors / values) if values else math.inf


def own_bytes(calls: Mapping[CallKey, Any]) -> dict[CallKey, int]:
    """Return the bytes of each call's weights in float, without those of the calls inside of it.

    Args:
        calls: The layer of each call.
    """
    owner: dict[int, int] = {}
    for key in sorted(calls, key=lambda key: -len(key[0])):
        for weight in getattr(calls[key], "weights", ()):
            owner.setdefault(id(weight), id(calls[key]))
    return {
        key: sum(
            math.prod(weight.shape) * _FLOAT_BYTES
            for weight in getattr(layer, "weights", ())
            if owner[id(weight)] == id(layer)
        )
        for key, layer in calls.items()
    }
