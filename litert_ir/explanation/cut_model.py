"""A part of a Keras model as a model of its own: from some results of its layers to another one."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_keras
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.layer_calls import LayerCall, following_calls
from litert_ir.explanation.matching import Result

Array = NDArray[Any]


@attrs.frozen(kw_only=True)
class CutPlaces:
    """The places where a model is cut.

    Attributes:
        inputs: The model's own inputs that the part takes, by their places among the flat ones.
        results: The results of layers that it takes.
        end: The result that it computes.
    """

    inputs: tuple[int, ...]
    results: tuple[Result, ...]
    end: Result


def cut_model(call: InferenceCall, places: CutPlaces, unused: Sequence[Array]) -> Any:
    """Make a Keras model of a part of another one; it shares the weights.

    It is called with a dict of tensors: `cut_inputs` gives such. When it is traced, the rest of
    the model is traced with it and left out of the graph, as nothing depends on it.

    Args:
        call: The call of the whole model.
        places: Where it is cut.
        unused: An array for each flat input of the model; those that the part does not take stand
            for nothing but their shape and type.
    """
    return _cut_class()(call, places, unused)


def cut_inputs(
    places: CutPlaces, flat: Sequence[Array], results: Mapping[Result, Array]
) -> dict[str, Array]:
    """Return the inputs of a part, by name.

    Args:
        places: Where the model is cut.
        flat: The model's flat inputs.
        results: The results of its layers on them.
    """
    own = {_input_name(place): flat[place] for place in places.inputs}
    return own | {_name(at): results[each] for at, each in enumerate(places.results)}


def _input_name(place: int) -> str:
    return f"input_{place}"


def _name(place: int) -> str:
    return f"result_{place}"


@functools.cache
def _cut_class() -> Any:
    """The class, made on first use: its base is only known once Keras is loaded."""
    model_class: Any = load_keras().Model

    class CutModel(model_class):  # type: ignore[misc]  # keras has no type stubs
        """A part of a model."""

        def __init__(self, call: InferenceCall, places: CutPlaces, unused: Sequence[Array]) -> None:
            super().__init__(name="cut")
            self.whole = call.model
            self._whole_call = call
            self._places = places
            self._unused = tuple(np.zeros_like(array) for array in unused)
            self.built = True

        def call(self, inputs: dict[str, Any]) -> Any:
            given = {each: inputs[_name(at)] for at, each in enumerate(self._places.results)}
            end, place = self._places.end
            found: list[Any] = []

            def see(made: LayerCall) -> tuple[Any, ...]:
                outputs = tuple(
                    given.get((made.key, at), leaf) for at, leaf in enumerate(made.outputs)
                )
                if made.key == end:
                    found.append(outputs[place])
                return outputs

            flat = [inputs.get(_input_name(at), array) for at, array in enumerate(self._unused)]
            convert = load_keras().ops.convert_to_tensor
            with following_calls(self.whole, see, symbolic=True):
                self._whole_call.unscoped([convert(each) for each in flat])
            return found[0]

    return CutModel
