"""Walk a graph of several files side by side and align its operators and tensors."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.schema import type_name
from litert_ir.errors import DifferingFilesError
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor
from litert_ir.stablehlo.dynamic_shapes.fixed_dimensions import differing_files, not_general
from litert_ir.stablehlo.dynamic_shapes.graph_reader import (
    Difference,
    FileView,
    differences,
    indices,
    shape_of,
    tensor_name,
)

_TENSOR_FACTS = ("type", "quantization", "isVariable", "sparsity")
_OPERATOR_FACTS = ("builtinOptions", "builtinOptions2", "customOptions")
_RESHAPE = "RESHAPE"
OUTPUTS = "the graph's outputs"
"""The name of a graph's results in messages."""


@attrs.frozen(kw_only=True, eq=False)
class Step:
    """An operator, aligned across all files.

    Attributes:
        code: Its builtin code, such as ``RESHAPE``.
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
        """Replace the operator's input at a position."""
        inputs = self.inputs
        inputs[position] = tensor
        self.replace_inputs(inputs)

    def replace_inputs(self, tensors: Sequence[int]) -> None:
        """Replace the operator's inputs."""
        self.operator.inputs = np.array(tensors, np.int32)


@attrs.frozen(kw_only=True, eq=False)
class AlignedGraph:
    """A graph of the first file, aligned with its counterparts in the others.

    Attributes:
        graph: The first file's `SubGraphT`, to be edited.
        steps: Its operators in their order.
        tensors: The tensors that it uses, by index.
    """

    graph: Any
    steps: tuple[Step, ...]
    tensors: Mapping[int, AlignedTensor]


def align(files: Sequence[FileView], index: int) -> AlignedGraph:
    """Align the operators and tensors of one graph of all files.

    A constant of the first file that stands for two of another one, because their values agree
    for one size only, is stored twice, so that each tensor has one partner in each file.

    Args:
        files: The file whose objects may be edited, then those to compare with.
        index: The index of the graph in each file.

    Raises:
        NotGeneralError: When the files have other operators, or connect them in another way.
    """
    return _Alignment(files, index).run()


