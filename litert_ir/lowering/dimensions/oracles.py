"""Ask a model itself which shapes it accepts: run its graph, or trace it at each of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

import attrs
from typing_extensions import override

from litert_ir.backends import ConvertibleBackend, load_keras
from litert_ir.backends.failures import brief, call_failures
from litert_ir.backends.graph_runs import GraphRun
from litert_ir.backends.inference import InferenceCall
from litert_ir.backends.tensorflow_graphs import refuse_dynamic_graph
from litert_ir.backends.tensors import known_sizes
from litert_ir.backends.tracing import tracer
from litert_ir.errors import LiteRTIRError
from litert_ir.lowering.dimensions.slots import FlatShapes
from litert_ir.lowering.dimensions.trials import Answer, Oracle, Verdict

_INTEGERS = (0, 1)
"""What integers are filled with, the second where the first gives nothing: repeats are counts."""


def oracle_for(call: InferenceCall) -> Oracle:
    """What asks a model: its graph, where TensorFlow can trace one with dynamic dimensions."""
    if load_keras().backend.backend() != ConvertibleBackend.TENSORFLOW.value:
        return TracingOracle(call)
    try:
        return RunningOracle(call, GraphRun.of(call))
    except LiteRTIRError:
        raise
    except call_failures():
        return TracingOracle(call)


@attrs.define
class RunningOracle(Oracle):
    """Runs a graph, which takes many shapes.

    Attributes:
        call: The model, and how it is called.
        run: The graph.
    """

    call: InferenceCall
    run: GraphRun
    _enough: list[FlatShapes] = attrs.field(factory=list, init=False)

    @property
    @override
    def runs(self) -> bool:
        """True."""
        return True

    @override
    def __call__(self, shapes: FlatShapes) -> Answer:
        """The verdict of a run on ones and zeros."""
        verdict = Verdict.EMPTY
        try:
            self._require_full_windows(shapes)
            for integer in _INTEGERS:
                verdict = _verdict(self.run.output_shapes(shapes, integer))
                if verdict is Verdict.ACCEPTED:
                    break
        except call_failures() as error:
            return Answer(Verdict.REFUSED, brief(error))
        return Answer(verdict)

    @override
    def knows_all(self, shapes: FlatShapes) -> bool:
        """Whether the graph gives what one gives that is traced at these shapes."""
        return self.run.is_what_known_sizes_give(self.call, shapes)

    @override
    def at_known_sizes(self) -> Oracle:
        """Traces at each size; whoever traces the call later does so, too."""
        refuse_dynamic_graph(self.call)
        return TracingOracle(self.call)

    def _require_full_windows(self, shapes: FlatShapes) -> None:
        """Refuse what is too small for a window; larger inputs than such as are not are enough."""
        if not any(_is_no_smaller(shapes, smaller) for smaller in self._enough):
            self.run.require_full_windows(shapes)
            self._enough.append(shapes)


@attrs.frozen
class TracingOracle(Oracle):
    """Traces a model anew for each choice of shapes.

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
    def __call__(self, shapes: FlatShapes) -> Answer:
        """The verdict of a trace."""
        try:
            result = tracer().outputs_at(self.call, shapes)
        except LiteRTIRError:
            raise
        except call_failures() as error:
            return Answer(Verdict.REFUSED, brief(error))
        leaves = load_keras().tree.flatten(result)
        return Answer(_verdict(tuple(known_sizes(leaf.shape)) for leaf in leaves))

    @override
    def knows_all(self, shapes: FlatShapes) -> bool:
        """True: it knows the sizes."""
        return True

    @override
    def at_known_sizes(self) -> Oracle:
        """The same."""
        return self


def _is_no_smaller(shapes: FlatShapes, others: FlatShapes) -> bool:
    pairs = zip(itertools.chain(*shapes), itertools.chain(*others), strict=True)
    return all(size >= other for size, other in pairs)


def _verdict(shapes: Iterable[tuple[int | None, ...]]) -> Verdict:
    """Empty where an output has no elements; a size that no trace knows counts as some."""
    counts = [math.prod(1 if size is None else size for size in shape) for shape in shapes]
    return Verdict.ACCEPTED if all(counts) else Verdict.EMPTY
