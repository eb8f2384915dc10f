"""The strategy as a whole: what it accepts, refuses, survives, and leaves behind."""

from __future__ import annotations

import gc
import os
from collections import Counter
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema, load_tensorflow
from litert_ir.errors import (
    AllStrategiesFailedError,
    ConverterCrashed,
    DifferingFilesError,
    NotGeneralError,
    UnsupportedOpsError,
)
from litert_ir.errors.attempts import Outcome
from litert_ir.isolation.worker import shared_worker
from litert_ir.stablehlo.dynamic_shapes import generalize
from litert_ir.stablehlo.dynamic_shapes.generalize import General
from tests.stablehlo import crashes

keras = load_keras()
layers = keras.layers
ONLY = (lir.StableHLO(),)


def convolutional() -> Any:
    """Convolutions, a residual connection and weights above and below the external size."""
    image = keras.Input((12, 12, 16), name="image")
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="entry")(image)
    x = layers.Add(name="residual")([x, layers.Conv2D(64, 3, padding="same", name="inner")(x)])
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, layers.Dense(5, name="head")(x), name="convolutional")


class WithPositions(keras.layers.Layer):  # type: ignore[misc, name-defined]
    """Adds sines of the positions, computed in the model or by Python for each length."""

    def __init__(self, *, in_python: bool, **options: Any) -> None:
        super().__init__(**options)
        self.in_python = in_python

    def call(self, x: Any) -> Any:
        rates = 10.0 ** np.arange(8, dtype="float32")
        if self.in_python:
            return x + np.sin(np.arange(x.shape[1], dtype="float32")[:, None] / rates)
        places = keras.ops.arange(keras.ops.shape(x)[1], dtype="float32")
        return x + keras.ops.sin(places[:, None] / rates)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


@pytest.fixture(scope="module")
def model() -> Any:
    keras.utils.set_random_seed(3)
    return convolutional()


@pytest.fixture(scope="module")
def result(model: Any) -> lir.ExportResult:
    return lir.execute(lir.plan_for(model), model)


def tables(content: bytes) -> Any:
    return load_schema().ModelT.InitFromPackedBuf(content, 0)


def op_counts(content: bytes) -> Counter[str]:
    codes = load_schema().BuiltinOperator
    names = {value: name for name, value in vars(codes).items() if not name.startswith("_")}
    file = tables(content)
    return Counter(
        names[file.operatorCodes[op.opcodeIndex].builtinCode]
        for graph in file.subgraphs
        for op in graph.operators
    )


def test_it_is_the_first_of_the_default_strategies(result: lir.ExportResult) -> None:
    assert lir.DEFAULT_STRATEGIES[0] == lir.StableHLO()
    assert [attempt.strategy for attempt in result.attempts] == ["stablehlo"]
    assert result.parity is not None
    assert result.parity.agrees


def test_biases_activations_and_the_mean_are_fused(result: lir.ExportResult) -> None:
    assert result.content is not None
    assert op_counts(result.content) == {"CONV_2D": 2, "ADD": 1, "MEAN": 1, "FULLY_CONNECTED": 1}


def test_tensors_are_named_after_the_layers_that_made_them(result: lir.ExportResult) -> None:
    assert result.content is not None
    names = " ".join(tensor.name.decode() for tensor in tables(result.content).subgraphs[0].tensors)
    assert all(layer in names for layer in ("entry", "inner", "residual", "pool"))
    assert ".py" not in names


def test_the_same_plan_gives_the_same_bytes_in_a_fresh_child(
    model: Any, result: lir.ExportResult
) -> None:
    shared_worker().recycle()
    assert lir.execute(lir.plan_for(model), model).content == result.content


def test_a_weight_that_is_used_twice_is_stored_once() -> None:
    tokens = keras.Input((6,), dtype="int32")
    embedding = layers.ReversibleEmbedding(3000, 32, tie_weights=True)
    tied = keras.Model(tokens, embedding(embedding(tokens), reverse=True))
    result = lir.execute(lir.plan_for(tied), tied, strategies=ONLY)
    assert 3000 * 32 * 4 < result.size_bytes < 3000 * 32 * 4 * 1.1


