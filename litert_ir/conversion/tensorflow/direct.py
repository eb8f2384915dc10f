"""The strategy `direct`: TensorFlow's converter takes the Keras model itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.keras.state import forgetting_scope
from litert_ir.conversion.tensorflow.converter import by_wire_name, configure
from litert_ir.conversion.tensorflow.flat_call import FlatCall
from litert_ir.conversion.tensorflow.keras_adapter import wire_model
from litert_ir.conversion.tensorflow.saved_graph import ENDPOINT, SavedGraph
from litert_ir.conversion.tensorflow.strategy import TensorFlowStrategy
from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.samples import Sample


@attrs.frozen
class Direct(TensorFlowStrategy):
    """`TFLiteConverter.from_keras_model`.

    The converter is given a functional Keras model with the plan's flat inputs and outputs
    around the user's model, because by itself it knows no static batch, no second argument,
    no mixed dtypes and no nested structures.
    """

    name: str = attrs.field(default="direct", init=False)

    @override
    def converted(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> bytes:
        """Wrap the model and let TensorFlow export, load and convert it."""
        tf = load_tensorflow()
        converter = tf.lite.TFLiteConverter.from_keras_model(wire_model(plan, model))
        configure(converter, plan.options, calibration, by_wire_name)
        with forgetting_scope():
            content: bytes = converter.convert()
        return content

    @override
    def saved(self, plan: ExportPlan, model: Any, folder: Path) -> SavedGraph:
        """Export the wrapped model as the converter itself does, which leaves its losses alone."""
        call = FlatCall.on_wires(plan, model)
        wrapped = wire_model(plan, model)
        archive = load_keras().export.ExportArchive()
        archive.track(wrapped)
        with forgetting_scope():
            archive.add_endpoint(ENDPOINT, _by_position(wrapped), call.inference.wire_specs())
            archive.write_out(str(folder), verbose=False)
        return SavedGraph(folder=folder)


def _by_position(wrapped: Any) -> Callable[..., Any]:
    """The wrapped model's inference, called with one argument per input."""

    def serve(*flat: Any) -> Any:
        return wrapped(list(flat), training=False)

    return serve
