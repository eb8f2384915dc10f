"""The dependences between tensors of a TensorFlow graph, through loops and calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

_BODIES = ("f", "then_branch", "else_branch", "branches")
"""The attributes in which calls and branches name their functions."""
_SELECTED = frozenset({"Case", "If", "StatelessCase", "StatelessIf"})
"""Ops whose first input selects the function to call with the others."""
_LOOPS = frozenset({"StatelessWhile", "While"})

_BODIES_OF_LOOPS = ("body", "cond")

Tensor = tuple[str, int]
"""The name of a node and the place among its outputs."""


def dependent_on(graph: Any, results: Sequence[Any], tensors: Sequence[Any]) -> tuple[bool, ...]:
    """Tell for each of some tensors whether a result depends on it.

    Dead code does not count, neither in the graph nor in the bodies of its loops, branches and
    calls. Every output of another op depends on all of the op's inputs.

    Args:
        graph: The `tf.Graph` of all of them; it may be in the making.
        results: Tensors.
        tensors: Others, such as placeholders.
    """
    reached = _Walk.of(graph).reached(_tensor(tensor.name) for tensor in results)
    return tuple(_tensor(tensor.name) in reached for tensor in tensors)


def live_nodes(graph: Any, results: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The nodes that results depend on, each with its scope.

    Those of loops, branches and calls follow the node that they are in, whose scope stands before
    theirs; each body counts with all of its results.

    Args:
        graph: The `tf.Graph`.
        results: Tensors of it.

    Returns:
        Names such as ``model/layer/while/Where``, and `NodeDef` messages.
    """
    return _Walk.of(graph).live([_tensor(tensor.name) for tensor in results], "")


def _tensor(reference: str) -> Tensor:
    """``add``, ``add:1``, or, inside of a function, ``add:z:1``."""
    name, _, output = reference.partition(":")
    return name, int(output.rpartition(":")[2] or 0)


@attrs.frozen(eq=False)
class _Walk:
    """A walk from results to what they depend on.

    Attributes:
        functions: The library, by name.
        nodes: Of the graph or function that is walked through, by name.
    """

    functions: dict[str, Any]
    nodes: dict[str, Any]

    @classmethod
    def of(cls, graph: Any) -> _Walk:
        """A walk through a graph."""
        definition = graph.as_graph_def()
        functions = {item.signature.name: item for item in definition.library.function}
        return cls(functions, {node.name: node for node in definition.node})

    def live(self, results: Iterable[Tensor], scope: str) -> Iterator[tuple[str, Any]]:
        """The nodes behind results, those of bodies included."""
        names = dict.fromkeys(name for name, _ in sorted(self.reached(results)))
        for node in (self.nodes[name] for name in names if name in self.nodes):
            yield f"{scope}{node.name}", node
            for function in self._functions(node, (*_BODIES, *_BODIES_OF_LOOPS)):
                returned = [_tensor(source) for source in function.ret.values()]
                yield from self._inside(function).live(returned, f"{scope}{node.name}/")

    def reached(self, results: Iterable[Tensor]) -> set[Tensor]:
        """The results and all tensors that they depend on."""
        found: set[Tensor] = set()
        waiting = list(results)
        while waiting:
            tensor = waiting.pop()
            if tensor in found:
                continue
            found.add(tensor)
            node = self.nodes.get(tensor[0])
            if node is not None:
                waiting.extend(self._read(node, tensor[1]))
        return found

    def _read(self, node: Any, output: int) -> Iterator[Tensor]:
        """The inputs that one output of a node depends on."""
        inputs = [_tensor(name) for name in node.input if not name.startswith("^")]
        if node.op in _LOOPS:
            return (inputs[place] for place in self._looped(node, output))
        bodies = self._functions(node, _BODIES)
        if not bodies:
            return iter(inputs)
        first = 1 if node.op in _SELECTED else 0
        places = {first + place for body in bodies for place in self._arguments(body, output)}
        return (inputs[place] for place in sorted({*range(first), *places}))

    def _functions(self, node: Any, attributes: Sequence[str]) -> list[Any]:
        """The functions that a node calls."""
        called = (name for attribute in attributes for name in _called(node, attribute))
        return [self.functions[name] for name in called if name in self.functions]

    def _inside(self, function: Any) -> _Walk:
        return _Walk(self.functions, {node.name: node for node in function.node_def})

    def _arguments(self, function: Any, output: int) -> set[int]:
        """The places of the arguments that one result of a function depends on."""
        result = function.signature.output_arg[output].name
        reached = self._inside(function).reached([_tensor(function.ret[result])])
        names = [argument.name for argument in function.signature.input_arg]
        return {place for place, name in enumerate(names) if (name, 0) in reached}

    def _looped(self, node: Any, output: int) -> set[int]:
        """The places of the variables that one of them depends on after any number of rounds."""
        body, condition = (self.functions[node.attr[name].func.name] for name in ("body", "cond"))
        found: set[int] = set()
        waiting = {output, *self._arguments(condition, 0)}
        while waiting:
            place = waiting.pop()
            found.add(place)
            waiting |= self._arguments(body, place) - found
        return found


def _called(node: Any, attribute: str) -> list[str]:
    """The names of the functions that an attribute of a node holds."""
    if attribute not in node.attr:
        return []
    value = node.attr[attribute]
    functions = [value.func] if value.HasField("func") else value.list.func
    return [function.name for function in functions if function.name]
