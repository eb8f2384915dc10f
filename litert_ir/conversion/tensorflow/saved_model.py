"""The strategy `saved-model`: Keras writes a SavedModel, TensorFlow converts that."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_keras
from litert_ir.conversion.tensorflow.flat_call import FlatCall
from litert_ir.conversion.tensorflow.saved_graph import ENDPOINT, SavedGraph, convert_graph
from litert_ir.conversion.tensorflow.strategy import TensorFlowStrategy
from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.samples import Sample
from litert_ir.scratch.folder import ScratchFolder


@attrs.frozen
class SavedModel(TensorFlowStrategy):
    """`keras.export.ExportArchive` to a temporary directory, then `from_saved_model`."""

    name: str = attrs.field(default="saved-model", init=False)

    @override
    def converted(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> bytes:
        """Export to a temporary directory and convert that."""
        with ScratchFolder() as folder:
            return convert_graph(self.saved(plan, model, folder), plan.options, calibration)

    @override
    def saved(self, plan: ExportPlan, model: Any, folder: Path) -> SavedGraph:
        """Export the model with one endpoint."""
        call = FlatCall.on_wires(plan, model)
        archive = load_keras().export.ExportArchive()
        archive.track(model)
        archive.add_endpoint(ENDPOINT, call.__call__, call.inference.wire_specs())
        archive.write_out(str(folder), verbose=False)
        return SavedGraph(folder=folder)
