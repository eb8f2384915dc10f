"""Decide which tensor of a file holds the result of a layer's call."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.keras.layer_calls import CallKey
from litert_ir.explanation.file_graph import FileGraph, GraphTensor
from litert_ir.explanation.layouts import Axes, best_layout, in_layout
from litert_ir.explanation.named_tensors import NamedTensors

Array = NDArray[Any]
Result = tuple[CallKey, int]
"""A call, and the place of one of its results."""
ReadTensor = Callable[[int], Array | None]
"""Reads the real values of a tensor of the file after a run; None where it has none."""


class MatchedBy(enum.Enum):
    """The evidence that a tensor is a layer's result."""

    OUTPUT = "output"
    NAME = "name"
    VALUES = "values"


@attrs.frozen(kw_only=True)
class Match:
    """The tensor of a layer's result.

    Attributes:
        tensor: The tensor.
        axes: The transposition that brings it into the result's layout.
        by: The evidence.
    """

    tensor: GraphTensor
    axes: Axes
    by: MatchedBy

    def values(self, read: ReadTensor, shape: tuple[int, ...]) -> Array | None:
        """Return the tensor's real values in the result's layout; None where it has none."""
        found = read(self.tensor.index)
        return None if found is None else in_layout(found, shape, self.axes)


@attrs.frozen(kw_only=True)
class _Trial:
    """A match that was tried.

    Attributes:
        result: The result.
        match: The match.
        error: The relative error of the tensor's values from the result's.
    """

    result: Result
    match: Match
    error: float


class Matching:
    """The matches of a file with a model; they are decided when a call is seen first.

    A tensor that is far from the result of the layer that it is named after may be the result of
    one that follows and was fused into the same operator. So it is tried on these, too, and
    `settle` decides: for the first one that it resembles, else for the nearest one.

    Where a file's names tell nothing of the model's layers, as after other converters, a tensor
    is that of a layer if its values resemble what the layer makes of the file's own inputs.

    Args:
        graph: The file's graph.
        calls: The model's calls, in the order in which they return.
        model: The model's own name.
        outputs: The tensors of the model's outputs, by the results that are these outputs.
        resembles: The relative error up to which values show that a tensor is a layer's result.
    """

    def __init__(
        self,
        graph: FileGraph,
        calls: Sequence[CallKey],
        model: str,
        outputs: Mapping[Result, int],
        *,
        resembles: float,
    ) -> None:
        self._resembles = resembles
        self._graph = graph
        self._named = NamedTensors(graph, calls, model)
        self._outputs = outputs
        self._order = {tensor.index: place for place, tensor in enumerate(graph.computed)}
        self._settled: dict[Result, Match] = {}
        self._open: dict[int, list[_Trial]] = {}
        self.found: dict[Result, Match | None] = {}

    @property
    def has_names(self) -> bool:
        """Tell whether the file's names tell anything of the model's layers."""
        return self._named.share > 0

    @property
    def tensors(self) -> frozenset[int]:
        """The indices of the tensors that are matched."""
        return frozenset(match.tensor.index for match in self.found.values() if match)

    def of(
        self, result: Result, layers: Sequence[CallKey], reference: Array, read: ReadTensor
    ) -> Match | None:
        """Return the match of a result.

        Args:
            result: The result.
            layers: The calls between it and the file's tensors before it.
            reference: What the model computes for it from these tensors.
            read: Reads the file's tensors.
        """
        if result not in self.found:
            trial = self._decided(result, layers, reference, read)
            self.found[result] = None if trial is None else trial.match
        return self.found[result]

    def settle(self, *, at_once: bool) -> bool:
        """Decide on tensors that resemble no result, of which later ones may be a consequence.

        Args:
            at_once: Whether to decide on all of them, rather than on the first one.

        Returns:
            Whether there were any. The matches are to be found anew then.
        """
        tensors = sorted(self._open, key=lambda index: self._order[index])
        for index in tensors if at_once else tensors[:1]:
            nearest = min(self._open[index], key=lambda trial: trial.error)
            self._settled[nearest.result] = nearest.match
        if tensors:
            self._open.clear()
            self.found.clear()
        return bool(tensors)

    def _decided(
        self, result: Result, layers: Sequence[CallKey], reference: Array, read: ReadTensor
    ) -> _Trial | None:
        if result in self._settled:
            return _Trial(result=result, match=self._settled[result], error=0.0)
        if result in self._outputs:
            output = (self._graph.tensors[self._outputs[result]],)
            return self._best(result, output, MatchedBy.OUTPUT, reference, read)
        if not np.issubdtype(reference.dtype, np.inexact):
            return None
        if not self.has_names:
            tensors = tuple(self._graph.computed)
            best = self._best(result, tensors, MatchedBy.VALUES, reference, read)
            return best if best and best.error <= self._resembles else None
        named = self._best(result, self._own(result[0]), MatchedBy.NAME, reference, read)
        return self._of_resembling(named, result, layers, reference, read)

    def _of_resembling(
        self,
        named: _Trial | None,
        result: Result,
        layers: Sequence[CallKey],
        reference: Array,
        read: ReadTensor,
    ) -> _Trial | None:
        if named and named.error <= self._resembles:
            return named
        for index, trials in list(self._open.items()):
            if trials[0].result[0] not in layers:
                continue
            tensors = (self._graph.tensors[index],)
            trial = self._best(result, tensors, MatchedBy.NAME, reference, read)
            if trial and trial.error <= self._resembles:
                del self._open[index]
                return trial
            trials.extend(filter(None, [trial]))
        if named:
            self._open[named.match.tensor.index] = [named]
        return None

    def _own(self, key: CallKey) -> list[GraphTensor]:
        """Return the tensors that have a call's name, and come after those of the calls in it."""
        path = key[0]
        inside = (
            self._order.get(match.tensor.index, -1)
            for ((inner, _), _), match in self.found.items()
            if match and len(inner) > len(path) and inner[: len(path)] == path
        )
        last = max(inside, default=-1)
        return [each for each in self._named.candidates(key) if self._order[each.index] > last]

    def _best(
        self,
        result: Result,
        tensors: Collection[GraphTensor],
        by: MatchedBy,
        reference: Array,
        read: ReadTensor,
    ) -> _Trial | None:
        """Return the tensor nearest to the reference, of those with its size."""
        taken = self.tensors | {match.tensor.index for match in self._settled.values()}
        found: _Trial | None = None
        for tensor in tensors:
            if tensor.index in taken or tensor.elements not in (None, reference.size):
                continue
            values = read(tensor.index)
            layout = None if values is None else best_layout(reference, values)
            if layout is not None and (found is None or layout[0] < found.error):
                match = Match(tensor=tensor, axes=layout[1], by=by)
                found = _Trial(result=result, match=match, error=layout[0])
        return found
