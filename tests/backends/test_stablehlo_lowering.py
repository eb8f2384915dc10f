"""TensorFlow's modules of traced calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from litert_ir import StableHLO, execute, plan_for
from litert_ir.backends import load_keras, load_tensorflow, stablehlo_lowering
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.stablehlo_lowering import graph_text
from litert_ir.backends.tensorflow.function_definitions import binary_definition
from litert_ir.backends.tensorflow.graphs import trace_graph

keras: Any = load_keras()


@pytest.mark.parametrize("much", [1, 1 << 30], ids=["much", "little"])
def test_the_module_is_the_one_that_tensorflow_makes_of_the_function(
    much: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stablehlo_lowering, "_MUCH", much)
    inputs = keras.Input((4,))
    constant = np.linspace(-1, 1, 400, dtype="float32").reshape(4, 100)
    model = keras.Model(inputs, keras.ops.sin(keras.layers.Dense(4)(inputs)) @ constant)
    graph = trace_graph(InferenceCall(model, plan_for(model).signature))
    module = load_tensorflow().mlir.experimental.convert_function(
        graph.function, show_debug_info=True
    )
    assert graph_text(graph) == module.replace(f"@{graph.function.name.decode()}(", "@main(")


TABLE = np.linspace(-1, 1, 4096, dtype="float32").reshape(4, 1024)


@pytest.mark.parametrize(("other", "copies"), [(TABLE.copy(), 1), (TABLE + 1, 2)])
def test_equal_constants_are_in_the_function_once(other: Any, copies: int) -> None:
    tf = load_tensorflow()

    def traced(x: Any) -> Any:
        first, second = tf.constant(TABLE), tf.constant(other)
        return x @ first, x @ second - 1.0, second

    function = tf.function(traced).get_concrete_function(tf.TensorSpec((2, 4)))
    definition = type(function.function_def)()
    definition.ParseFromString(binary_definition(function))
    assert definition.SerializeToString().count(TABLE.tobytes()) == 1
    large = [node for node in definition.node_def if node.ByteSize() > TABLE.nbytes]
    assert len(large) == copies
    names = {node.name for node in definition.node_def} | {
        argument.name for argument in definition.signature.input_arg
    }
    read = [source for node in definition.node_def for source in node.input]
    sources = {source.partition(":")[0].lstrip("^") for source in read}
    assert sources | {source.partition(":")[0] for source in definition.ret.values()} <= names


def test_a_model_with_a_table_in_two_layers_computes_the_same() -> None:
    inputs = keras.Input((4,))
    outputs = [keras.ops.sin(inputs @ TABLE), keras.ops.cos(inputs @ TABLE.copy())]
    model = keras.Model(inputs, outputs)
    result = execute(plan_for(model), model, strategies=(StableHLO(),))
    assert result.parity is not None
    assert result.parity.agrees
    assert result.size_bytes < 2 * TABLE.nbytes
