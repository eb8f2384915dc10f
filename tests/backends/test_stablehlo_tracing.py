"""TensorFlow's modules of traced calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from litert_ir import plan_for
from litert_ir.backends import load_keras, load_tensorflow, stablehlo_tracing
from litert_ir.backends.inference import InferenceCall
from litert_ir.backends.stablehlo_tracing import graph_text
from litert_ir.backends.tensorflow_graphs import trace_graph

keras: Any = load_keras()


@pytest.mark.parametrize("much", [1, 1 << 30], ids=["much", "little"])
def test_the_module_is_the_one_that_tensorflow_makes_of_the_function(
    much: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stablehlo_tracing, "_MUCH", much)
    inputs = keras.Input((4,))
    constant = np.linspace(-1, 1, 400, dtype="float32").reshape(4, 100)
    model = keras.Model(inputs, keras.ops.sin(keras.layers.Dense(4)(inputs)) @ constant)
    graph = trace_graph(InferenceCall(model, plan_for(model).signature))
    module = load_tensorflow().mlir.experimental.convert_function(
        graph.function, show_debug_info=True
    )
    assert graph_text(graph) == module.replace(f"@{graph.function.name.decode()}(", "@main(")
