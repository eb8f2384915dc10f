"""The state that a call changes: it must not affect the call's outputs.

A file has no state: each run starts with the values that the variables had when it was written.
That is what the model computes as long as no output depends on a variable that calls change.
Recurrent layers with dropout, for one, draw masks at inference, too, which they then do not use.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from typing import Any

import attrs

from litert_ir.backends import (
    backend_name,
    is_traced_here,
    load_keras,
    load_tensorflow,
)
from litert_ir.backends.jax.dependence import dependent_arguments
from litert_ir.backends.keras.layers import layer_paths, variable_paths
from litert_ir.backends.model_failures import call_failures
from litert_ir.backends.tensorflow.dependence import dependent_on
from litert_ir.errors import LiteRTIRError, UnsupportedModelError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.backend import ConvertibleBackend


def recording_scope(given: Sequence[tuple[Any, Any]]) -> Any:
    """A `keras.StatelessScope` that keeps the variables that were updated in it, in ``updated``.

    Keras' own keeps their ids.

    Args:
        given: Variables with the values that they have in it.
    """
    return _scopes()[0](given)


def forgetting_scope() -> Any:
    """A `keras.StatelessScope` that forgets updates.

    TensorFlow's SavedModel traces calls of its own, and reads variables after them: an update would
    by then be a tensor of a graph that no longer exists.
    """
    return _scopes()[1]()


@functools.cache
def _scopes() -> tuple[Any, Any]:
    """The classes of scopes, made on first use: their base is only known once Keras is loaded."""
    scope_class: Any = load_keras().StatelessScope

    class RecordingScope(scope_class):  # type: ignore[misc]  # keras has no type stubs
        """Records the variables that a call updates."""

        def __init__(self, given: Sequence[tuple[Any, Any]]) -> None:
            super().__init__(state_mapping=given)
            self.given = dict(self.state_mapping)
            self.written: dict[int, Any] = {}

        def add_update(self, update: tuple[Any, Any]) -> None:
            variable, _ = update
            self.written[id(variable)] = variable
            super().add_update(update)

        @property
        def updated(self) -> tuple[Any, ...]:
            """The variables whose value has changed."""
            return tuple(
                variable
                for key, variable in self.written.items()
                if self.state_mapping[key] is not self.given.get(key)
            )

    class ForgettingScope(scope_class):  # type: ignore[misc]  # keras has no type stubs
        """Discards the updates of variables."""

        def add_update(self, update: tuple[Any, Any]) -> None:
            del update

    return RecordingScope, ForgettingScope


@attrs.frozen(eq=False, kw_only=True)
class Updates:
    """The updates of state by a call.

    Attributes:
        model: The model that was called.
        variables: The updated ones.
        given: The values that the call was given for variables, by id; symbolic when tracing.
        outputs: The call's outputs, nested.
        again: Makes the call with other values for the updated variables.
    """

    model: Any
    variables: tuple[Any, ...]
    given: dict[int, Any]
    outputs: Any
    again: Callable[[Sequence[Any]], Any]

    def require_harmless(self) -> None:
        """Require outputs that depend on no updated variable.

        Dependence is unknown where a call is not traced. On the backends whose models are converted
        here, each update counts as harmful then; on others, the process that traces the model
        checks.

        Raises:
            UnsupportedModelError: With the variables, and their layers.
        """
        if not self.variables or not is_traced_here():
            return
        backend = ConvertibleBackend(backend_name())
        on_tensorflow = backend is ConvertibleBackend.TENSORFLOW
        read = self._read_in_graph() if on_tensorflow else self._read_on_jax()
        state = [item for item, is_read in zip(self.variables, read, strict=True) if is_read]
        if state:
            raise _stateful_error(self.model, [_name_of(item, self.model) for item in state])

    def _read_in_graph(self) -> Sequence[bool]:
        tf = load_tensorflow()
        if tf.executing_eagerly():
            return [True] * len(self.variables)
        graph = tf.compat.v1.get_default_graph()
        leaves = tf.nest.flatten(self.outputs, expand_composites=True)
        results = [graph.capture(leaf) for leaf in leaves if tf.is_tensor(leaf)]
        sources = [
            self.given[id(variable)]
            if id(variable) in self.given
            else graph.capture(variable.handle)
            for variable in self.variables
        ]
        return dependent_on(graph, results, sources)

    def _read_on_jax(self) -> Sequence[bool]:
        try:
            return dependent_arguments(self.again, [item.value for item in self.variables])
        except LiteRTIRError:
            raise
        except call_failures() as error:
            reraise_interruption(error)
            return [True] * len(self.variables)


def require_unread(model: Any, function: Any, written: Sequence[tuple[Any, Any]]) -> None:
    """Require results that depend on no plain `tf.Variable` that a call writes to.

    Args:
        model: The traced model.
        function: The `tf.ConcreteFunction` of its call.
        written: `HeldVariable`s, each with the placeholder of its handle.

    Raises:
        UnsupportedModelError: With the variables, and their layers.
    """
    graph = function.graph
    read = dependent_on(graph, function.outputs, [handle for _, handle in written])
    names = [held.path for (held, _), is_read in zip(written, read, strict=True) if is_read]
    if names:
        raise _stateful_error(model, names)


def _stateful_error(model: Any, names: Sequence[str]) -> UnsupportedModelError:
    known = {path for path, _ in layer_paths(model)}
    where = dict.fromkeys(_owner(name, known) or f"model {model.name!r}" for name in names)
    return UnsupportedModelError(
        "The model changes its own state while predicting, and its outputs depend on that, which "
        "a LiteRT file cannot do; it is not supported for export.",
        where=", ".join(where),
        expected="outputs that depend on no variable that a call updates",
        received=f"{len(names)} updated variable(s): {', '.join(names)}",
        advice="make the state an input and an output of the model; leave out random numbers and "
        "stateful=True of recurrent layers",
    )


def _owner(name: str, layers: Collection[str]) -> str:
    """The path of the innermost layer that a variable's path goes through."""
    owner = name.rpartition("/")[0]
    while owner and owner not in layers:
        owner = owner.rpartition("/")[0]
    return owner


def _name_of(variable: Any, model: Any) -> str:
    """The path of a variable; Keras does not track the states of recurrent layers."""
    tracked = variable_paths(model).get(id(variable))
    if tracked is not None:
        return tracked
    owner, _, name = variable.path.rpartition("/")
    ends = (path for path, _ in layer_paths(model) if f"/{path}".endswith(f"/{owner}"))
    return f"{next(ends, owner)}/{name}" if owner else name
