"""The partitions of a file that a delegate runs, and the operators between them, as measured."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version

import attrs

from litert_ir.backends.packages import INTERPRETER
from litert_ir.inspection.contents import Operator, Subgraph
from litert_ir.inspection.operator_layers import FileLayers
from litert_ir.runtime.delegate_nodes import DelegateNode


@attrs.frozen(kw_only=True)
class PlacedOperator:
    """An operator and where it runs.

    Attributes:
        index: Its place in the subgraph.
        name: Its name.
        layers: The paths of its layers.
        partition: The number of its partition, from 1 on; None where LiteRT's own kernel runs it.
    """

    index: int
    name: str
    layers: tuple[str, ...]
    partition: int | None


@attrs.frozen(kw_only=True)
class Step:
    """A part of a run: one partition, or the operators between two of them.

    Attributes:
        partition: The number of the partition; None where LiteRT's own kernels run.
        operators: The operators, in their order.
    """

    partition: int | None
    operators: tuple[PlacedOperator, ...]

    @property
    def counts(self) -> str:
        """The operators by name, such as ``2 x MUL, SUM``, the most frequent first."""
        return counted(each.name for each in self.operators)

    @property
    def layers(self) -> tuple[str, ...]:
        """The paths of the layers, each once."""
        return tuple(dict.fromkeys(layer for each in self.operators for layer in each.layers))


@attrs.frozen(kw_only=True)
class SubgraphPlacement:
    """The operators of a subgraph, by what runs them.

    Attributes:
        subgraph: Its number.
        steps: Partitions, and the operators between them, in an order in which they can run.
    """

    subgraph: int
    steps: tuple[Step, ...]

    @property
    def partitions(self) -> int:
        """The number of partitions that XNNPACK runs."""
        return sum(step.partition is not None for step in self.steps)

    @property
    def operators(self) -> tuple[PlacedOperator, ...]:
        """All operators, in the order of the file."""
        found = (each for step in self.steps for each in step.operators)
        return tuple(sorted(found, key=lambda each: each.index))


@attrs.frozen(kw_only=True)
class Delegation:
    """The operators of a file, by what runs them on this machine.

    Attributes:
        subgraphs: The subgraphs that the interpreter could load; others than the first one are
            loaded as if they were the first.
        how: How it was measured.
    """

    subgraphs: tuple[SubgraphPlacement, ...]
    how: str

    @property
    def partitions(self) -> int:
        """The number of partitions that XNNPACK runs."""
        return sum(each.partitions for each in self.subgraphs)

    @property
    def operators(self) -> tuple[PlacedOperator, ...]:
        """All operators, in the order of the file."""
        return tuple(operator for each in self.subgraphs for operator in each.operators)

    @property
    def delegated(self) -> int:
        """The number of operators that XNNPACK runs."""
        return sum(each.partition is not None for each in self.operators)

    @property
    def outside(self) -> tuple[PlacedOperator, ...]:
        """The operators that LiteRT's own kernels run."""
        return tuple(each for each in self.operators if each.partition is None)

    @property
    def summary(self) -> str:
        """The numbers as text."""
        of_all = f"{self.delegated} of {number_of(len(self.operators), 'operator')}"
        partitions = number_of(self.partitions, "XNNPACK partition")
        return f"{of_all} in {partitions} ({self.how})"


def number_of(count: int, name: str) -> str:
    """Count things.

    Example:
        >>> number_of(1, "operator"), number_of(0, "operator")
        ('1 operator', '0 operators')
    """
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def how_measured() -> str:
    """Return how the delegation is measured, with the runtime's version."""
    return f"measured here, {INTERPRETER.name} {version(INTERPRETER.name)}"


def counted(names: Iterable[str]) -> str:
    """Count names.

    Example:
        >>> counted(["ADD", "MUL", "MUL"])
        '2 x MUL, ADD'
    """
    return ", ".join(
        f"{count} x {name}" if count > 1 else name for name, count in Counter(names).most_common()
    )


def placement_of(
    graph: Subgraph, layers: FileLayers, nodes: Sequence[DelegateNode]
) -> SubgraphPlacement:
    """Place the operators of a subgraph.

    Args:
        graph: The subgraph.
        layers: The file's layers.
        nodes: The partitions that the interpreter made of it.
    """
    members = [_members(graph, node) for node in nodes]
    partition_of = {index: number for number, found in enumerate(members) for index in found}
    units = [sorted(found) for found in members]
    units += [[each.index] for each in graph.operators if each.index not in partition_of]
    order = _in_order(graph, units)
    numbers: dict[int, int] = {}
    for unit in order:
        if unit < len(members):
            numbers[unit] = len(numbers) + 1
    placed = [
        PlacedOperator(
            index=index,
            name=graph.operators[index].name,
            layers=layers.of_operator[graph.index, index],
            partition=numbers.get(unit),
        )
        for unit in order
        for index in units[unit]
    ]
    return SubgraphPlacement(subgraph=graph.index, steps=tuple(_steps(placed)))


def _members(graph: Subgraph, node: DelegateNode) -> set[int]:
    """Return the operators of a partition: those that compute its outputs from its inputs.

    What a partition reads and does not compute itself is one of its inputs, so that the search
    backward from its outputs finds all members whose results are used.
    """
    producers = {index: each for each in graph.operators for index in each.outputs}
    members: set[int] = set()
    waiting = [index for index in node.outputs if index in producers]
    while waiting:
        operator = producers[waiting.pop()]
        if operator.index not in members:
            members.add(operator.index)
            waiting += _computed_inside(operator, node, producers)
    return members


def _computed_inside(
    operator: Operator, node: DelegateNode, producers: Mapping[int, Operator]
) -> Iterator[int]:
    return (each for each in operator.inputs if each in producers and each not in node.inputs)


def _in_order(graph: Subgraph, units: Sequence[Sequence[int]]) -> list[int]:
    """Order the units, each as soon as its inputs are there, the one that begins first first."""
    unit_of = {operator: unit for unit, found in enumerate(units) for operator in found}
    producers = {i: unit_of[each.index] for each in graph.operators for i in each.outputs}
    needs: dict[int, set[int]] = {}
    feeds: defaultdict[int, set[int]] = defaultdict(set)
    for unit, found in enumerate(units):
        read = (index for operator in found for index in graph.operators[operator].inputs)
        needs[unit] = {producers[index] for index in read if index in producers} - {unit}
        for other in needs[unit]:
            feeds[other].add(unit)
    ready = [(min(units[unit], default=0), unit) for unit, found in needs.items() if not found]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, unit = heapq.heappop(ready)
        order.append(unit)
        for other in feeds[unit]:
            needs[other].discard(unit)
            if not needs[other]:
                heapq.heappush(ready, (min(units[other]), other))
    return order


def _steps(placed: Iterable[PlacedOperator]) -> Iterator[Step]:
    """Join operators that follow each other and run in the same place."""
    gathered: list[PlacedOperator] = []
    for each in placed:
        if gathered and gathered[0].partition != each.partition:
            yield Step(partition=gathered[0].partition, operators=tuple(gathered))
            gathered = []
        gathered.append(each)
    if gathered:
        yield Step(partition=gathered[0].partition, operators=tuple(gathered))