def test_equal_values_in_two_variables_are_stored_once() -> None:
    inputs = keras.Input((200,))
    dense = [layers.Dense(200, use_bias=False) for _ in range(2)]
    model = keras.Model(inputs, dense[1](keras.ops.tanh(dense[0](inputs))))
    dense[1].set_weights(dense[0].get_weights())
    result = lir.execute(lir.plan_for(model), model, strategies=ONLY)
    assert 200 * 200 * 4 < result.size_bytes < 200 * 200 * 4 * 1.1


def test_the_weights_are_those_of_now_not_those_of_the_trace(model: Any) -> None:
    plan = lir.plan_for(model)
    for variable in model.trainable_variables:
        variable.assign(np.random.default_rng(1).normal(size=variable.shape) * 0.1)
    result = lir.execute(plan, model, strategies=ONLY)
    assert result.parity is not None
    assert result.parity.agrees


def test_an_unsupported_op_is_refused_by_name_and_layer_before_the_conversion() -> None:
    inputs = keras.Input((257,))  # a prime, beyond the greatest matrix
    spectrum = layers.Lambda(lambda x: keras.ops.rfft(x)[0], name="spectrum")(inputs)
    model = keras.Model(inputs, layers.Dense(2)(spectrum))
    with pytest.raises(AllStrategiesFailedError, match=r"fft \(from spectrum\)") as caught:
        lir.execute(lir.plan_for(model), model, strategies=ONLY)
    error = caught.value.attempts[0].error
    assert isinstance(error, UnsupportedOpsError)
    assert [(op.name, op.layers) for op in error.ops] == [("fft", ("spectrum",))]


def test_samples_that_depend_on_their_batch_are_refused_but_for_a_fixed_one() -> None:
    class Mixed(layers.Layer):  # type: ignore[misc, name-defined]
        """Reshapes where it should transpose: which numbers a sample gets depends on the batch."""

        def call(self, x: Any) -> Any:
            batch = keras.ops.shape(x)[0]
            table = keras.ops.sin(keras.ops.arange(24, dtype="float32"))
            table = keras.ops.broadcast_to(keras.ops.reshape(table, (6, 1, 4)), (6, batch, 4))
            return x + keras.ops.reshape(table, (batch, 6, 4))

    inputs = keras.Input((6, 4))
    model = keras.Model(inputs, Mixed(name="mixed")(inputs))
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.execute(lir.plan_for(model), model, strategies=ONLY)
    assert isinstance(caught.value.attempts[0].error, NotGeneralError)
    assert lir.execute(lir.plan_for(model, batch_size=1), model, strategies=ONLY).parity


def test_truth_values_are_looked_up_in_a_table() -> None:
    inputs = keras.Input((3,), dtype="int32")
    truths = keras.ops.cast(keras.ops.cast(inputs, "bool"), "int32")
    model = keras.Model(inputs, layers.Embedding(2, 4)(truths))
    samples = [np.arange(3 * batch, dtype=np.int32).reshape(batch, 3) % 2 for batch in (1, 2, 5)]
    result = lir.execute(
        lir.plan_for(model), model, strategies=ONLY, verify=lir.Verification(samples=samples)
    )
    assert result.parity is not None
    assert result.parity.agrees


def test_each_sample_takes_from_its_own_place_in_a_flattened_batch() -> None:
    class FromEach(layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            starts = keras.ops.arange(keras.ops.shape(x)[0]) * 5
            places = starts[:, None] + keras.ops.array([0, 3])
            return keras.ops.take(keras.ops.reshape(x, (-1, 4)), places, axis=0)

    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, FromEach()(inputs))
    rng = np.random.default_rng(0)
    samples = [rng.standard_normal((batch, 5, 4), np.float32) for batch in (1, 2, 5)]
    result = lir.execute(
        lir.plan_for(model), model, strategies=ONLY, verify=lir.Verification(samples=samples)
    )
    assert result.parity is not None
    assert result.parity.agrees


