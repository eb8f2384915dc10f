"""Plain `tf.Variable`s in layers are weights like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema, load_tensorflow
from litert_ir.errors import UnsupportedModelError
from tests.conversion.exports import Array

keras: Any = load_keras()
tf: Any = load_tensorflow()

_SIZE = 4
_ROWS = 7


def drawn(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@keras.saving.register_keras_serializable("held")
class Holding(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Holds variables of many types in many places, and one that it does not read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        inner = tf.Module()
        inner.kernel = tf.Variable(drawn(1, _SIZE, _SIZE), name="kernel", trainable=False)
        self.kernel = tf.Variable(drawn(0, _SIZE, _SIZE))
        self.table = tf.Variable(drawn(2, _ROWS, _SIZE))
        self.parts = [inner, tf.Variable([1, -2, 3, 0])]
        self.named = {
            "flags": tf.Variable([True, False, True, True]),
            "half": tf.Variable(tf.cast(drawn(3, _SIZE, _SIZE), tf.bfloat16)),
            "scale": tf.Variable(0.5, dtype=tf.float16),
        }
        self.again = self.kernel
        self.unread = tf.Variable(drawn(4, _SIZE, _SIZE))

    def call(self, x: Any) -> Any:
        rows = tf.cast(tf.abs(x[:, 0]), tf.int32) % _ROWS
        y = (x @ self.kernel) @ self.parts[0].kernel + x @ self.again
        y = tf.where(self.named["flags"], y, -y) * tf.cast(self.parts[1], tf.float32)
        y += tf.gather(self.table, rows) + tf.gather_nd(self.table, rows[:, None])
        y += x @ tf.cast(self.named["half"], tf.float32) + self.table[3]
        y = tf.cond(tf.reduce_sum(x) > 0.0, lambda: y @ self.kernel, lambda: y)
        _ = x @ self.unread
        return y * tf.cast(self.named["scale"], tf.float32)


@pytest.fixture(scope="module")
def model() -> Any:
    inputs = keras.Input((_SIZE,), name="x")
    made = keras.Model(inputs, keras.layers.Dense(3)(Holding(name="holding")(inputs)))
    made.get_layer("holding").kernel.assign(drawn(5, _SIZE, _SIZE))
    return made


GIVEN = drawn(6, 5, _SIZE) * 3.0


def assert_same(path: Path, model: Any, *, within: float = 1e-4) -> None:
    (found,) = lir.LiteRTFile(path).run({"x": GIVEN}).values()
    np.testing.assert_allclose(found, model.predict(GIVEN, verbose=0), atol=within)


@pytest.fixture(scope="module")
def exported(model: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    path = tmp_path_factory.mktemp("holding") / "model.tflite"
    return lir.export(model, path, strategies=(lir.StableHLO(),)), path


def test_the_first_strategy_converts_them(model: Any, exported: tuple[Any, Path]) -> None:
    _, path = exported
    assert_same(path, model)


def test_the_plan_counts_them(exported: tuple[Any, Path]) -> None:
    plan = exported[0].plan
    matrices, others = 4 * _SIZE * _SIZE + _ROWS * _SIZE, 2 * _SIZE + 1
    assert plan.model.parameters == matrices + others + 3 * _SIZE + 3
    halves = 2 * _SIZE * _SIZE + 2
    rest = 4 * (3 * _SIZE * _SIZE + _ROWS * _SIZE + _SIZE + 3 * _SIZE + 3) + _SIZE
    assert plan.model.weight_bytes == halves + rest
    assert plan.estimate.size_bytes >= plan.model.weight_bytes


def test_another_strategy_agrees(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    lir.export(model, path, batch_size=5, strategies=(lir.ConcreteFunction(),))
    assert_same(path, model)


@pytest.mark.slow
def test_a_child_process_gets_their_values(model: Any, tmp_path: Path) -> None:
    path, inner = tmp_path / "model.tflite", lir.StableHLO()
    through = lir.ThroughFile(import_modules=(__name__,))
    lir.export(model, path, strategies=(lir.InChildProcess(inner, through),))
    assert_same(path, model)


class Multiplying(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Multiplies with a variable, in a loop over steps."""

    def __init__(self, size: int) -> None:
        super().__init__(name="multiplying")
        self.kernel = tf.Variable(drawn(8, size, size) * 0.1)

    def call(self, x: Any) -> Any:
        def step(at: Any, state: Any) -> Any:
            return at + 1, tf.tanh(x[:, at] + state @ self.kernel)

        steps = tf.shape(x)[1]
        return tf.while_loop(lambda at, _: at < steps, step, (0, tf.zeros_like(x[:, 0])))[1]


