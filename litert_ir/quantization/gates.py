"""Keep comparisons that gate inputs in float, with their producers up to the inputs.

A `Masking` layer compares the input with a number. After rounding to integers, other values may
equal that number, and equal ones may not. The masked value, such as -999, would also stretch the
range that the input has 256 steps for, if the mask were not applied in float.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from litert_ir.backends.litert.files import has_data
from litert_ir.backends.litert.schema import operator_name, type_name

_COMPARISONS = frozenset({"EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"})
_POSITIONS = frozenset({"ARG_MAX", "ARG_MIN"})
"""Operators that select by comparison as well; among equal integers they pick the first."""

_WEIGHED = frozenset(
    {
        *("CONV_2D", "CONV_3D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "CONV_3D_TRANSPOSE"),
        *("FULLY_CONNECTED", "BATCH_MATMUL", "EMBEDDING_LOOKUP", "WHILE", "IF"),
    }
)
"""Operators that are quantized even if their results are compared."""

_CHOICES = frozenset({"SELECT", "SELECT_V2", "MUL"})


def gating_operators(model: Any, *, float_inputs: bool) -> tuple[Any, ...]:
    """Find the operators of a file's first subgraph that have to compute in float.

    Args:
        model: The `ModelT` of the float file.
        float_inputs: Whether the quantized file takes floats. Integer inputs are rounded already,
            so that their comparisons stay in integers.
    """
    flow = _Flow.of(model)
    return tuple(each.operator for each in _gating(flow, float_inputs=float_inputs))


def _gating(flow: _Flow, *, float_inputs: bool) -> Iterator[_Operator]:
    found = [each for each in flow.operators if flow.decides(each, float_inputs=float_inputs)]
    yield from found
    if float_inputs:
        gates = flow.gates(found)
        choices = [each for each in flow.operators if flow.chooses(each, gates)]
        yield from choices
        yield from flow.leading_to([*found, *choices])


@attrs.frozen(eq=False)
class _Operator:
    """An operator with its operands and results, constants excluded."""

    name: str
    operator: Any = attrs.field(repr=False)
    takes: tuple[int, ...]
    gives: tuple[int, ...]


@attrs.frozen
class _Flow:
    """The dataflow of a subgraph.

    Attributes:
        operators: In execution order.
        tensors: The `TensorT` of the subgraph.
        raw: Tensors that are computed from float inputs without weights, and those inputs.
    """

    operators: tuple[_Operator, ...]
    tensors: Any = attrs.field(repr=False)
    raw: frozenset[int]

    @classmethod
    def of(cls, model: Any) -> _Flow:
        """Read the dataflow of a `ModelT`'s first subgraph."""
        graph = model.subgraphs[0]
        operators = tuple(_operators(model, graph))
        raw = {int(i) for i in graph.inputs if _is_float(graph.tensors[i])}
        for each in operators:
            if each.name not in _WEIGHED and each.takes and raw.issuperset(each.takes):
                raw.update(i for i in each.gives if _is_float(graph.tensors[i]))
        return cls(operators, graph.tensors, frozenset(raw))

    def decides(self, each: _Operator, *, float_inputs: bool) -> bool:
        """Return whether an operator compares floats; inputs count only if they are floats."""
        floats = [i for i in each.takes if _is_float(self.tensors[i])]
        of_inputs = bool(floats) and self.raw.issuperset(floats)
        if each.name in _POSITIONS:
            return of_inputs and float_inputs
        return each.name in _COMPARISONS and bool(floats) and (float_inputs or not of_inputs)

    def gates(self, comparisons: list[_Operator]) -> frozenset[int]:
        """Return the tensors computed from comparisons alone: masks, and masks as numbers."""
        gates = {i for each in comparisons if each.name in _COMPARISONS for i in each.gives}
        for each in self.operators:
            if each.takes and gates.issuperset(each.takes):
                gates.update(each.gives)
        return frozenset(gates)

    def chooses(self, each: _Operator, gates: frozenset[int]) -> bool:
        """Return whether an operator selects a part of an input by a mask."""
        values = set(each.takes) - gates
        masked = len(values) < len(each.takes)
        return each.name in _CHOICES and masked and bool(values) and self.raw >= values

    def leading_to(self, targets: list[_Operator]) -> Iterator[_Operator]:
        """Yield the weight-free producers of these operators' floats, back to the inputs."""
        wanted = {i for each in targets for i in each.takes}
        for each in reversed(self.operators):
            if self.raw.intersection(each.gives) & wanted:
                wanted.update(each.takes)
                yield each


def _operators(model: Any, graph: Any) -> Iterator[_Operator]:
    for operator in graph.operators or ():
        yield _Operator(
            name=operator_name(model, operator),
            operator=operator,
            takes=tuple(
                int(i) for i in operator.inputs if i >= 0 and not has_data(model, graph.tensors[i])
            ),
            gives=tuple(map(int, operator.outputs)),
        )


def _is_float(tensor: Any) -> bool:
    return type_name(tensor.type) == "float32"
