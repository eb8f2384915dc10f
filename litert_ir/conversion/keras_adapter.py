"""The adapter as a Keras model: flat named inputs around the user's nested model."""

from __future__ import annotations

import functools
from typing import Any

from litert_ir.backends import load_keras
from litert_ir.backends.inference import INPUT_WIRE, OUTPUT_WIRE
from litert_ir.conversion.flat_call import FlatCall
from litert_ir.ir.plan import ExportPlan


def adapter_model(plan: ExportPlan, model: Any) -> Any:
    """A functional model that takes and gives the plan's flat tensors under wire names.

    Its variables are the model's own objects: assigning one is seen by both. The user's
    model is called inside a layer, so no node is added to it.

    Args:
        plan: Says what the flat tensors are and how they nest.
        model: The model the plan was lowered from.
    """
    keras = load_keras()
    inputs = [
        keras.Input(batch_shape=spec.sizes, dtype=spec.dtype.value, name=INPUT_WIRE.format(index))
        for index, spec in enumerate(plan.inputs)
    ]
    layer = _adapter_layer_class()(FlatCall.of(plan, model), model)
    return keras.Model(inputs, layer(*inputs), name="litert_adapter")


@functools.cache
def _adapter_layer_class() -> Any:
    """The class is made on first use, since its base is only known once Keras is loaded."""
    keras = load_keras()
    layer_class: Any = keras.layers.Layer

    class AdapterLayer(layer_class):  # type: ignore[misc]  # keras has no type stubs
        """Calls the wrapped model on flat tensors."""

        def __init__(self, flat_call: FlatCall, model: Any) -> None:
            super().__init__(name="litert_adapter_layer", autocast=False)
            self.flat_call = flat_call
            self.wrapped = model
            self.built = True

        def call(self, *flat: Any) -> dict[str, Any]:
            return self.flat_call(*flat)

        def compute_output_spec(self, *_flat: Any) -> dict[str, Any]:
            """What the plan says, which saves Keras a trace of the whole model."""
            return {
                OUTPUT_WIRE.format(index): keras.KerasTensor(
                    leaf.spec.sizes, dtype=leaf.spec.dtype.value
                )
                for index, leaf in enumerate(self.flat_call.plan.output_leaves)
            }

    return AdapterLayer
