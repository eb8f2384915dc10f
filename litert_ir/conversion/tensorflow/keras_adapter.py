"""The adapter as a Keras model: flat named inputs around the user's nested model."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from litert_ir.backends import load_keras
from litert_ir.backends.keras.inference import INPUT_WIRE
from litert_ir.conversion.tensorflow.flat_call import FlatCall
from litert_ir.ir.plan import ExportPlan


def adapter_model(plan: ExportPlan, model: Any) -> Any:
    """A functional model that takes the plan's inputs as a list, and gives its outputs as a dict.

    Inputs have the order and the names of the file, outputs its names. The variables are the
    model's own objects: assigning one is seen by both, and none is copied. The user's model is
    called inside a layer, so no node is added to it.

    Args:
        plan: Says what the flat tensors are and how they nest.
        model: The model the plan was lowered from.

    Raises:
        ValueError: When Keras does not accept a name of an input, such as one with a slash.

    Example:
        ``adapter_model(plan, model)([token_ids, padding_mask])["logits"]``
    """
    return _flat_model(FlatCall.of(plan, model), [spec.name for spec in plan.inputs])


def wire_model(plan: ExportPlan, model: Any) -> Any:
    """`adapter_model` with names that TensorFlow's converter takes and keeps in order."""
    names = [INPUT_WIRE.format(index) for index in range(len(plan.inputs))]
    return _flat_model(FlatCall.on_wires(plan, model), names)


def _flat_model(flat_call: FlatCall, input_names: Sequence[str]) -> Any:
    keras = load_keras()
    inputs = [
        keras.Input(batch_shape=spec.sizes, dtype=spec.dtype.value, name=name)
        for name, spec in zip(input_names, flat_call.plan.inputs, strict=True)
    ]
    layer = _adapter_layer_class()(flat_call)
    return keras.Model(inputs, layer(*inputs), name="litert_adapter")


@functools.cache
def _adapter_layer_class() -> Any:
    """Make the class on first use: its base is only known once Keras is loaded."""
    keras = load_keras()
    layer_class: Any = keras.layers.Layer

    class AdapterLayer(layer_class):  # type: ignore[misc]  # keras has no type stubs
        """Calls the wrapped model on flat tensors."""

        def __init__(self, flat_call: FlatCall) -> None:
            super().__init__(name="litert_adapter_layer", autocast=False)
            self.flat_call = flat_call
            self.wrapped = flat_call.inference.model
            self.built = True

        def call(self, *flat: Any) -> dict[str, Any]:
            return self.flat_call(*flat)

        def compute_output_spec(self, *_flat: Any) -> dict[str, Any]:
            """Return the plan's outputs, which saves Keras a trace of the whole model."""
            return {
                name: keras.KerasTensor(leaf.spec.sizes, dtype=leaf.spec.dtype.value)
                for name, leaf in zip(
                    self.flat_call.names, self.flat_call.plan.output_leaves, strict=True
                )
            }

    return AdapterLayer
