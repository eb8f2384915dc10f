"""A strategy: TensorFlow's converter with the settings that TensorFlow gives it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

import litert_ir as lir


class Plain:
    """Converts float models of one input and one output."""

    name = "acme-plain"

    def refuses(self, plan: lir.ExportPlan) -> lir.Refusal | None:
        if plan.versions.tensorflow is None:
            return lir.Refusal(reason="needs Keras on TensorFlow")
        if plan.recipe.quantizes:
            return lir.Refusal(reason="converts float models alone")
        if len(plan.inputs) > 1 or len(plan.output_leaves) > 1:
            return lir.Refusal(reason="leaves the order of several tensors to TensorFlow")
        return None

    def convert(
        self,
        plan: lir.ExportPlan,
        model: Any,
        calibration: Iterable[Any] | None,  # noqa: ARG002  (of the protocol)
    ) -> lir.Artifact:
        converter = tf.lite.TFLiteConverter.from_keras_model(lir.adapter_model(plan, model))
        return lir.Artifact(content=converter.convert())