class WithTable(layers.Layer):  # type: ignore[misc, name-defined]  # keras has no type stubs
    """Looks integers up in a table of TensorFlow's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        lookup = load_tensorflow().lookup
        pairs = lookup.KeyValueTensorInitializer([5, 7], [1, 2], "int32", "int32")
        self.table = lookup.StaticHashTable(pairs, 0)

    def call(self, x: Any) -> Any:
        return self.table.lookup(x)


def test_tables_are_refused_by_name_and_layer() -> None:
    inputs = keras.Input((3,), dtype="int32")
    model = keras.Model(inputs, WithTable(name="ids")(inputs))
    with pytest.raises(AllStrategiesFailedError, match=r"LookupTableFindV2 \(from ids\)"):
        lir.execute(lir.plan_for(model), model, strategies=ONLY)


def test_a_dynamic_length_that_a_table_depends_on_names_the_layer_and_the_way_out() -> None:
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, WithPositions(in_python=True, name="attention")(inputs))
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.execute(lir.plan_for(model), model, strategies=ONLY)
    error = caught.value.attempts[0].error
    assert isinstance(error, NotGeneralError)
    assert "attention" in str(error)
    assert "input_signature" in error.advice


def test_positions_that_a_model_computes_with_are_computed_by_each_run() -> None:
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, WithPositions(in_python=False)(inputs))
    result = lir.execute(lir.plan_for(model), model, strategies=ONLY)
    assert result.parity is not None
    assert result.parity.agrees


def failing_once(monkeypatch: pytest.MonkeyPatch, error: NotGeneralError) -> list[int]:
    """Let the first two files not be general; gives the batches of the first files."""
    batches: list[int] = []

    def fails_once(first: Any, *others: Any, **options: Any) -> General:
        batches.append(first.subgraphs[0].tensors[0].shape[0])
        if len(batches) == 1:
            raise error
        return real(first, *others, **options)

    real = generalize.generalize
    monkeypatch.setattr("litert_ir.stablehlo.strategy.generalize", fails_once)
    return batches


def test_a_batch_that_is_by_chance_another_number_is_tried_with_other_sizes(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = failing_once(monkeypatch, DifferingFilesError("other operators"))
    result = lir.execute(lir.plan_for(model), model, strategies=ONLY)
    assert result.parity is not None
    assert result.parity.agrees
    assert batches == [2, 5]


def test_what_other_sizes_of_the_batch_do_not_change_is_not_tried_again(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = failing_once(monkeypatch, NotGeneralError("a table"))
    with pytest.raises(AllStrategiesFailedError, match="a table"):
        lir.execute(lir.plan_for(model), model, strategies=ONLY)
    assert batches == [2]


def test_quantized_plans_are_refused_without_work(model: Any) -> None:
    plan = lir.plan_for(model, options={"optimizations": ["DEFAULT"]})
    refusal = lir.StableHLO().refuses(plan)
    assert refusal is not None
    assert "dynamic range" in refusal.reason


@pytest.mark.parametrize(
    ("crash", "signal"), [(crashes.abort, "SIGABRT"), (crashes.kill, "SIGKILL")]
)
def test_a_crash_of_the_converter_is_an_attempt_and_the_next_strategy_is_tried(
    model: Any, monkeypatch: pytest.MonkeyPatch, crash: Any, signal: str
) -> None:
    monkeypatch.setattr("litert_ir.stablehlo.strategy.make_skeleton", crash)
    result = lir.execute(lir.plan_for(model), model, strategies=(*ONLY, lir.ConcreteFunction()))
    crashed, accepted = result.attempts
    assert isinstance(crashed.error, ConverterCrashed)
    assert crashed.error.signal == signal
    assert accepted.outcome is Outcome.ACCEPTED


def test_a_converter_that_hangs_is_stopped(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("litert_ir.stablehlo.strategy.make_skeleton", crashes.hang)
    strategies = (lir.StableHLO(time_limit_s=5.0), lir.ConcreteFunction())
    result = lir.execute(lir.plan_for(model), model, strategies=strategies)
    error = result.attempts[0].error
    assert isinstance(error, ConverterCrashed)
    assert error.timed_out
    assert result.strategy == "concrete-function"


@pytest.mark.slow
def test_fifty_exports_neither_grow_the_process_nor_leave_anything(
    model: Any, tmp_path: Path
) -> None:
    target = tmp_path / "model.tflite"

    def export() -> None:
        lir.export(model, target, strategies=ONLY, verify=False)

    for _ in range(5):
        export()
    before = usage()
    for _ in range(50):
        export()
    after = usage()
    assert after["descriptors"] <= before["descriptors"]
    assert after["memory"] - before["memory"] < 40 << 20
    assert list(tmp_path.iterdir()) == [target]


def usage() -> dict[str, int]:
    """Open descriptors, and resident bytes of this process and of its child."""
    gc.collect()
    pids = [os.getpid(), *filter(None, [shared_worker().pid])]
    pages = [int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) for pid in pids]
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208  (names suffice)
        "memory": sum(pages) * os.sysconf("SC_PAGE_SIZE"),
    }
