"""TensorFlow's converter calibrates in a child process, which gets the graph without its model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.conversion.tensorflow import graph_in_child
from litert_ir.errors import (
    AllStrategiesFailedError,
    ConverterCrashed,
    SamplesError,
    UnsupportedOpsError,
)
from litert_ir.isolation import place

RNG = np.random.default_rng(5)
IMAGES = [{"image": RNG.normal(size=(2, 8, 8, 3)).astype(np.float32)} for _ in range(8)]
INTEGERS = {
    "optimizations": ["DEFAULT"],
    "target_spec": {"supported_ops": ["TFLITE_BUILTINS_INT8"]},
}
ISOLATED = (lir.Direct, lir.ConcreteFunction, lir.SavedModel)
all_strategies = pytest.mark.parametrize("kind", ISOLATED, ids=lambda kind: kind.__name__)


def small(*layers: Any) -> Any:
    keras = load_keras()
    image = keras.Input((8, 8, 3), name="image")
    y = image
    for layer in layers:
        y = layer(y)
    y = keras.layers.GlobalAveragePooling2D()(y)
    return keras.Model(image, {"scores": keras.layers.Dense(3)(y)})


def exported(model: Any, path: Path, strategy: Any, samples: Any = None) -> lir.ExportResult:
    return lir.export(
        model,
        path,
        litert_kwargs={**INTEGERS, "representative_dataset": lambda: iter(samples or IMAGES)},
        strategies=(strategy,),
    )


def child() -> int | None:
    return graph_in_child._worker().pid


@all_strategies
def test_files_are_those_of_this_process(kind: Any, tmp_path: Path) -> None:
    model = small(load_keras().layers.Conv2D(4, 3, activation="relu"))
    apart = exported(model, tmp_path / "apart.tflite", kind())
    here = exported(model, tmp_path / "here.tflite", kind(isolated=False))
    assert apart.strategy == here.strategy == kind().name
    found, expected = (
        lir.LiteRTFile(tmp_path / name).run(IMAGES[0])["scores"]
        for name in ("apart.tflite", "here.tflite")
    )
    np.testing.assert_array_equal(found, expected)


def test_one_child_serves_several_conversions(tmp_path: Path) -> None:
    exported(small(), tmp_path / "a.tflite", lir.ConcreteFunction())
    first = child()
    exported(small(), tmp_path / "b.tflite", lir.SavedModel())
    assert child() == first is not None


def test_a_calibrator_that_crashes_is_a_failed_attempt(tmp_path: Path) -> None:
    keras = load_keras()
    x = keras.Input((5, 2), batch_size=1, name="x")
    model = keras.Model(x, keras.layers.LSTM(4)(x))
    samples = [{"x": RNG.normal(size=(1, 5, 2)).astype(np.float32)} for _ in range(4)]
    with pytest.raises(
        AllStrategiesFailedError, match=r"SIG(SEGV|ABRT) while calibrating"
    ) as caught:
        exported(model, tmp_path / "model.tflite", lir.ConcreteFunction(), samples)
    (attempt,) = caught.value.attempts
    assert isinstance(attempt.error, ConverterCrashed)
    assert list(tmp_path.iterdir()) == []


class Crashing(lir.ConcreteFunction):
    """A strategy whose calibrator crashes."""

    def convert(self, *_: Any) -> Any:
        raise ConverterCrashed("calibrating", signal="SIGSEGV")


def test_a_calibrator_that_crashed_twice_is_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(
            small(),
            tmp_path / "model.tflite",
            litert_kwargs={**INTEGERS, "representative_dataset": lambda: iter(IMAGES)},
            strategies=(Crashing(), Crashing(), lir.ConcreteFunction(), lir.SavedModel()),
        )
    outcomes = [attempt.outcome for attempt in caught.value.attempts]
    assert outcomes == [lir.Outcome.FAILED] * 2 + [lir.Outcome.NOT_TRIED] * 2


@all_strategies
def test_the_child_needs_no_classes_of_the_models(kind: Any, tmp_path: Path) -> None:
    keras = load_keras()
    layer_class: Any = keras.layers.Layer

    class OwnLayer(layer_class):  # type: ignore[misc]  # keras has no type stubs
        """A layer of no module, without a config."""

        def __init__(self, factor: float) -> None:
            super().__init__()
            self.factor = factor

        def call(self, x: Any) -> Any:
            return x * self.factor

    factor = np.float32(3)
    model = small(OwnLayer(0.5), keras.layers.Lambda(lambda x: x * factor))
    exported(model, tmp_path / "model.tflite", kind())


@all_strategies
def test_variables_that_no_layer_owns_are_taken_along(kind: Any, tmp_path: Path) -> None:
    keras, tf = load_keras(), load_tensorflow()
    factor = tf.Variable([1.0, 2.0, 4.0])
    model = small(keras.layers.Lambda(lambda x: x * factor))
    exported(model, tmp_path / "model.tflite", kind())


class Unsaved(lir.ConcreteFunction):
    """A strategy whose graph cannot be saved."""

    def saved(self, *_: Any) -> Any:
        raise AssertionError("Tried to export a function which references an untracked resource")


def test_a_graph_that_cannot_be_saved_says_what_can_be_done(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError, match="untracked resource") as caught:
        exported(small(), tmp_path / "model.tflite", Unsaved())
    assert "isolated=False" in caught.value.advice


def test_ops_without_kernels_name_their_layers(tmp_path: Path) -> None:
    keras = load_keras()
    model = small(keras.layers.Lambda(keras.ops.erfinv, name="inverse"))
    with pytest.raises(AllStrategiesFailedError) as caught:
        exported(model, tmp_path / "model.tflite", lir.ConcreteFunction())
    (attempt,) = caught.value.attempts
    assert isinstance(attempt.error, UnsupportedOpsError)
    assert attempt.error.ops[0].layers == ("inverse",)


def test_samples_that_do_not_fit_are_the_callers_fault(tmp_path: Path) -> None:
    samples = [IMAGES[0], {"image": np.zeros((2, 8, 8, 4), np.float32)}]
    with pytest.raises(SamplesError):
        exported(small(), tmp_path / "model.tflite", lir.ConcreteFunction(), samples)


@pytest.mark.parametrize("isolated", [True, False])
def test_what_a_dataset_raises_is_an_error_of_the_samples(isolated: bool, tmp_path: Path) -> None:
    def samples() -> Iterator[Any]:
        yield from IMAGES[:5]
        raise OSError("the disk of the samples is gone")

    with pytest.raises(SamplesError, match="the disk of the samples"):
        lir.export(
            small(),
            tmp_path / "model.tflite",
            litert_kwargs={**INTEGERS, "representative_dataset": samples},
            strategies=(lir.ConcreteFunction(isolated=isolated),),
        )


def test_what_is_not_calibrated_stays_in_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_in_child, "_worker", None)
    lir.export(small(), tmp_path / "a.tflite", strategies=(lir.ConcreteFunction(),))
    dynamic = {"optimizations": ["DEFAULT"]}
    lir.export(small(), tmp_path / "b.tflite", strategies=(lir.Direct(),), litert_kwargs=dynamic)


def test_a_child_process_calibrates_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_in_child, "_worker", None)
    monkeypatch.setattr(place, "_is_child", True)
    exported(small(), tmp_path / "model.tflite", lir.ConcreteFunction())
