"""The custom classes and functions that a saved model's configuration names."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from litert_ir.backends import load_keras
from litert_ir.backends.keras.layers import all_layers

MAIN = "__main__"


class Kind(enum.Enum):
    """The kind of a referenced object."""

    CLASS = "class"
    FUNCTION = "function"


@attrs.frozen(kw_only=True)
class Reference:
    """A class or function that loading the model needs and Keras does not define.

    Attributes:
        kind: A class or a function.
        name: Its name in its module.
        registered_name: The name by which Keras looks it up.
        module: The module that it is in; None where that is not known.
    """

    kind: Kind
    name: str
    registered_name: str
    module: str | None

    def __str__(self) -> str:
        return f"the {self.kind.value} {self.name!r} of {self.module or 'an unknown module'}"


def references_of(config: Any, model: Any) -> tuple[Reference, ...]:
    """All references, each once, in the order in which they are met.

    Args:
        config: What Keras wrote to ``config.json``. It says in which module a class is, but
            not in which a function is.
        model: The model that was saved, whose layers have the functions as attributes.
    """
    functions = {function.__name__: function for function in _functions_of(model)}
    found = dict.fromkeys(_walk(config, functions))
    return tuple(reference for reference in found if not _is_of_keras(reference.module))


def lost_names(model: Any) -> tuple[str, ...]:
    """The globals that the model's lambdas use: Keras saves a lambda's code alone."""
    lambdas = (
        function
        for function in _functions_of(model)
        if function.__name__ == "<lambda>" and not _is_of_keras(function.__module__)
    )
    return tuple(sorted({name for f in lambdas for name in inspect.getclosurevars(f).globals}))


def _walk(config: Any, functions: Mapping[str, Any]) -> Iterator[Reference]:
    if isinstance(config, Mapping):
        match config:
            case {"class_name": "function", "config": str(name)}:
                yield _function(name, functions)
            case {"class_name": str(name), "module": None | str() as module}:
                yield Reference(
                    kind=Kind.CLASS,
                    name=name,
                    registered_name=config.get("registered_name") or name,
                    module=module or MAIN,  # Keras writes None for it
                )
            case _:
                pass
        config = config.values()
    if isinstance(config, Iterable) and not isinstance(config, str):
        for item in config:
            yield from _walk(item, functions)


def _function(name: str, functions: Mapping[str, Any]) -> Reference:
    registered = load_keras().saving.get_registered_object(name)
    function = functions.get(name) if registered is None else registered
    return Reference(
        kind=Kind.FUNCTION,
        name=getattr(function, "__name__", name),
        registered_name=name,
        module=getattr(function, "__module__", None),
    )


def _functions_of(model: Any) -> Iterator[Any]:
    """Functions that a layer has as an attribute, such as an activation."""
    for layer in (model, *all_layers(model)):
        yield from filter(inspect.isfunction, vars(layer).values())


def _is_of_keras(module: str | None) -> bool:
    return module is not None and module.partition(".")[0] == "keras"
