"""Follow the calls of layers in one call of their model, and change what they return."""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import attrs
import numpy as np

from litert_ir.backends import load_keras, loaded
from litert_ir.backends.keras.layers import all_layers
from litert_ir.backends.keras.tensors import is_value

CallKey = tuple[tuple[str, ...], int]
"""The path of a call, and the number of calls before it with this path."""

_CALLS = ("call", "quantized_call")
"""The methods of an operation that compute it, of which a call uses one."""


@attrs.frozen(eq=False, kw_only=True)
class LayerCall:
    """A call of a layer, or of an operation of a functional model, that has returned.

    Attributes:
        path: The names of the layers that call each other, below the model, outer before inner;
            empty for the model itself.
        occurrence: The number of calls with this path that returned before.
        layer: The layer or operation.
        inputs: The tensors among its arguments.
        outputs: The tensors that it returned, flat in Keras' order.
    """

    path: tuple[str, ...]
    occurrence: int
    layer: Any = attrs.field(repr=False)
    inputs: tuple[Any, ...] = attrs.field(repr=False)
    outputs: tuple[Any, ...] = attrs.field(repr=False)

    @property
    def key(self) -> CallKey:
        """The identity of the call, the same in each call of the model."""
        return self.path, self.occurrence


class OnReturn(Protocol):
    """Sees a call, and returns what takes the place of its outputs."""

    def __call__(self, call: LayerCall, /) -> tuple[Any, ...]:
        """Return as many tensors as the call has outputs."""


@contextlib.contextmanager
def following_calls(model: Any, on_return: OnReturn, *, symbolic: bool = False) -> Iterator[None]:
    """Follow the calls of layers in the first call of a model inside of the context.

    Calls return in the order of the network, inner layers before the ones around them, the model
    itself last. Not followed are calls in loops over time steps and inside of `TimeDistributed`,
    and calls whose results are symbolic, as in the body of a loop that is traced.

    The layers' ``call`` stands in their ``__dict__`` meanwhile.

    Args:
        model: The model, built.
        on_return: Called when a layer returns. What it returns has the shapes and types of the
            outputs; the layers that follow compute with it.
        symbolic: Whether the model is called while it is traced; results are symbolic then.
    """
    followed = _Followed(on_return, is_value if symbolic else _is_concrete)
    with contextlib.ExitStack() as restored:
        for layer in _operations(model):
            for name in _CALLS:
                if hasattr(layer, name):
                    restored.enter_context(_replaced(layer, name, followed))
        yield


def _operations(model: Any) -> list[Any]:
    """The model, its layers, and the operations of functional models, each once."""
    keras = load_keras()
    hidden = {
        id(part) for layer in all_layers(model) if _repeats(layer) for part in all_layers(layer)
    }
    layers = [model, *(layer for layer in all_layers(model) if id(layer) not in hidden)]
    own = [op for layer in layers if isinstance(layer, keras.Function) for op in layer.operations]
    return list({id(op): op for op in (*layers, *own) if id(op) not in hidden}.values())


def _repeats(layer: Any) -> bool:
    """Tell whether a layer calls others once for each time step."""
    layers = load_keras().layers
    return isinstance(layer, layers.RNN | layers.TimeDistributed)


@contextlib.contextmanager
def _replaced(layer: Any, name: str, followed: _Followed) -> Iterator[None]:
    own = vars(layer)
    before = own.get(name)
    own[name] = followed.around(layer, getattr(layer, name))
    try:
        yield
    finally:
        if before is None:
            del own[name]
        else:
            own[name] = before


class _Followed:
    """The calls that are under way."""

    def __init__(self, on_return: OnReturn, is_seen: Callable[[Any], bool]) -> None:
        self._on_return = on_return
        self._is_seen = is_seen
        self._names: list[str] = []
        self._returned: Counter[tuple[str, ...]] = Counter()
        self._is_over = False

    def around(self, layer: Any, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a layer's call that is followed."""

        @functools.wraps(call)
        def followed(*args: Any, **kwargs: Any) -> Any:
            if self._is_over:
                return call(*args, **kwargs)
            self._names.append(layer.name)
            try:
                outputs = call(*args, **kwargs)
            finally:
                path = tuple(self._names[1:])
                self._names.pop()
            self._is_over = not self._names
            return self._seen(layer, path, (args, kwargs), outputs)

        return followed

    def _seen(self, layer: Any, path: tuple[str, ...], given: Any, nested: Any) -> Any:
        tree = load_keras().tree
        outputs = tuple(tree.flatten(nested))
        if not outputs or not all(map(self._is_seen, outputs)):
            return nested
        call = LayerCall(
            path=path,
            occurrence=self._returned[path],
            layer=layer,
            inputs=tuple(leaf for leaf in tree.flatten(given) if is_value(leaf)),
            outputs=outputs,
        )
        self._returned[path] += 1
        return tree.pack_sequence_as(nested, list(self._on_return(call)))


def _is_concrete(value: Any) -> bool:
    """Tell whether this is a tensor with values, rather than a symbolic one or none."""
    if value is None or not is_value(value):
        return False
    jax = loaded("jax")
    if jax is not None and isinstance(value, jax.core.Tracer):
        return False
    return hasattr(value, "numpy") or isinstance(value, np.ndarray) or not _is_tensorflow(value)


def _is_tensorflow(value: Any) -> bool:
    tf = loaded("tensorflow")
    return tf is not None and bool(tf.is_tensor(value))
