"""Models with ops that LiteRT's builtin kernels lack: refused by name, or TF Select on request."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.tensorflow.unsupported_ops import layer_of_scope
from litert_ir.errors import (
    AllStrategiesFailedError,
    FileRejectedError,
    TensorListError,
    UnsupportedOp,
    UnsupportedOpsError,
)
from litert_ir.ir.file_options import Kernels
from litert_ir.runtime.interface_reader import read_interface
from tests.conversion.exports import STRATEGIES, THROUGH_TENSORFLOW, exported

SELECT = {"target_spec": {"supported_ops": ["TFLITE_BUILTINS", "SELECT_TF_OPS"]}}


def _layer(name: str, function: Any) -> Any:
    """A layer of a class of its own that applies a function."""
    layer_class: Any = load_keras().layers.Layer

    class Weird(layer_class):  # type: ignore[misc]  # keras has no type stubs
        def call(self, x: Any) -> Any:
            return function(x)

    return Weird(name=name)


def _ndtri(x: Any) -> Any:
    return load_tensorflow().math.ndtri(x)


def _cholesky(x: Any) -> Any:
    linalg = load_tensorflow().linalg
    return linalg.cholesky(linalg.diag(x * x + 1.0))


@functools.cache
def ndtri_model() -> Any:
    """An op that TF Select lacks too, in a layer of an inner model, and once more on top."""
    keras = load_keras()
    inputs, inner_inputs = keras.Input((4,), name="x"), keras.Input((4,))
    weird = _layer("weird", _ndtri)(keras.layers.Activation("tanh")(inner_inputs))
    inner = keras.Model(inner_inputs, weird, name="inner")
    scores = keras.layers.Dense(3, activation="tanh", name="scores")(inner(inputs))
    return keras.Model(inputs, keras.layers.Lambda(_ndtri, name="on_top")(scores))


@functools.cache
def cholesky_model() -> Any:
    """An op that TF Select has."""
    keras = load_keras()
    inputs = keras.Input((4,), name="x")
    return keras.Model(inputs, _layer("roots", _cholesky)(inputs))


def test_the_ops_are_named_with_their_layers(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError, match=r"Ndtri \(from ") as caught:
        lir.export(ndtri_model(), tmp_path / "model.tflite")
    error = caught.value
    assert [attempt.strategy for attempt in error.attempts] == list(STRATEGIES)
    failed, spared = error.attempts[:2], error.attempts[2:]
    assert {attempt.reason for attempt in spared} == {"two strategies miss Ndtri"}
    for attempt in failed:
        assert isinstance(attempt.error, UnsupportedOpsError)
        ((name, layers),) = ((op.name, op.layers) for op in attempt.error.ops)
        assert name == "Ndtri"
        assert set(layers) == {"weird", "on_top"}
    (op,) = error.unsupported_ops
    assert (op.name, op.in_select) == ("Ndtri", False)
    assert "TF Select has no kernels" in error.advice
    assert "opt in" not in error.advice
    assert list(tmp_path.iterdir()) == []


def test_where_tf_select_would_help_the_error_says_how(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError, match="Some ops are not supported") as caught:
        lir.export(cholesky_model(), tmp_path / "model.tflite")
    assert caught.value.unsupported_ops == (UnsupportedOp("Cholesky", ("roots",), in_select=True),)
    assert "'SELECT_TF_OPS'" in caught.value.advice
    assert isinstance(caught.value, RuntimeError)


def test_opting_in_does_not_help_where_tf_select_lacks_the_op(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError, match="Ndtri") as caught:
        lir.export(
            ndtri_model(),
            tmp_path / "model.tflite",
            litert_kwargs=SELECT,
            strategies=(lir.ConcreteFunction(),),
        )
    assert "opt in" not in caught.value.advice


@pytest.mark.parametrize("strategy", THROUGH_TENSORFLOW)
def test_opted_in_the_file_lists_its_select_ops(strategy: str, tmp_path: Path) -> None:
    result = lir.export(
        cholesky_model(),
        tmp_path / "model.tflite",
        litert_kwargs=SELECT,
        strategies=(STRATEGIES[strategy],),
        verify=False,
    )
    assert result.plan.options.kernels is Kernels.BUILTINS_AND_TF_SELECT
    assert result.path is not None
    interface = read_interface(result.path)
    assert interface.flex_ops == ("Cholesky",)


def test_opted_in_the_file_is_not_accepted_unseen(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError, match=r"Flex delegate.* Cholesky") as caught:
        lir.export(
            cholesky_model(),
            tmp_path / "model.tflite",
            litert_kwargs=SELECT,
            strategies=(lir.ConcreteFunction(),),
        )
    assert "verify=False" in caught.value.advice


def test_a_file_that_needs_the_flex_delegate_is_not_loaded(tmp_path: Path) -> None:
    result = lir.export(
        cholesky_model(),
        tmp_path / "model.tflite",
        litert_kwargs=SELECT,
        strategies=(lir.ConcreteFunction(),),
        verify=False,
    )
    assert result.path is not None
    with pytest.raises(FileRejectedError, match="Flex delegate") as caught:
        lir.LiteRTFile(result.path)
    assert caught.value.received == "Cholesky"


def test_builtins_are_the_only_ops_by_default() -> None:
    for strategy in STRATEGIES:
        export = exported("dict", strategy)
        assert export.plan.options.kernels is Kernels.BUILTINS
        assert export.file.interface.flex_ops == ()


def test_a_layer_within_a_custom_layer_is_named(tmp_path: Path) -> None:
    keras = load_keras()
    layer_class: Any = keras.layers.Layer

    class Block(layer_class):  # type: ignore[misc]  # keras has no type stubs
        def __init__(self) -> None:
            super().__init__(name="block")
            self.inside = _layer("inside", _ndtri)

        def call(self, x: Any) -> Any:
            return self.inside(x)

    inputs = keras.Input((4,))
    nested = keras.Model(inputs, Block()(inputs))
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(nested, tmp_path / "model.tflite", strategies=(lir.ConcreteFunction(),))
    (op,) = caught.value.unsupported_ops
    assert [path.rpartition("/")[2] for path in op.layers] == ["inside"]


@functools.cache
def recurrent_model() -> Any:
    """A model whose loop TensorFlow's converter takes with a static batch only."""
    keras = load_keras()
    return keras.Sequential([keras.Input((5, 3), name="steps"), keras.layers.LSTM(4, name="lstm")])


