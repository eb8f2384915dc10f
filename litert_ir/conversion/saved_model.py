"""The strategy `saved-model`: Keras writes a SavedModel, TensorFlow converts that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.conversion.flat_call import FlatCall
from litert_ir.conversion.tf_converter import by_wire_name, configure
from litert_ir.conversion.tf_strategy import TensorFlowStrategy
from litert_ir.ir.plan import ExportPlan
from litert_ir.runtime.samples import Sample
from litert_ir.scratch.folder import ScratchFolder

_ENDPOINT = "serve"


@attrs.frozen
class SavedModel(TensorFlowStrategy):
    """`keras.export.ExportArchive` to a temporary directory, then `from_saved_model`."""

    name: str = attrs.field(default="saved-model", init=False)

    @override
    def converted(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> bytes:
        """Export to a temporary directory and convert that."""
        tf = load_tensorflow()
        call = FlatCall.on_wires(plan, model)
        archive = load_keras().export.ExportArchive()
        archive.track(model)
        archive.add_endpoint(_ENDPOINT, call.__call__, call.inference.wire_specs())
        with ScratchFolder() as folder:
            archive.write_out(str(folder), verbose=False)
            converter = tf.lite.TFLiteConverter.from_saved_model(
                str(folder), signature_keys=[_ENDPOINT]
            )
            configure(converter, plan.options, calibration, by_wire_name)
            content: bytes = converter.convert()
        return content
