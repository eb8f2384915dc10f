"""Outputs that nothing computes: `CompiledModel` gives what the interpreter gives, bit by bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.litert.host_memory import Layout, run_on_host_memory
from litert_ir.isolation.worker import shared_worker
from tests.conversion.exports import STRATEGIES

Array = NDArray[Any]
REAL = [np.nan, np.inf, -np.inf, -0.0, 3.0, 1e-7]
TYPES = (
    *("float32", "float16", "float64", "bool", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
)


def values_of(dtype: str) -> Array:
    """(3, 2): of floats what arithmetic loses, of integers both ends."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return np.array(REAL, kind).reshape(3, 2)
    if kind.kind == "b":
        return np.array([True, False, False, True, True, False]).reshape(3, 2)
    ends = np.iinfo(kind)
    return np.array([ends.min, ends.max, 0, 1, ends.max - 1, 77], kind).reshape(3, 2)


def returning_model(dtype: str) -> Any:
    """Returns its input, thrice, two constants, and its batch; a constant has the extremes."""
    keras = load_keras()
    model_class: Any = keras.Model

    class Returning(model_class):  # type: ignore[misc]  # keras has no type stubs
        def __init__(self) -> None:
            super().__init__(autocast=False)
            self.dropout = keras.layers.Dropout(0.5, autocast=False)

        def call(self, x: Any) -> dict[str, Any]:
            constant = keras.ops.convert_to_tensor(values_of(dtype))
            first = keras.ops.convert_to_tensor(values_of(dtype)[0, 0])
            sizes = {"batch": keras.ops.shape(x)[0], "zeros": keras.ops.zeros((2, 3), dtype)}
            same = {"x": x, "again": x, "same": self.dropout(x)}
            return {**same, "constant": constant, "first": first, **sizes}

    return Returning()


def through_compiled_model(file: lir.LiteRTFile, inputs: Mapping[str, Array]) -> dict[str, Array]:
    expected = file.run(inputs)
    layouts = {name: Layout(each.shape, str(each.dtype)) for name, each in expected.items()}
    results = shared_worker().call(
        run_on_host_memory, file.path, file.interface.signature_key, inputs, layouts
    )
    for name, each in expected.items():
        assert results[name].tobytes() == each.tobytes(), name
    return results


def assert_returned(path: Path, dtype: str, **request: Any) -> None:
    spec = load_keras().InputSpec(shape=(None, 2), dtype=dtype)
    lir.export(returning_model(dtype), path, input_signature={"x": spec}, **request)
    x = values_of(dtype)[::-1].copy()
    results = through_compiled_model(lir.LiteRTFile(path), {"x": x})
    for name in ("x", "again", "same"):
        assert results[name].tobytes() == x.tobytes(), name
    assert results["constant"].tobytes() == values_of(dtype).tobytes()
    assert results["first"].tobytes() == values_of(dtype)[0, 0].tobytes()
    assert int(results["batch"]) == 3
    assert not results["zeros"].any()


@pytest.mark.parametrize("dtype", TYPES)
def test_inputs_and_constants_of_every_type(dtype: str, tmp_path: Path) -> None:
    assert_returned(tmp_path / "model.tflite", dtype, strategies=(lir.StableHLO(),))


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "stablehlo"])
def test_inputs_and_constants_through_every_strategy(strategy: str, tmp_path: Path) -> None:
    assert_returned(tmp_path / "model.tflite", "int64", strategies=(STRATEGIES[strategy],))


def test_what_is_returned_twice_and_what_others_are_computed_of(tmp_path: Path) -> None:
    keras = load_keras()
    x = keras.Input((4,), name="x")
    y = keras.layers.Dense(6, name="y")(x)
    flat = keras.layers.Reshape((2, 3), name="flat")(y)
    model = keras.Model(x, {"y": y, "twice": y, "flat": flat, "after": flat * 2.0, "x": x})
    result = lir.export(model, tmp_path / "model.tflite", strategies=(lir.StableHLO(),))
    assert result.parity is not None
    assert result.parity.notes == ()
    given = np.arange(12, dtype=np.float32).reshape(3, 4)
    results = through_compiled_model(lir.LiteRTFile(tmp_path / "model.tflite"), {"x": given})
    assert results["y"].tobytes() == results["twice"].tobytes() == results["flat"].tobytes()


