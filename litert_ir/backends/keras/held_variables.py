"""Plain `tf.Variable`s of a model, which Keras does not track: the file has them as weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from litert_ir.backends import loaded
from litert_ir.backends.keras.layers import layer_paths

_BOOKKEEPING = "_self_"
"""The prefix of TensorFlow's attributes for checkpoints; each variable is found elsewhere, too."""
_NUMBERS = ("bfloat16", "bool", "float", "int", "uint")


@attrs.frozen(eq=False)
class HeldVariable:
    """A `tf.Variable` with the interface of a Keras variable, as far as it is used.

    Attributes:
        value: The `tf.Variable`.
        path: Its place in the model, or its own name where no layer holds it.
    """

    value: Any
    path: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(map(int, self.value.shape))

    @property
    def dtype(self) -> str:
        """Its type, by numpy's name."""
        return str(self.value.dtype.name)


def held_variables(model: Any) -> tuple[HeldVariable, ...]:
    """The `tf.Variable`s in attributes of a model and its layers, each once.

    Lists, dicts and `tf.Module`s are looked into.

    Args:
        model: The model, on any backend of Keras.
    """
    tf = loaded("tensorflow")
    if tf is None:
        return ()
    found: dict[int, HeldVariable] = {}
    for prefix, layer in (("", model), *((f"{path}/", part) for path, part in layer_paths(model))):
        for name, value in vars(layer).items():
            if not name.startswith(_BOOKKEEPING):
                for path, variable in _below(tf, value, f"{prefix}{name}"):
                    found.setdefault(id(variable), HeldVariable(variable, path))
    return tuple(item for item in found.values() if is_weight(item.value))


def _below(tf: Any, value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tf.Variable):
        yield path, value
    elif isinstance(value, tf.Module) and not hasattr(value, "call"):
        yield from ((f"{path}/{_name(variable)}", variable) for variable in value.variables)
    elif isinstance(value, Mapping):
        for key, item in list(value.items()):
            yield from _below(tf, item, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _below(tf, item, f"{path}/{index}")


def is_weight(variable: Any) -> bool:
    """Tell whether a `tf.Variable` is a tensor of numbers with a fixed shape."""
    is_number = variable.dtype.name.startswith(_NUMBERS)
    return is_number and bool(variable.shape.is_fully_defined())


def captured_variables(function: Any, model: Any) -> dict[int, HeldVariable]:
    """The variables that a `tf.ConcreteFunction` has captured, by the ids of their handles.

    They are in the order of the captured inputs.

    Args:
        function: The function.
        model: Knows their paths.
    """
    read = {id(item.handle): item for item in function.graph.variables}
    captured = [read[id(tensor)] for tensor in function.captured_inputs if id(tensor) in read]
    if not captured:
        return {}
    known = {id(item.value): item for item in held_variables(model)}
    return {
        id(item.handle): known.get(id(item), HeldVariable(item, _name(item)))
        for item in captured
        if is_weight(item)
    }


def _name(variable: Any) -> str:
    return str(variable.name).partition(":")[0]
