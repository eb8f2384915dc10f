"""Call a model layer by layer on the tensors of a file.

Each layer computes from what the file computed before it, so that its result differs from the
file's by what the layer adds to the error, and by nothing that piled up before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.layer_calls import CallKey, LayerCall, following_calls
from litert_ir.backends.keras.tensors import array_of, tensor_of
from litert_ir.explanation.matching import Matching, ReadTensor, Result
from litert_ir.ir.plan import OUTPUTS, ExportPlan
from litert_ir.visitors.flatten import flatten

Array = NDArray[Any]


@attrs.frozen
class ModelCalls:
    """The calls of a model's layers, as one inference makes them.

    Attributes:
        layers: The layer of each call, in the order in which the calls return.
        outputs: The results that are the model's outputs, each with the output's name in the plan.
    """

    layers: Mapping[CallKey, Any]
    outputs: Mapping[Result, str]

    @property
    def keys(self) -> tuple[CallKey, ...]:
        """The calls, in the order in which they return."""
        return tuple(self.layers)


@attrs.frozen(kw_only=True)
class Seen:
    """A result of a layer that the file has, too.

    Attributes:
        result: The call and the place of the result.
        layers: The calls that lead to it from other tensors of the file, in order; the call
            itself is the last one.
        model: What the layer computes.
        file: What the file has.
    """

    result: Result
    layers: tuple[CallKey, ...]
    model: Array
    file: Array


def model_calls(call: InferenceCall, plan: ExportPlan, flat: Sequence[Array]) -> ModelCalls:
    """Run a model once, and list the calls of its layers."""
    layers: dict[CallKey, Any] = {}
    places: dict[int, Result] = {}
    held: list[Any] = []

    def see(made: LayerCall) -> tuple[Any, ...]:
        layers[made.key] = made.layer
        held.extend(made.outputs)
        for place, leaf in enumerate(made.outputs):
            places.setdefault(id(leaf), (made.key, place))
        return made.outputs

    nested = _inference(call, flat, see)
    leaves = zip(plan.output_leaves, flatten(plan.outputs, nested, OUTPUTS), strict=True)
    named = {places[id(value)]: leaf.spec.name for leaf, value in leaves if id(value) in places}
    return ModelCalls(layers, named)


def reference_results(
    call: InferenceCall, flat: Sequence[Array], wanted: Callable[[Result, Array], None]
) -> None:
    """Run a model, and hand over each result of its layers.

    Args:
        call: The model's call.
        flat: The inputs.
        wanted: Called with each result and its values.
    """

    def see(made: LayerCall) -> tuple[Any, ...]:
        for place, leaf in enumerate(made.outputs):
            wanted((made.key, place), array_of(leaf))
        return made.outputs

    _inference(call, flat, see)


def model_outputs(
    call: InferenceCall,
    plan: ExportPlan,
    flat: Sequence[Array],
    errors: Mapping[Result, Array],
) -> tuple[Array, ...]:
    """Run a model with errors added to results of its layers.

    Args:
        call: The model's call.
        plan: The plan of the outputs.
        flat: The inputs.
        errors: What is added to each result.

    Returns:
        The outputs, in the plan's order.
    """

    def see(made: LayerCall) -> tuple[Any, ...]:
        return tuple(
            leaf
            if (made.key, place) not in errors
            else leaf + tensor_of(errors[made.key, place].astype(array_of(leaf).dtype))
            for place, leaf in enumerate(made.outputs)
        )

    nested = _inference(call, flat, see)
    return tuple(array_of(leaf) for leaf in call.leaves(nested, plan.outputs))


_SETTLED_ALONE = 8
"""The runs in which one doubtful tensor is decided on, before all that are left are at once."""


class Replay:
    """A run of a model in which the file's tensors take the place of its layers' results.

    Args:
        call: The model's call.
        matching: The tensors of the results.
    """

    def __init__(self, call: InferenceCall, matching: Matching) -> None:
        self._call = call
        self._matching = matching

    def run(self, flat: Sequence[Array], read: ReadTensor) -> list[Seen]:
        """Run once.

        Args:
            flat: The inputs that the file computed with, of real values.
            read: Reads the file's tensors after its run on these inputs.
        """
        left = _SETTLED_ALONE
        while True:
            once = _Pass(self._matching, read)
            _inference(self._call, flat, once.returned, once.given)
            if not self._matching.settle(at_once=left <= 0):
                return once.seen
            left -= 1


class _Pass:
    """One run: what is known of each tensor on the way."""

    def __init__(self, matching: Matching, read: ReadTensor) -> None:
        self._matching = matching
        self._read = read
        self.seen: list[Seen] = []
        self._behind: dict[int, tuple[CallKey, ...]] = {}
        """The calls between a tensor, by its id, and the file's tensors before it."""
        self._unused: dict[int, tuple[CallKey, ...]] = {}
        """The same of those results that no call has taken so far."""
        self._held: list[Any] = []
        """The tensors, which keep their ids as long as they are held."""

    def given(self, tensors: Sequence[Any]) -> None:
        """Note the inputs."""
        for tensor in tensors:
            self._note(tensor, ())

    def returned(self, call: LayerCall) -> tuple[Any, ...]:
        """Compare the results of a call, and return the file's in their place."""
        if all(id(leaf) in self._behind for leaf in call.outputs):
            return call.outputs
        layers = (*self._layers_before(call), call.key)
        return tuple(
            leaf if id(leaf) in self._behind else self._result(call, place, leaf, layers)
            for place, leaf in enumerate(call.outputs)
        )

    def _result(self, call: LayerCall, place: int, leaf: Any, layers: tuple[CallKey, ...]) -> Any:
        computed = array_of(leaf)
        result = (call.key, place)
        match = self._matching.of(result, layers, computed, self._read)
        values = None if match is None else match.values(self._read, computed.shape)
        if values is None:
            self._note(leaf, layers)
            self._unused[id(leaf)] = layers
            return leaf
        self.seen.append(Seen(result=result, layers=layers, model=computed, file=values))
        own = tensor_of(values.astype(computed.dtype))
        self._note(own, ())
        return own

    def _layers_before(self, call: LayerCall) -> tuple[CallKey, ...]:
        """Return the calls between a call and the file's tensors.

        What a layer's own code computes of the results of others is not known by itself: it counts
        as computed of all those in the same layer that no call has taken.
        """
        found: dict[CallKey, None] = {}
        is_known = True
        for tensor in call.inputs:
            is_known = is_known and id(tensor) in self._behind
            found.update(dict.fromkeys(self._behind.get(id(tensor), ())))
            self._unused.pop(id(tensor), None)
        around = call.path if is_known else call.path[:-1]
        for key, layers in list(self._unused.items()):
            path = layers[-1][0]
            if path[: len(around)] == around and path != call.path:
                found.update(dict.fromkeys(layers))
                del self._unused[key]
        return tuple(found)

    def _note(self, tensor: Any, layers: tuple[CallKey, ...]) -> None:
        self._behind[id(tensor)] = layers
        self._held.append(tensor)


def _inference(
    call: InferenceCall,
    flat: Sequence[Array],
    see: Callable[[LayerCall], tuple[Any, ...]],
    given: Callable[[Sequence[Any]], None] = lambda _: None,
) -> Any:
    specs = call.signature.tensors
    tensors = [tensor_of(array, spec.dtype.value) for array, spec in zip(flat, specs, strict=True)]
    given(tensors)
    with following_calls(call.model, see):
        return call(tensors)