class _Alignment:
    def __init__(self, files: Sequence[FileView], index: int) -> None:
        self._files = files
        self._graphs = [file.model.subgraphs[index] for file in files]
        self._graph = self._graphs[0]
        self._partners: dict[int, tuple[int, ...]] = {}
        self._owners: dict[tuple[int, int], int] = {}
        self._copies: dict[tuple[int, ...], int] = {}

    def run(self) -> AlignedGraph:
        self._check_operators()
        self._align_field(self._graphs, "inputs", "the graph's inputs")
        rows = zip(*(graph.operators or () for graph in self._graphs), strict=True)
        steps = tuple(map(self._step, rows))
        outputs = indices(self._graph.outputs)
        self._align_field(self._graphs, "outputs", OUTPUTS)
        if outputs != indices(self._graph.outputs):
            raise differing_files("other constants", OUTPUTS, outputs, self._graph.outputs)
        tensors = {index: self._tensor(index) for index in sorted(self._partners)}
        return AlignedGraph(graph=self._graph, steps=steps, tensors=tensors)

    def _check_operators(self) -> None:
        first = self._files[0]
        for other, graph in zip(self._files[1:], self._graphs[1:], strict=True):
            rows = zip_longest(self._graph.operators or (), graph.operators or ())
            for number, (one, two) in enumerate(rows):
                if one is None or two is None or first.code(one) != other.code(two):
                    labels = first.describe(one, self._graph), other.describe(two, graph)
                    raise differing_files("other operators", f"operator {number}", *labels)

    def _step(self, row: tuple[Any, ...]) -> Step:
        one, first = row[0], self._files[0]
        code, label = first.code(one), first.describe(one, self._graph)
        self._align_field(row, "inputs", label)
        self._align_field(row, "outputs", label)
        found = next(_first_differences(row, _OPERATOR_FACTS), None)
        if found is not None and code != _RESHAPE:
            raise differing_files(f"another {found.field}", label, found.first, found.second)
        return Step(code=code, label=label, operator=one, has_same_options=found is None)

    def _align_field(self, holders: Sequence[Any], field: str, where: str) -> None:
        """Align the tensors that a field of all files names; the first may get a copy instead."""
        ours, *theirs = [indices(getattr(holder, field)) for holder in holders]
        for other in theirs:
            if len(ours) != len(other):
                raise differing_files("another number of tensors", where, len(ours), len(other))
        used = [self._use(row, where) for row in zip(ours, *theirs, strict=True)]
        if used != ours:
            setattr(holders[0], field, np.array(used, np.int32))

    def _use(self, row: tuple[int, ...], where: str) -> int:
        one, others = row[0], row[1:]
        if max(row) < 0:
            return one
        if min(row) < 0:
            raise self._connected_otherwise(row, where)
        is_constant = self._files[0].content(self._graph.tensors[one]) is not None
        has_partners = self._partners.setdefault(one, others) == others
        if has_partners and (is_constant or self._owns(one, others)):
            return one
        if not is_constant:
            raise self._connected_otherwise(row, where)
        return self._copy(row)

    def _owns(self, one: int, others: tuple[int, ...]) -> bool:
        """Tell whether no other tensor of the first file has these partners."""
        return all(self._owners.setdefault(place, one) == one for place in enumerate(others))

    def _connected_otherwise(self, row: tuple[int, ...], where: str) -> DifferingFilesError:
        names = [
            tensor_name(graph.tensors[at]) if at >= 0 else "none"
            for graph, at in zip(self._graphs, row, strict=True)
        ]
        other = next((name for name in names[1:] if name != names[0]), names[-1])
        return differing_files("other connections", where, names[0], other)

    def _copy(self, row: tuple[int, ...]) -> int:
        if row not in self._copies:
            self._graph.tensors.append(copy.copy(self._graph.tensors[row[0]]))
            self._copies[row] = len(self._graph.tensors) - 1
            self._partners[self._copies[row]] = row[1:]
        return self._copies[row]

    def _tensor(self, index: int) -> AlignedTensor:
        places = (index, *self._partners[index])
        row = [graph.tensors[at] for graph, at in zip(self._graphs, places, strict=True)]
        name = tensor_name(row[0])
        found = next(_first_differences(row, _TENSOR_FACTS), None)
        if found is not None:
            raise differing_files(f"another {found.field}", name, found.first, found.second)
        tensor = AlignedTensor(
            index=index,
            name=name,
            dtype=type_name(row[0].type),
            shapes=tuple(map(shape_of, row)),
            contents=tuple(file.content(one) for file, one in zip(self._files, row, strict=True)),
        )
        _check(tensor, is_variable=row[0].isVariable)
        return tensor


def _check(tensor: AlignedTensor, *, is_variable: bool) -> None:
    """Refuse a tensor whose kind depends on the sizes, or whose state cannot have any size."""
    first, *others = tensor.shapes
    for shape in others:
        if len(first) != len(shape):
            raise differing_files("another rank", tensor.name, first, shape)
    kinds = ["computed" if content is None else "constant" for content in tensor.contents]
    for kind in kinds[1:]:
        if kind != kinds[0]:
            raise differing_files(
                "a constant in the place of a result", tensor.name, kinds[0], kind
            )
    if is_variable and tensor.has_dynamic_dims:
        raise not_general(
            "A state that is kept between runs has a dynamic dimension.",
            where=tensor.name,
            expected="the same shape for all sizes",
            received=f"{first} for one size, {others[0]} for the other",
        )


def _first_differences(row: Sequence[Any], fields: tuple[str, ...]) -> Iterator[Difference]:
    """Yield the differences of other files' objects from the first file's in some fields."""
    for other in row[1:]:
        for field in fields:
            yield from differences(getattr(row[0], field), getattr(other, field), field)
