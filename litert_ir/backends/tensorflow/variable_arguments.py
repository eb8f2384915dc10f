"""Let a graph that reads variables take their values as arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from litert_ir.backends import load_tensorflow

PROMOTE = "tf-promote-var-handles-to-args,tf-promote-resources-to-args"
"""TensorFlow's passes: handles that a function makes become arguments, behind the others, and
these the values of what they stand for."""

_GATHERS = {"ResourceGather": "GatherV2", "ResourceGatherNd": "GatherNd"}
"""Ops that read a variable at once, which the passes leave, and those that read a value."""
_WRITES = frozenset({"AssignAddVariableOp", "AssignSubVariableOp", "AssignVariableOp"})
"""Ops that change a variable; others are left to TensorFlow's converter, which refuses them."""
_AXIS, _READ, _HELD = "lir_axis", "lir_read", "lir_held"
_ARGUMENT = re.compile(rf'tf.resource_name = "{_HELD}_(\d+)"')


def with_own_handles(function: Any, variables: Mapping[int, Any]) -> Any:
    """A copy of a function that makes the handles of variables instead of capturing them.

    It is meant for a lowering: run by itself, it would read variables without a value.

    Args:
        function: A `tf.ConcreteFunction`.
        variables: `HeldVariable`s by the ids of their handles, among what it captures.

    Returns:
        A `tf.ConcreteFunction`. It takes what the other one does; `PROMOTE` gives its module one
        more argument for each variable that is read: see `places_of_arguments`.
    """
    return _copy(function, _without_resource_gathers(function.graph.as_graph_def()), variables)


def without_writes(function: Any) -> Any:
    """A copy of a function that writes to no variable outside of loops, branches and calls."""
    definition = function.graph.as_graph_def()
    written = {node.name for node in definition.node if node.op in _WRITES}
    kept = [node for node in definition.node if node.name not in written]
    for node in kept:
        inputs = [name for name in node.input if name.removeprefix("^") not in written]
        del node.input[:]
        node.input.extend(inputs)
    copied = type(definition)(library=definition.library, versions=definition.versions, node=kept)
    return _copy(function, copied, {})


def written_variables(function: Any, variables: Mapping[int, Any]) -> list[tuple[Any, Any]]:
    """The variables that a function writes to outside of loops, branches and calls.

    Args:
        function: A `tf.ConcreteFunction`.
        variables: `HeldVariable`s by the ids of their handles, among what it captures.

    Returns:
        Each with the placeholder of its handle.
    """
    written = {op.inputs[0].name for op in function.graph.get_operations() if op.type in _WRITES}
    return [
        (variables[id(outside)], inside)
        for outside, inside in function.graph.captures
        if id(outside) in variables and inside.name in written
    ]


def _copy(function: Any, definition: Any, variables: Mapping[int, Any]) -> Any:
    """A function of a graph that is made of another function's."""
    tf = load_tensorflow()
    count = len(function.inputs) - len(function.captured_inputs)
    arguments, inner = function.inputs[:count], function.inputs[count:]

    def run(*flat: Any) -> Any:
        graph = tf.compat.v1.get_default_graph()
        given = dict(zip((item.name for item in arguments), flat, strict=True))
        for place, (item, tensor) in enumerate(zip(inner, function.captured_inputs, strict=True)):
            held = variables.get(id(tensor))
            given[item.name] = (
                graph.capture(tensor) if held is None else handle_of(held.value, place)
            )
        names = [tensor.name for tensor in function.outputs]
        return tf.graph_util.import_graph_def(definition, given, names, name="")

    specs = [
        tf.TensorSpec(item.shape, item.dtype, name=f"lir_given_{place}")
        for place, item in enumerate(arguments)
    ]
    return tf.function(run, autograph=False).get_concrete_function(*specs)


def handle_of(variable: Any, place: int) -> Any:
    """A new handle in the current graph, of the variable's type and shape; it has no value.

    Args:
        variable: A `tf.Variable`.
        place: Its place in what a function captures, by which `places_of_arguments` tells it.
    """
    name = f"{_HELD}_{place}"
    return load_tensorflow().raw_ops.VarHandleOp(
        dtype=variable.dtype, shape=variable.shape, shared_name=name, name=name
    )


def places_of_arguments(module: str) -> tuple[int, ...]:
    """Return the captured variables that became arguments of ``main``, in order.

    TensorFlow's passes drop those that are not read.

    Args:
        module: The text of a module after `PROMOTE`.
    """
    _, _, main = module.partition("@main(")
    return tuple(map(int, _ARGUMENT.findall(main.partition("\n")[0])))


def _without_resource_gathers(definition: Any) -> Any:
    """A graph that reads a variable before it gathers from it, outside of functions."""
    _gather_from_values(definition.node)
    return definition


def _gather_from_values(nodes: Any) -> None:
    """Change nodes in place; a lookup goes along the first dimension behind those of a batch."""
    for node in [node for node in nodes if node.op in _GATHERS]:
        handle, indices, *control = node.input
        kind = node.attr["dtype"].type
        read = nodes.add(op="ReadVariableOp", name=f"{node.name}/{_READ}", input=[handle])
        read.attr["dtype"].type = kind
        operands = [read.name, indices]
        if node.op == "ResourceGather":
            axis = _axis(nodes, f"{node.name}/{_AXIS}", node.attr["batch_dims"].i)
            node.attr["Taxis"].type = axis.attr["dtype"].type
            operands.append(axis.name)
        for name in ("dtype", "validate_indices"):
            node.attr.pop(name, None)
        node.attr["Tparams"].type = kind
        node.op = _GATHERS[node.op]
        del node.input[:]
        node.input.extend([*operands, *control])


def _axis(nodes: Any, name: str, axis: int) -> Any:
    tf = load_tensorflow()
    node = nodes.add(op="Const", name=name)
    node.attr["dtype"].type = tf.int32.as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(axis, tf.int32))
    return node
