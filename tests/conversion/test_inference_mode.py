"""An export reads the model and leaves it as it was; its files hold the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema, load_tensorflow
from litert_ir.conversion.tensorflow.frozen_weights import require_frozen
from litert_ir.conversion.tensorflow.keras_adapter import adapter_model
from litert_ir.errors import FileRejectedError
from tests.conversion.exports import STRATEGIES, Array, exported, fresh

all_strategies = pytest.mark.parametrize("strategy", STRATEGIES)


def weights_of(model: Any) -> dict[str, Array]:
    """Copies of all variables by path, seeds of dropout included."""
    return {v.path: v.numpy().copy() for v in model.variables}


def assert_same(before: dict[str, Array], after: dict[str, Array]) -> None:
    assert before.keys() == after.keys()
    for path, value in before.items():
        np.testing.assert_array_equal(after[path], value, err_msg=path)


@all_strategies
@pytest.mark.parametrize("trait", ["single", "dict", "sequential"])
def test_the_model_is_as_it_was(trait: str, strategy: str, tmp_path: Path) -> None:
    model = fresh(trait)
    before, attributes = weights_of(model), set(vars(model))
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    lir.export(model, tmp_path / "model.tflite", strategies=(STRATEGIES[strategy],))
    assert_same(before, weights_of(model))
    assert set(vars(model)) == attributes
    assert [len(layer._inbound_nodes) for layer in model.layers] == nodes
    assert model.losses == []


def with_losses() -> Any:
    """Activity and weight penalties, and a loss that is added in ``call``."""
    keras = load_keras()
    layer_class: Any = keras.layers.Layer

    class AddsLoss(layer_class):  # type: ignore[misc]  # keras has no type stubs
        def call(self, x: Any) -> Any:
            self.add_loss(keras.ops.sum(x))
            return x * 2.0

    inputs = keras.Input((4,), name="x")
    penalized = keras.layers.Dense(3, activity_regularizer="l2", kernel_regularizer="l1")(inputs)
    return keras.Model(inputs, AddsLoss()(penalized))


@all_strategies
def test_losses_do_not_stick_to_the_model(strategy: str, tmp_path: Path) -> None:
    model = with_losses()
    before = len(model.losses)
    result = lir.export(model, tmp_path / "model.tflite", strategies=(STRATEGIES[strategy],))
    assert result.parity is not None
    assert result.parity.agrees
    assert len(model.losses) == before
    assert not any(load_tensorflow().is_symbolic_tensor(loss) for loss in model.losses)


@all_strategies
def test_the_model_can_still_be_trained(strategy: str, tmp_path: Path) -> None:
    model = fresh("single")
    lir.export(model, tmp_path / "model.tflite", strategies=(STRATEGIES[strategy],))
    before = weights_of(model)
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    model.train_on_batch(rng.standard_normal((8, 4)), rng.standard_normal((8, 3)))
    moved = [path for path, value in weights_of(model).items() if np.any(value != before[path])]
    assert {path.rpartition("/")[2] for path in moved} >= {"kernel", "bias", "moving_mean"}


def test_a_file_holds_the_weights_at_the_time_of_its_export(tmp_path: Path) -> None:
    model = fresh("sequential")
    old = lir.export(model, tmp_path / "old.tflite", strategies=(lir.ConcreteFunction(),))
    model.layers[-1].bias.assign([10.0, 20.0])
    new = lir.export(model, tmp_path / "new.tflite", strategies=(lir.ConcreteFunction(),))
    x = {"measurements": np.ones((1, 6), np.float32)}
    assert old.path is not None
    assert new.path is not None
    moved = lir.LiteRTFile(new.path).run(x)["result"] - lir.LiteRTFile(old.path).run(x)["result"]
    np.testing.assert_allclose(moved, [[10.0, 20.0]], rtol=1e-5)


@pytest.mark.parametrize("trait", ["single", "nested", "mixed-dtypes"])
def test_concrete_function_is_deterministic(trait: str, tmp_path: Path) -> None:
    export = exported(trait)
    again = lir.execute(
        export.plan, export.model, tmp_path / "again.tflite", strategies=(lir.ConcreteFunction(),)
    )
    assert again.path is not None
    assert again.path.read_bytes() == export.content


def test_the_adapter_shares_the_models_variables() -> None:
    model = fresh("dict")
    adapter = adapter_model(lir.plan_for(model), model)
    assert [id(v) for v in adapter.variables] == [id(v) for v in model.variables]
    adapter.variables[0].assign(np.full(adapter.variables[0].shape, 7.0))
    np.testing.assert_array_equal(model.variables[0], adapter.variables[0])


def _convert(function: Any, module: Any) -> bytes:
    converter = load_tensorflow().lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], module
    )
    content: bytes = converter.convert()
    return content


def test_a_file_with_variables_is_rejected() -> None:
    tf = load_tensorflow()
    module = tf.Module()
    module.total = tf.Variable(np.ones((4, 3), np.float32))

    def count(x: Any) -> Any:
        module.total.assign_add(tf.ones((4, 3)))
        return x @ module.total

    spec = tf.TensorSpec((None, 4), tf.float32)
    module.serve = tf.function(count, input_signature=[spec], autograph=False)
    with pytest.raises(FileRejectedError, match="variables that it does not contain") as caught:
        require_frozen(_convert(module.serve, module))
    assert caught.value.received == "VAR_HANDLE operators"


@pytest.mark.parametrize("trait", ["single", "mixed-dtypes"])
def test_the_weights_are_in_the_file(trait: str) -> None:
    export = exported(trait)
    schema = load_schema()
    file = schema.ModelT.InitFromPackedBuf(export.content, 0)
    operators = {code.builtinCode for code in file.operatorCodes}
    assert schema.BuiltinOperator.VAR_HANDLE not in operators
    stored = [bytes(buffer.data) for buffer in file.buffers if buffer.data is not None]
    (kernel,) = [w for w in export.model.layers[-1].weights if w.name == "kernel"]
    assert kernel.numpy().T.tobytes() in stored  # FULLY_CONNECTED has (outputs, inputs)
