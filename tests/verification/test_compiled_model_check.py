"""What comes of files that LiteRT's two runtimes do not run alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema, load_tensorflow
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.backends.litert.output_operators import (
    give_outputs_operators,
    take_copies_of_outputs,
)
from litert_ir.errors import AllStrategiesFailedError, ParityError
from litert_ir.verification.compiled_model_check import InterpreterRun, compare_compiled_model
from tests.conversion.exports import Array, exported, random_inputs
from tests.conversion.quantized import quantized
from tests.conversion.stubs import returning

X = np.arange(8, dtype=np.float32).reshape(2, 4)


def run_of(file: lir.LiteRTFile, inputs: dict[str, Array]) -> InterpreterRun:
    given = {name: file.quantize(name, values) for name, values in inputs.items()}
    outputs = {name: file.dequantize(name, each) for name, each in file.run(given).items()}
    return InterpreterRun(inputs=inputs, outputs=outputs)


@pytest.fixture(scope="module")
def returning_its_input(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, bytes]:
    """A model that returns its input, and its file without an operator for that."""
    keras = load_keras()
    x = keras.Input((4,), name="x")
    model = keras.Model(x, [keras.layers.Activation("linear", name="same")(x)])
    path = tmp_path_factory.mktemp("returning") / "model.tflite"
    lir.export(model, path, strategies=(lir.StableHLO(),))
    tree = unpacked(path.read_bytes())
    assert take_copies_of_outputs(tree)
    return model, bytes(packed(tree))


def test_an_output_that_nobody_writes_is_refused(
    returning_its_input: tuple[Any, bytes], tmp_path: Path
) -> None:
    model, content = returning_its_input
    (tmp_path / "bare.tflite").write_bytes(content)
    assert lir.LiteRTFile(tmp_path / "bare.tflite").run({"x": X})["same"].tobytes() == X.tobytes()
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(model, tmp_path / "model.tflite", strategies=(returning(content, "bare"),))
    (attempt,) = caught.value.attempts
    assert isinstance(attempt.error, ParityError)
    assert attempt.error.received == "same: the buffer is not written"
    assert not (tmp_path / "model.tflite").exists()


def test_a_file_whose_name_is_no_unicode_is_compared(tmp_path: Path) -> None:
    export = exported("single")
    run = run_of(export.file, random_inputs(export.plan, 2))
    path = tmp_path / os.fsdecode(b"m\xff.tflite")
    path.write_bytes(export.file.path.read_bytes())
    exactly = dict.fromkeys(run.outputs, 0.0)
    assert compare_compiled_model(path, [run], exactly) == ""


def test_other_values_are_refused_and_named() -> None:
    file = exported("list").file
    run = run_of(file, random_inputs(exported("list").plan, 3))
    wrong = {**run.outputs, "bravo": run.outputs["bravo"] + np.float32(0.5)}
    altered = InterpreterRun(inputs=run.inputs, outputs=wrong)
    with pytest.raises(ParityError, match="computes something else") as caught:
        compare_compiled_model(file.path, [altered], {"yankee": 0.0, "bravo": 0.4})
    assert caught.value.received == "bravo: max |difference| 5.00e-01"
    assert compare_compiled_model(file.path, [altered], {"yankee": 0.0, "bravo": 0.6}) == ""


@pytest.mark.parametrize("trait", ["single", "dict", "nested", "mixed-dtypes"])
def test_the_same_results_at_another_batch(trait: str) -> None:
    export = exported(trait)
    runs = [run_of(export.file, random_inputs(export.plan, batch)) for batch in (1, 5)]
    exactly = dict.fromkeys(runs[0].outputs, 0.0)
    assert compare_compiled_model(export.file.path, runs, exactly) == ""


def test_the_same_results_of_integer_files() -> None:
    file = quantized("int8").file
    rng = np.random.default_rng(0)
    sizes = [size or 2 for size in file.inputs[0].shape]
    image = rng.standard_normal(sizes).astype(np.float32)
    run = run_of(file, {"image": image})
    assert compare_compiled_model(file.path, [run], {"scores": 0.0}) == ""


def test_outputs_whose_size_is_known_late(tmp_path: Path) -> None:
    keras = load_keras()
    steps = keras.Input((None, 4), name="steps")
    model = keras.Model(steps, keras.layers.GRU(3, return_sequences=True, name="all")(steps))
    result = lir.export(model, tmp_path / "model.tflite", strategies=(lir.StableHLO(),))
    assert result.parity is not None
    assert result.parity.notes == ()


def test_results_in_memory_of_the_kernel(tmp_path: Path) -> None:
    keras, tf = load_keras(), load_tensorflow()

    def kernels(x: Any) -> Any:
        values, positions = tf.math.top_k(x, 3)
        segments = tf.cast(x[:, 0] > 0, tf.int32)
        of_segments = [
            getattr(tf.math, f"unsorted_segment_{name}")(x, segments, 2)
            for name in ("sum", "max", "min", "prod")
        ]
        return [values, positions, *of_segments, tf.where(x > 0), tf.unique(x[:, 0])[0]]

    x = keras.Input((4,), name="x")
    model = keras.Model(x, keras.layers.Lambda(kernels)(x))
    result = lir.export(model, tmp_path / "model.tflite", strategies=(lir.Direct(),))
    assert result.parity is not None
    assert result.parity.notes == ()
    results = lir.LiteRTFile(tmp_path / "model.tflite", isolated=False).run({"x": X - 3})
    for expected, given in zip(model(X - 3), results.values(), strict=True):
        np.testing.assert_array_equal(given, expected)


def constant_reshaped() -> bytes:
    """A file whose second output is a constant that a RESHAPE gives when the file is prepared."""
    schema = load_schema()
    tree = unpacked(exported("list").content)
    (graph,) = tree.subgraphs

    def constant(values: Array) -> int:
        buffer, tensor = schema.BufferT(), schema.TensorT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        tree.buffers.append(buffer)
        tensor.name, tensor.shape = b"constant", np.array(values.shape, np.int32)
        tensor.type, tensor.buffer = schema.TensorType.INT32, len(tree.buffers) - 1
        graph.tensors.append(tensor)
        return len(graph.tensors) - 1

    data, shape = (constant(np.array(each, np.int32)) for each in ([[1, 2]], [2, 1]))
    result = constant(np.zeros((2, 1), np.int32))
    graph.tensors[result].buffer = 0
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.RESHAPE
    tree.operatorCodes.append(code)
    operator = schema.OperatorT()
    operator.opcodeIndex = len(tree.operatorCodes) - 1
    operator.inputs, operator.outputs = [data, shape], [result]
    graph.operators.append(operator)
    graph.outputs = [graph.outputs[0], result]
    tree.signatureDefs[0].outputs[1].tensorIndex = result
    return bytes(packed(tree))


def test_a_constant_that_an_operator_gives_once_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(constant_reshaped())
    run = run_of(lir.LiteRTFile(path), random_inputs(exported("list").plan, 2))
    with pytest.raises(ParityError) as caught:
        compare_compiled_model(path, [run], {"yankee": 0.0, "bravo": 0.0})
    assert caught.value.received == "bravo: the buffer is not written"
    tree = unpacked(path.read_bytes())
    assert give_outputs_operators(tree)
    path.write_bytes(packed(tree))
    assert compare_compiled_model(path, [run], {"yankee": 0.0, "bravo": 0.0}) == ""


def test_what_it_does_not_run_is_told() -> None:
    file = exported("single").file
    run = run_of(file, {"features": X})
    flat = InterpreterRun(inputs={"features": X[0]}, outputs=run.outputs)
    note = compare_compiled_model(file.path, [flat], {"scores": 0.0})
    assert note.startswith("LiteRT's CompiledModel does not run the file, its interpreter does: ")


def test_what_is_empty_is_not_run() -> None:
    run = InterpreterRun(inputs={"features": X[:0]}, outputs={"scores": X[:0, :3]})
    assert compare_compiled_model(exported("single").file.path, [run], {"scores": 0.0}) == ""
