"""Walk a graph of two files side by side and pair its operators and tensors."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import attrs
import numpy as np

from litert_ir.conversion.stablehlo.generalisation.failures import differing_files, not_general
from litert_ir.conversion.stablehlo.generalisation.files import (
    Difference,
    FileView,
    differences,
    indices,
    shape_of,
    tensor_name,
)
from litert_ir.conversion.stablehlo.generalisation.pairs import TensorPair

_TENSOR_FACTS = ("type", "quantization", "isVariable", "sparsity")
_OPERATOR_FACTS = ("builtinOptions", "builtinOptions2", "customOptions")
_RESHAPE = "RESHAPE"
OUTPUTS = "the graph's outputs"
"""How messages call what a graph returns."""


@attrs.frozen(kw_only=True, eq=False)
class Step:
    """An operator in both files.

    Attributes:
        code: What it does, such as ``RESHAPE``.
        label: Its code and the name of what it computes, for messages.
        operator: The first file's `OperatorT`, to be edited.
        has_same_options: Whether its options are the same; only those of RESHAPE may differ.
    """

    code: str
    label: str
    operator: Any
    has_same_options: bool

    @property
    def inputs(self) -> list[int]:
        """The tensors that it takes; -1 for one that is left out."""
        return indices(self.operator.inputs)

    @property
    def outputs(self) -> list[int]:
        """The tensors that it computes."""
        return indices(self.operator.outputs)

    def replace_input(self, position: int, tensor: int) -> None:
        """Let the operator take another tensor at a position."""
        inputs = self.inputs
        inputs[position] = tensor
        self.replace_inputs(inputs)

    def replace_inputs(self, tensors: Sequence[int]) -> None:
        """Let the operator take other tensors."""
        self.operator.inputs = np.array(tensors, np.int32)


@attrs.frozen(kw_only=True, eq=False)
class AlignedGraph:
    """A graph of the first file, with what stands in its place in the second.

    Attributes:
        graph: The first file's `SubGraphT`, to be edited.
        steps: Its operators in their order.
        tensors: The tensors that it uses, by index.
    """

    graph: Any
    steps: tuple[Step, ...]
    tensors: Mapping[int, TensorPair]


def align(first: FileView, second: FileView, index: int) -> AlignedGraph:
    """Pair the operators and tensors of one graph of both files.

    A constant of the first file that stands for two of the second, because their values agree
    for one size only, is stored twice, so that each tensor has one partner.

    Args:
        first: The file whose objects may be edited.
        second: The file to compare with.
        index: Which of the files' graphs.

    Raises:
        NotGeneralError: When the files have other operators, or connect them in another way.
    """
    return _Alignment(first, second, index).run()


class _Alignment:
    def __init__(self, first: FileView, second: FileView, index: int) -> None:
        self._first, self._second = first, second
        self._graph, self._other = (file.model.subgraphs[index] for file in (first, second))
        self._partners: dict[int, int] = {}
        self._owners: dict[int, int] = {}
        self._copies: dict[tuple[int, int], int] = {}

    def run(self) -> AlignedGraph:
        self._check_operators()
        self._align_field(self._graph, self._other, "inputs", "the graph's inputs")
        pairs = zip(self._graph.operators or (), self._other.operators or (), strict=True)
        steps = tuple(self._step(one, other) for one, other in pairs)
        outputs = indices(self._graph.outputs)
        self._align_field(self._graph, self._other, "outputs", OUTPUTS)
        if outputs != indices(self._graph.outputs):
            raise differing_files("other constants", OUTPUTS, outputs, self._graph.outputs)
        tensors = {index: self._pair(index) for index in sorted(self._partners)}
        return AlignedGraph(graph=self._graph, steps=steps, tensors=tensors)

    def _check_operators(self) -> None:
        pairs = zip_longest(self._graph.operators or (), self._other.operators or ())
        for number, (one, other) in enumerate(pairs):
            if one is None or other is None or self._first.code(one) != self._second.code(other):
                labels = (
                    self._first.describe(one, self._graph),
                    self._second.describe(other, self._other),
                )
                raise differing_files("other operators", f"operator {number}", *labels)

    def _step(self, one: Any, other: Any) -> Step:
        code, label = self._first.code(one), self._first.describe(one, self._graph)
        self._align_field(one, other, "inputs", label)
        self._align_field(one, other, "outputs", label)
        found = next(_differences(one, other, _OPERATOR_FACTS), None)
        if found is not None and code != _RESHAPE:
            raise differing_files(f"another {found.field}", label, found.first, found.second)
        return Step(code=code, label=label, operator=one, has_same_options=found is None)

    def _align_field(self, one: Any, other: Any, field: str, where: str) -> None:
        """Pair the tensors that a field of both files names; the first may get a copy instead."""
        ours, theirs = (indices(getattr(side, field)) for side in (one, other))
        if len(ours) != len(theirs):
            raise differing_files("another number of tensors", where, len(ours), len(theirs))
        used = [self._use(mine, its, where) for mine, its in zip(ours, theirs, strict=True)]
        if used != ours:
            setattr(one, field, np.array(used, np.int32))

    def _use(self, one: int, other: int, where: str) -> int:
        if one < 0 and other < 0:
            return one
        names = [
            tensor_name(graph.tensors[at]) if at >= 0 else "none"
            for graph, at in ((self._graph, one), (self._other, other))
        ]
        if one < 0 or other < 0:
            raise differing_files("other connections", where, *names)
        is_constant = self._first.content(self._graph.tensors[one]) is not None
        has_partner = self._partners.setdefault(one, other) == other
        if has_partner and (is_constant or self._owners.setdefault(other, one) == one):
            return one
        if not is_constant:
            raise differing_files("other connections", where, *names)
        return self._copy(one, other)

    def _copy(self, one: int, other: int) -> int:
        if (one, other) not in self._copies:
            self._graph.tensors.append(copy.copy(self._graph.tensors[one]))
            self._copies[one, other] = len(self._graph.tensors) - 1
            self._partners[self._copies[one, other]] = other
        return self._copies[one, other]

    def _pair(self, index: int) -> TensorPair:
        one, other = self._graph.tensors[index], self._other.tensors[self._partners[index]]
        name = tensor_name(one)
        found = next(_differences(one, other, _TENSOR_FACTS), None)
        if found is not None:
            raise differing_files(f"another {found.field}", name, found.first, found.second)
        pair = TensorPair(
            index=index,
            name=name,
            type_name=self._first.type_name(one),
            first_shape=shape_of(one),
            second_shape=shape_of(other),
            first_content=self._first.content(one),
            second_content=self._second.content(other),
        )
        _check(pair, is_variable=one.isVariable)
        return pair


def _check(pair: TensorPair, *, is_variable: bool) -> None:
    """Refuse a tensor whose kind depends on the sizes, or whose state cannot have any size."""
    shapes = pair.first_shape, pair.second_shape
    if len(shapes[0]) != len(shapes[1]):
        raise differing_files("another rank", pair.name, *shapes)
    if (pair.first_content is None) != (pair.second_content is None):
        kinds = ["computed" if content is None else "constant" for content in pair.contents]
        raise differing_files("a constant in the place of a result", pair.name, *kinds)
    if is_variable and pair.has_dynamic_dims:
        raise not_general(
            "A state that is kept between runs has a dynamic dimension.",
            where=pair.name,
            expected="the same shape for both sizes",
            received=f"{shapes[0]} for one size, {shapes[1]} for the other",
        )


def _differences(one: Any, other: Any, fields: tuple[str, ...]) -> Iterator[Difference]:
    for field in fields:
        yield from differences(getattr(one, field), getattr(other, field), field)
