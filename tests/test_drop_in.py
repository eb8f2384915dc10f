"""The drop-in: `keras.Model.export` goes through litert_ir as long as somebody asks for it."""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import litert_ir as lir
from tests.hub.tiny_tasks import bert_classifier

KERAS_OWN = keras.Model.export


@pytest.fixture(autouse=True)
def keras_as_it_was() -> Iterator[None]:
    yield
    lir.uninstall()
    assert vars(keras.Model)["export"] is KERAS_OWN


def dense(name: str = "x") -> Any:
    x = keras.Input((3,), name=name)
    return keras.Model(x, keras.layers.Dense(2)(x))


class Recorded:
    """A stand-in for Keras' own method that keeps its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    @property
    def method(self) -> Callable[..., Any]:
        def export(
            self: Any,
            filepath: Any,
            format: str = "tf_saved_model",  # noqa: A002
            verbose: Any = None,
            input_signature: Any = None,
            **kwargs: Any,
        ) -> str:
            recorded.calls.append(
                (
                    (self, filepath),
                    {
                        "format": format,
                        "verbose": verbose,
                        "input_signature": input_signature,
                        **kwargs,
                    },
                )
            )
            return "Keras"

        recorded = self
        return export


@pytest.fixture
def keras_own(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    recorded = Recorded()
    monkeypatch.setattr(keras.Model, "export", recorded.method)
    return recorded


def is_in_place() -> bool:
    return vars(keras.Model)["export"] is not KERAS_OWN


def test_models_made_before_and_after_go_through_litert_ir(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = dense()
    lir.install()
    after = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    for number, model in enumerate((before, after)):
        path = tmp_path / f"{number}.tflite"
        result = model.export(str(path), format="litert")
        assert isinstance(result, lir.ExportResult)
        assert result.path == path
        assert result.parity is not None
        x = np.ones((2, 3), np.float32)
        (found,) = lir.LiteRTFile(path).run({result.plan.inputs[0].name: x}).values()
        np.testing.assert_allclose(found, model(x), rtol=1e-5)
        assert capsys.readouterr().out == f"Saved artifact at '{path}'.\n"


def test_arguments_by_position(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signature = [keras.InputSpec(shape=(1, 3), dtype="float32")]
    with lir.installed():
        given = (tmp_path / "model.tflite", "litert", False, signature)
        result = dense().export(*given)
    assert [spec.sizes for spec in result.plan.inputs] == [(1, 3)]
    assert capsys.readouterr().out == ""


def test_keras_converter_options_and_keywords_of_litert_ir(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64)])
    with lir.installed():
        result = model.export(
            tmp_path / "model.tflite", format="litert", optimizations=["DEFAULT"], batch_size=2
        )
    assert result.strategy == "quantized-stablehlo"
    assert result.plan == lir.plan_for(model, quantization="dynamic", batch_size=2)


def test_tasks_have_the_sizes_of_their_preprocessors(tmp_path: Path) -> None:
    task = bert_classifier(sequence_length=12)
    with lir.installed():
        result = task.export(tmp_path / "task.tflite", format="litert", verbose=False)
    assert result.plan.task is not None
    assert {spec.name: spec.sizes for spec in result.plan.inputs} == {
        "token_ids": (None, 12),
        "segment_ids": (None, 12),
        "padding_mask": (None, 12),
    }


def test_what_is_printed_follows_keras(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    keras.config.disable_interactive_logging()
    try:
        with lir.installed(), caplog.at_level(logging.INFO, logger="litert_ir"):
            dense().export(tmp_path / "model.tflite", format="litert")
    finally:
        keras.config.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    assert f"Saved artifact at '{tmp_path / 'model.tflite'}'." in caplog.messages


def test_other_formats_reach_keras_untouched(keras_own: Recorded) -> None:
    model = dense()
    with lir.installed():
        assert model.export("folder") == "Keras"
        assert model.export("m.onnx", "onnx", None, opset_version=18) == "Keras"
        assert model.export("m", format="no such format", verbose=None) == "Keras"
        with pytest.raises(TypeError, match="filepath"):
            model.export(format="litert")
    assert keras_own.calls == [
        ((model, path), {"input_signature": None, **call})
        for path, call in (
            ("folder", {"format": "tf_saved_model", "verbose": None}),
            ("m.onnx", {"format": "onnx", "verbose": None, "opset_version": 18}),
            ("m", {"format": "no such format", "verbose": None}),
        )
    ]


def test_a_class_with_an_export_of_its_own_keeps_it(tmp_path: Path) -> None:
    class Own(keras.Model):  # type: ignore[misc]  # keras has no type stubs
        def export(self, filepath: Any, **kwargs: Any) -> tuple[str, Any]:
            return "own", super().export(filepath, **kwargs)

    x = keras.Input((3,))
    with lir.installed():
        own, result = Own(x, keras.layers.Dense(2)(x)).export(
            tmp_path / "model.tflite", format="litert", verbose=False
        )
    assert own == "own"
    assert isinstance(result, lir.ExportResult)


def test_the_method_looks_like_keras_own() -> None:
    with lir.installed():
        assert inspect.signature(keras.Model.export) == inspect.signature(KERAS_OWN)
        assert keras.Model.export.__doc__ == KERAS_OWN.__doc__
        assert keras.Model.export.__qualname__ == KERAS_OWN.__qualname__


def test_to_install_twice_is_to_install_once() -> None:
    lir.install()
    once = keras.Model.export
    lir.install()
    assert keras.Model.export is once
    lir.uninstall()
    assert not is_in_place()
    lir.uninstall()
    assert not is_in_place()


def test_contexts_are_nested_and_leave_an_installation() -> None:
    with lir.installed():
        with lir.installed():
            pass
        assert is_in_place()
    assert not is_in_place()
    lir.install()
    with lir.installed():
        pass
    assert is_in_place()


def test_uninstall_leaves_open_contexts() -> None:
    with lir.installed():
        lir.uninstall()
        assert is_in_place()
    assert not is_in_place()


def test_a_context_left_by_an_error_is_left() -> None:
    with pytest.raises(KeyError), lir.installed():
        raise KeyError
    assert not is_in_place()


def test_the_last_thread_gives_keras_its_method_back() -> None:
    both_inside, seen = threading.Barrier(8), []

    def work() -> None:
        for _ in range(50):
            with lir.installed():
                seen.append(is_in_place())
        with lir.installed():
            both_inside.wait(timeout=30)
            seen.append(is_in_place())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8 * 51
    assert all(seen)
    assert not is_in_place()


def test_a_method_put_above_stays_and_reaches_keras_after_uninstall(keras_own: Recorded) -> None:
    lir.install()
    below = keras.Model.export

    def above(self: Any, *args: Any, **kwargs: Any) -> Any:
        return "above", below(self, *args, **kwargs)

    keras.Model.export = above
    lir.uninstall()
    assert keras.Model.export is above
    assert dense().export("m.tflite", format="litert") == ("above", "Keras")
    assert len(keras_own.calls) == 1


def test_errors_of_the_target_come_first(tmp_path: Path) -> None:
    with lir.installed(), pytest.raises(ValueError, match=r"\.tflite"):
        dense().export(tmp_path / "model.txt", format="litert")