def test_a_recurrent_layer_with_a_dynamic_batch_is_told_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    with pytest.raises(AllStrategiesFailedError, match="TensorListReserve") as caught:
        lir.export(recurrent_model(), path, strategies=(lir.ConcreteFunction(),))
    assert "batch_size=1" in caught.value.advice
    assert caught.value.unsupported_ops == ()


def test_what_stops_the_converter_is_found_once(tmp_path: Path) -> None:
    strategies = (lir.ConcreteFunction(), lir.SavedModel())
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(recurrent_model(), tmp_path / "model.tflite", strategies=strategies)
    first, second = caught.value.attempts
    assert isinstance(first.error, TensorListError)
    assert second.outcome is lir.Outcome.NOT_TRIED
    assert second.reason == "uses the converter that failed for concrete-function"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_recurrent_layer_with_a_static_batch(strategy: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    lir.export(recurrent_model(), path, batch_size=1, strategies=(STRATEGIES[strategy],))
    steps = np.random.default_rng(0).standard_normal((1, 5, 3)).astype(np.float32)
    expected = np.asarray(recurrent_model()(steps))
    result = lir.LiteRTFile(path).run({"steps": steps})["lstm"]
    np.testing.assert_allclose(result, expected, atol=1e-6)  # outputs are below one


@attrs.frozen
class _Named:
    name: str
    path: str


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("model/dense/MatMul", "top/dense"),
        ("model_1/dense_1/MatMul@__inference_call_12", "top/dense"),
        ("model/inner/deep/Relu", "top/inner/deep"),
        ("model/inner_3/Relu", "top/inner"),
        ("model/dense_2/MatMul", "top/dense_2"),
        ("model/unknown/MatMul", None),
        ("dense", None),
        ("", None),
    ],
)
def test_the_layer_of_a_name_scope(scope: str, found: str | None) -> None:
    names = ("dense", "dense_2", "inner", "inner/deep")
    layers = [_Named(name.rpartition("/")[2], f"top/{name}") for name in names]
    assert layer_of_scope(scope, layers) == found