def test_what_kernels_find_out_the_size_of(tmp_path: Path) -> None:
    keras, tf = load_keras(), load_tensorflow()
    x = keras.Input(batch_shape=(6, 8), name="x")
    i = keras.Input(batch_shape=(6,), dtype="int32", name="i")
    most = tf.reduce_max

    layer_class: Any = keras.layers.Layer

    class Sized(layer_class):  # type: ignore[misc]  # keras has no type stubs
        def call(self, x: Any, i: Any) -> dict[str, Any]:
            return {
                "greatest": tf.math.unsorted_segment_max(x, i, 6),
                "where": tf.where(x > 0),
                "repeated": tf.tile(x, [most(i), 1]),
                "numbers": tf.range(most(i)),
                "first": x[: most(i)],
                "padded": tf.pad(x, [[most(i), 0], [0, 0]]),
                "resized": tf.image.resize(x[None, :, :, None], [most(i), 5]),
            }

    model, path = keras.Model([x, i], Sized()(x, i)), tmp_path / "model.tflite"
    lir.export(model, path, strategies=(lir.Direct(),))
    given = np.random.default_rng(0).standard_normal((6, 8)).astype(np.float32)
    results = through_compiled_model(
        lir.LiteRTFile(path), {"x": given, "i": np.array([3, 0, 2, 2, 1, 3], np.int32)}
    )
    assert results["first"].tobytes() == given[:3].tobytes()


@pytest.fixture(scope="module")
def quantizable() -> tuple[Any, list[Array]]:
    """A convolution of a picture, both returned, the second one twice."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    x = keras.Input((8, 8, 3), name="x")
    y = keras.layers.Conv2D(8, 3, name="y")(x)
    rng = np.random.default_rng(0)
    samples = [rng.standard_normal((1, 8, 8, 3)).astype(np.float32) for _ in range(4)]
    return keras.Model(x, {"x": x, "y": y, "again": y}), samples


@pytest.mark.parametrize(
    ("recipe", "rim"),
    [
        ("int8", "float32"),
        ("int16x8", "float32"),
        ("dynamic", "float32"),
        ("int8", "int8"),
        ("int8", "uint8"),
    ],
)
def test_quantized_files(
    quantizable: tuple[Any, list[Array]], recipe: str, rim: str, tmp_path: Path
) -> None:
    model, samples = quantizable
    wanted = lir.Quantization.named(recipe)
    if rim != "float32":
        kind = lir.DType(rim)
        wanted = attrs.evolve(wanted, input_type=kind, output_type=kind)
    result = lir.export(
        model,
        tmp_path / "model.tflite",
        quantization=wanted,
        strategies=(lir.StableHLO(),),
        representative_dataset=samples if wanted.needs_calibration else None,
    )
    assert result.parity is not None
    assert [output.max_abs_error < 0.1 for output in result.parity.outputs] == [True] * 3
    file = lir.LiteRTFile(tmp_path / "model.tflite")
    assert [info.dtype for info in file.outputs] == [rim] * 3
    results = through_compiled_model(file, {"x": file.quantize("x", samples[0])})
    assert results["y"].tobytes() == results["again"].tobytes()
    if rim == "float32":
        assert results["x"].tobytes() == samples[0].tobytes()


def test_a_quantized_file_of_a_float_file_that_returns_its_input(
    quantizable: tuple[Any, list[Array]], tmp_path: Path
) -> None:
    model, samples = quantizable
    lir.export(model, tmp_path / "float.tflite")
    recipe = attrs.evolve(
        lir.Quantization.named("int8"), input_type=lir.DType.INT8, output_type=lir.DType.INT8
    )
    lir.quantize_file(
        tmp_path / "float.tflite",
        tmp_path / "int8.tflite",
        quantization=recipe,
        calibration=samples,
    )
    file = lir.LiteRTFile(tmp_path / "int8.tflite")
    given = file.quantize("x", samples[1])
    assert through_compiled_model(file, {"x": given})["x"].tobytes() == given.tobytes()
