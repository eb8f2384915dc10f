"""Determine the shapes that a model accepts: run its graph, or trace it at each shape."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import attrs
from typing_extensions import override

from litert_ir.backends import backend_name
from litert_ir.backends.current_tracer import tracer
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.tensors import known_sizes, leaves_of
from litert_ir.backends.model_failures import brief, call_failures
from litert_ir.backends.tensorflow.graph_runs import GraphRun
from litert_ir.backends.tensorflow.graphs import refuse_dynamic_graph
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.dimensions import StaticShapes
from litert_ir.lowering.dimensions.fills import Array, Fill, constant, like, random_values
from litert_ir.lowering.dimensions.trials import Answer, Oracle, Verdict

_CONSTANTS = (constant(0), constant(1))
"""The fills tried in turn while results are empty: integer inputs may be repeat counts."""


def oracle_for(call: InferenceCall, sample: Sequence[Array] | None = None) -> Oracle:
    """Return the oracle for a model: its graph, if TensorFlow can trace a dynamic one.

    Args:
        call: The model, and how it is called.
        sample: Flat inputs of the user's, which the model is said to accept; None for none.
    """
    if backend_name() != ConvertibleBackend.TENSORFLOW.value:
        return TracingOracle(call)
    try:
        fills = _CONSTANTS if sample is None else (*_CONSTANTS, like(sample))
        return RunningOracle(call, GraphRun.of(call), fills)
    except LiteRTIRError:
        raise
    except call_failures() as error:
        reraise_interruption(error)
        return TracingOracle(call)


@attrs.define
class RunningOracle(Oracle):
    """An oracle that runs one graph for many shapes.

    Attributes:
        call: The model, and how it is called.
        run: The graph.
        fills: The fills of the inputs, tried in turn until a result is not empty; from then on the
            earlier ones are dropped.
    """

    call: InferenceCall
    run: GraphRun
    fills: Sequence[Fill] = _CONSTANTS
    _is_sure: bool = attrs.field(default=False, init=False)
    _enough: list[StaticShapes] = attrs.field(factory=list, init=False)

    @property
    @override
    def runs(self) -> bool:
        """True."""
        return True

    @override
    def __call__(self, shapes: StaticShapes) -> Answer:
        """Run on ones and zeros, or on the values of a sample; return the verdict."""
        try:
            self._require_full_windows(shapes)
        except call_failures() as error:
            reraise_interruption(error)
            return Answer(Verdict.REFUSED, brief(error))
        answers: list[Answer] = []
        for at, fill in enumerate(self.fills):
            answers.append(self._answer(fill, shapes))
            if answers[-1].verdict is Verdict.ACCEPTED:
                self.fills, self._is_sure = self.fills[at:], True
                return answers[-1]
            if self._is_sure and answers[-1].verdict is Verdict.REFUSED:
                break
        empty = [answer for answer in answers if answer.verdict is Verdict.EMPTY]
        return (empty or answers)[0]

    def _answer(self, fill: Fill, shapes: StaticShapes) -> Answer:
        try:
            return Answer(_verdict(self.run.output_shapes(fill(shapes, self.run.dtypes))))
        except call_failures() as error:
            reraise_interruption(error)
            return Answer(Verdict.REFUSED, brief(error))

    @override
    def knows_all(self, shapes: StaticShapes) -> bool:
        """Return whether the graph computes the same as one that is traced at these shapes."""
        try:
            return self._knows_all(random_values, shapes)
        except LiteRTIRError:
            raise
        except call_failures() as error:  # the model rejects such values
            reraise_interruption(error)
            return self._knows_all(self.fills[0], shapes)

    def _knows_all(self, fill: Fill, shapes: StaticShapes) -> bool:
        return self.run.is_what_known_sizes_give(self.call, fill(shapes, self.run.dtypes))

    @override
    def at_known_sizes(self) -> Oracle:
        """Return an oracle that traces at each size, as later traces of the call do."""
        refuse_dynamic_graph(self.call)
        return TracingOracle(self.call)

    def _require_full_windows(self, shapes: StaticShapes) -> None:
        """Reject sizes that are too small for a window; larger inputs need no check."""
        if not any(_is_no_smaller(shapes, smaller) for smaller in self._enough):
            self.run.require_full_windows(shapes)
            self._enough.append(shapes)


@attrs.frozen
class TracingOracle(Oracle):
    """An oracle that traces a model anew for each choice of shapes.

    Attributes:
        call: The model, and how it is called.
    """

    call: InferenceCall

    @property
    @override
    def runs(self) -> bool:
        """False: it computes nothing."""
        return False

    @override
    def __call__(self, shapes: StaticShapes) -> Answer:
        """Trace at the shapes; return the verdict."""
        try:
            result = tracer().outputs_at(self.call, shapes)
        except LiteRTIRError:
            raise
        except call_failures() as error:
            reraise_interruption(error)
            return Answer(Verdict.REFUSED, brief(error))
        return Answer(_verdict(tuple(known_sizes(leaf.shape)) for leaf in leaves_of(result)))

    @override
    def knows_all(self, shapes: StaticShapes) -> bool:
        """True: it knows the sizes."""
        return True

    @override
    def at_known_sizes(self) -> Oracle:
        """Return itself."""
        return self


def _is_no_smaller(shapes: StaticShapes, others: StaticShapes) -> bool:
    pairs = zip(itertools.chain(*shapes), itertools.chain(*others), strict=True)
    return all(size >= other for size, other in pairs)


def _verdict(shapes: Iterable[tuple[int | None, ...]]) -> Verdict:
    """Return EMPTY where an output has no elements; an unknown size counts as non-empty."""
    counts = [math.prod(1 if size is None else size for size in shape) for shape in shapes]
    return Verdict.ACCEPTED if all(counts) else Verdict.EMPTY
