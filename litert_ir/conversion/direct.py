"""The strategy `direct`: TensorFlow's converter takes the Keras model itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.conversion.calibration import Sample
from litert_ir.conversion.interface import with_interface
from litert_ir.conversion.keras_adapter import adapter_model
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.tf_converter import by_wire_name, configure, run
from litert_ir.ir.plan import ExportPlan


@attrs.frozen
class Direct(ConversionStrategy):
    """`TFLiteConverter.from_keras_model`.

    The converter is given a functional Keras model with the plan's flat inputs and outputs
    around the user's model, because by itself it knows no static batch, no second argument,
    no mixed dtypes and no nested structures.
    """

    name: str = attrs.field(default="direct", init=False)

    def refuses(self, plan: ExportPlan) -> Refusal | None:  # noqa: ARG002
        """Never: the adapter makes every plan look like a flat functional model."""
        return None

    def convert(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> Artifact:
        """Wrap the model and let TensorFlow export, load and convert it."""
        content = run(lambda: _convert(plan, model, calibration), model)
        return Artifact(content=with_interface(content, plan))


def _convert(plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None) -> bytes:
    keras, tf = load_keras(), load_tensorflow()
    converter = tf.lite.TFLiteConverter.from_keras_model(adapter_model(plan, model))
    configure(converter, plan.options, calibration, by_wire_name)
    with keras.StatelessScope():
        content: bytes = converter.convert()
    return content
