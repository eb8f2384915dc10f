"""What fails with a dynamic batch and succeeds with a fixed one says so, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import (
    AllStrategiesFailedError,
    ConversionError,
    LiteRTIRError,
    ModelTraceError,
    SamplesError,
)
from litert_ir.lowering.fixed_batch import working_batch
from tests.conversion.stubs import Stub

KERAS = load_keras()
LAYERS, OPS = KERAS.layers, KERAS.ops
TOKENS, WIDTH = 6, 4

layer_class: Any = LAYERS.Layer
model_class: Any = KERAS.Model


class Switch(layer_class):  # type: ignore[misc]  # keras has no type stubs
    """Sends each token of a batch to one of two experts, as many to each as fit.

    Args:
        batch: The batch that the layer counts its tokens by; None for that of its input.
    """

    def __init__(self, batch: int | None) -> None:
        super().__init__()
        self.batch = batch
        self.router = LAYERS.Dense(2)
        self.experts = [LAYERS.Dense(WIDTH, activation="relu") for _ in range(2)]

    def build(self, _: Any) -> None:
        for layer in (self.router, *self.experts):
            layer.build((None, WIDTH))

    def call(self, x: Any) -> Any:
        batch = self.batch or x.shape[0]
        tokens = OPS.reshape(x, (batch * TOKENS, WIDTH))
        gates = OPS.softmax(self.router(tokens))
        chosen = OPS.one_hot(OPS.argmax(gates, axis=-1), 2)
        places = OPS.cumsum(chosen, axis=0) * chosen
        kept = chosen * OPS.cast(places <= batch * TOKENS // 2, "float32")
        outputs = [expert(tokens) * kept[:, i : i + 1] for i, expert in enumerate(self.experts)]
        mixed = (outputs[0] + outputs[1]) * OPS.max(gates, axis=-1, keepdims=True)
        return OPS.reshape(mixed, (batch, TOKENS, WIDTH))

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


class UnbuiltSwitch(Switch):
    """The same, whose weights Keras makes in the first call, which it cannot do of itself."""

    def build(self, _: Any) -> None:
        """Make nothing."""


def switch_transformer(batch: int | None, kind: type[Switch] = Switch) -> Any:
    x = inputs = KERAS.Input((TOKENS,), dtype="int32", name="tokens")
    x = kind(batch)(LAYERS.Embedding(9, WIDTH)(x))
    return KERAS.Model(inputs, LAYERS.Dense(2)(LAYERS.GlobalAveragePooling1D()(x)))


class Subclassed(model_class):  # type: ignore[misc]  # keras has no type stubs
    """Reads the batch in its call.

    Args:
        call: What it does with its input and a layer.
    """

    def __init__(self, call: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.layer = LAYERS.Dense(3)
        self.function = call

    def call(self, x: Any) -> Any:
        return self.function(x, self.layer)


SPEC = {"input_signature": [KERAS.InputSpec(shape=(None, 4), dtype="float32")]}


def row_by_row(x: Any, layer: Any) -> Any:
    return OPS.concatenate([layer(x[i : i + 1]) for i in range(x.shape[0])])


def with_none(x: Any, layer: Any) -> Any:
    return layer(x) + None


def advised(model: Any, path: Path, **request: Any) -> LiteRTIRError:
    """The error of an export, of which nothing is left."""
    with pytest.raises(LiteRTIRError) as caught:
        lir.export(model, path / "m.tflite", strategies=(lir.StableHLO(),), **request)
    assert list(path.iterdir()) == []
    return caught.value


@pytest.mark.parametrize(
    ("build", "request_", "kind", "batch"),
    [
        (lambda: switch_transformer(None, UnbuiltSwitch), {}, ModelTraceError, 1),
        (lambda: switch_transformer(8), {}, SamplesError, 8),
        (lambda: switch_transformer(50), {}, SamplesError, 50),
        (lambda: Subclassed(row_by_row), SPEC, ModelTraceError, 1),
    ],
    ids=["read", "fixed-to-8", "fixed-to-50", "row-by-row"],
)
def test_the_batch_that_helps_is_named_and_helps(
    build: Callable[[], Any],
    request_: dict[str, Any],
    kind: type[LiteRTIRError],
    batch: int,
    tmp_path: Path,
) -> None:
    model = build()
    error = advised(model, tmp_path, **request_)
    assert isinstance(error, kind)
    assert error.advice.startswith(f"pass batch_size={batch}:")
    path = tmp_path / "m.tflite"
    fixed = {"batch_size": batch, **request_}
    assert lir.export(model, path, strategies=(lir.StableHLO(),), **fixed).strategy == "stablehlo"


def test_a_batch_that_is_read_from_the_shape_may_stay_dynamic(tmp_path: Path) -> None:
    result = lir.export(
        switch_transformer(None), tmp_path / "m.tflite", strategies=(lir.StableHLO(),)
    )
    assert result.plan.inputs[0].sizes == (None, TOKENS)


def test_what_no_batch_cures_says_nothing_of_it(tmp_path: Path) -> None:
    error = advised(Subclassed(with_none), tmp_path, **SPEC)
    assert isinstance(error, ModelTraceError)
    assert "batch_size" not in str(error)
    fixed = advised(switch_transformer(None), tmp_path, batch_size=0)
    assert "pass batch_size" not in str(fixed)


class Particular(Stub):
    """Fails for a dynamic batch, or for each."""

    def __init__(self, *, always: bool) -> None:
        super().__init__("particular", bytes)
        self.always = always

    def convert(self, plan: lir.ExportPlan, model: Any, calibration: Any) -> lir.Artifact:
        self.calls += 1
        if self.always or None in plan.inputs[0].sizes:
            raise ConversionError("It broke.")
        return lir.StableHLO().convert(plan, model, calibration)


@pytest.mark.parametrize("quantization", [None, "dynamic"])
@pytest.mark.parametrize("always", [False, True])
def test_what_strategies_fail_at_is_tried_with_a_fixed_batch(
    always: bool, quantization: str | None, tmp_path: Path
) -> None:
    inputs = KERAS.Input((4,))
    model = KERAS.Model(inputs, LAYERS.Dense(2)(inputs))
    strategy = Particular(always=always)
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(model, tmp_path / "m.tflite", strategies=(strategy,), quantization=quantization)
    assert ("pass batch_size=1:" in caught.value.advice) is not always
    assert strategy.calls == 2
    assert list(tmp_path.iterdir()) == []


def test_a_fixed_batch_is_not_tried_where_it_is_fixed(tmp_path: Path) -> None:
    inputs = KERAS.Input((4,))
    model = KERAS.Model(inputs, LAYERS.Dense(2)(inputs))
    strategy = Particular(always=True)
    with pytest.raises(AllStrategiesFailedError, match="It broke") as caught:
        lir.export(model, tmp_path / "m.tflite", strategies=(strategy,), batch_size=2)
    assert strategy.calls == 1
    assert "batch_size" not in caught.value.advice


def test_the_search_gives_up_in_time() -> None:
    tried: list[int] = []

    def attempt(size: int) -> None:
        tried.append(size)
        if size < 4:
            raise SamplesError("No.")

    assert working_batch(attempt) == 4
    assert tried == [1, 2, 3, 4]
    tried.clear()
    assert working_batch(attempt, seconds=0) is None
    assert tried == [1]
