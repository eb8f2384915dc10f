"""The strategy `concrete-function`: trace one function, freeze its weights, convert the graph."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_tensorflow
from litert_ir.conversion.protocol import Refusal
from litert_ir.conversion.tensorflow.converter import configure
from litert_ir.conversion.tensorflow.flat_call import FlatCall
from litert_ir.conversion.tensorflow.frozen_weights import require_frozen
from litert_ir.conversion.tensorflow.saved_graph import ENDPOINT, SavedGraph
from litert_ir.conversion.tensorflow.strategy import TWO_GIB, TensorFlowStrategy, graph_bytes
from litert_ir.errors.shown import bytes_text
from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.samples import Sample


@attrs.frozen
class ConcreteFunction(TensorFlowStrategy):
    """A `tf.Module` around the model, then `TFLiteConverter.from_concrete_functions`.

    No SavedModel is written: TensorFlow freezes the shared variables into the traced graph.
    """

    name: str = attrs.field(default="concrete-function", init=False)

    @override
    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Refuse weights that exceed one frozen graph, and the plans that all refuse."""
        refusal = super().refuses(plan)
        if refusal is not None or graph_bytes(plan) < TWO_GIB:
            return refusal
        return Refusal(
            reason=f"{bytes_text(graph_bytes(plan))} of weights, where a frozen graph "
            f"holds less than {bytes_text(TWO_GIB)}"
        )

    @override
    def converted(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> bytes:
        """Trace, freeze and convert.

        Raises:
            FileRejectedError: When variables were not frozen, which leaves a file without
                weights.
        """
        tf = load_tensorflow()
        module, function = _traced(plan, model)
        # With a trackable object TensorFlow would write a SavedModel of the module, in which
        # Keras' variables are not found; without one it freezes them into the graph right here.
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
        configure(converter, plan.options, calibration, list)
        content: bytes = converter.convert()
        del module  # alive until here, as a function does not keep its variables
        require_frozen(content)
        return content

    @override
    def saved(self, plan: ExportPlan, model: Any, folder: Path) -> SavedGraph:
        """Save the traced function with all variables that it uses, whoever made them."""
        module, function = _traced(plan, model)
        module.used = list(function.graph.variables)
        load_tensorflow().saved_model.save(module, str(folder), signatures={ENDPOINT: function})
        return SavedGraph(folder=folder, is_frozen_first=True)


def _traced(plan: ExportPlan, model: Any) -> tuple[Any, Any]:
    """A module, and its one traced function."""
    tf = load_tensorflow()
    module = tf.Module(name="litert_ir")
    call = FlatCall.on_wires(plan, model)
    specs = call.inference.wire_specs()
    module.serve = tf.function(call.__call__, input_signature=specs, autograph=False)
    return module, module.serve.get_concrete_function()
