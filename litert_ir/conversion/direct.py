"""The strategy `direct`: TensorFlow's converter takes the Keras model itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_tensorflow
from litert_ir.backends.state import forgetting_scope
from litert_ir.conversion.keras_adapter import wire_model
from litert_ir.conversion.tf_converter import by_wire_name, configure
from litert_ir.conversion.tf_strategy import TensorFlowStrategy
from litert_ir.ir.plan import ExportPlan
from litert_ir.runtime.samples import Sample


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