def test_a_loop_reads_them_at_any_length(tmp_path: Path) -> None:
    path, inputs = tmp_path / "model.tflite", keras.Input((None, _SIZE), name="x")
    model = keras.Model(inputs, Multiplying(_SIZE)(inputs))
    lir.export(model, path, strategies=(lir.StableHLO(),))
    given = drawn(9, 2, 11, _SIZE)
    (found,) = lir.LiteRTFile(path).run({"x": given}).values()
    np.testing.assert_allclose(found, model.predict(given, verbose=0), atol=1e-5)


class Product(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """A dense layer by hand."""

    def __init__(self) -> None:
        super().__init__(name="product")
        self.kernel = tf.Variable(drawn(10, 64, 64))

    def call(self, x: Any) -> Any:
        return x @ self.kernel


def test_quantization_makes_them_small(tmp_path: Path) -> None:
    path, inputs = tmp_path / "model.tflite", keras.Input((64,), name="x")
    result = lir.export(keras.Model(inputs, Product()(inputs)), path, quantization="dynamic")
    assert result.strategy == "quantized-stablehlo"
    assert result.plan.model.parameters == 64 * 64
    assert 64 * 64 < result.size_bytes < 2 * 64 * 64
    schema = load_schema()
    made = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
    names = {tensor.name.decode() for tensor in made.subgraphs[0].tensors}
    assert "product/kernel" in names


class Counting(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Counts its calls in a variable."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        super().__init__(name="counting")
        self.function = function
        self.calls = tf.Variable(1.0)

    def call(self, x: Any) -> Any:
        self.calls.assign_add(1.0)
        return self.function(x, self.calls)


def counting(function: Callable[[Any, Any], Any]) -> Any:
    inputs = keras.Input((3,), name="x")
    return keras.Model(inputs, Counting(function)(inputs))


def test_a_count_that_no_output_depends_on_stays_what_it_was(tmp_path: Path) -> None:
    model = counting(lambda x, _: x * 2.0)
    before = float(model.get_layer("counting").calls)
    result = lir.export(model, tmp_path / "model.tflite")
    assert result.strategy == "stablehlo"
    assert float(model.get_layer("counting").calls) == before


def test_a_count_that_an_output_depends_on_is_refused_by_name(tmp_path: Path) -> None:
    model = counting(lambda x, calls: x * calls)
    before = float(model.get_layer("counting").calls)
    with pytest.raises(UnsupportedModelError, match="changes its own state") as caught:
        lir.export(model, tmp_path / "model.tflite")
    assert caught.value.where == "counting"
    assert caught.value.received == "1 updated variable(s): counting/calls"
    assert float(model.get_layer("counting").calls) == before


def test_a_variable_that_keras_does_not_track_is_read_as_well(tmp_path: Path) -> None:
    hidden, path = keras.Variable(drawn(11, _SIZE, _SIZE)), tmp_path / "model.tflite"
    inputs = keras.Input((_SIZE,), name="x")
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x @ hidden.value)(inputs))
    lir.export(model, path, strategies=(lir.StableHLO(),))
    assert_same(path, model)
