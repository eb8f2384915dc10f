"""Where samples come from: Keras' datasets with labels, endless ones, and how many to take."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from operator import length_hint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import OptionsError, SamplesError
from litert_ir.runtime.counting import Counted
from litert_ir.samples.samples import CALIBRATION_LIMIT, Samples
from tests.conversion.exports import Array, exported, model
from tests.conversion.stubs import returning

X = np.arange(24, dtype=np.float32).reshape(6, 4)
Y = np.arange(6)
ZULU, ALPHA = np.ones((6, 3), np.float32), np.full((6, 5), 2.0, np.float32)


def of_single(source: Any, **options: Any) -> Samples:
    """Samples for the model of one input, ``(batch, 4)``."""
    return Samples(exported("single").plan, source, **options)


def stacked(samples: Samples) -> Array:
    return np.concatenate([array for (array,) in samples])


def py_dataset(
    element: Callable[[slice], Any], batches: int | None = 3, seen: list[int] | None = None
) -> Any:
    """A `keras.utils.PyDataset` of batches of two."""

    class Batches(load_keras().utils.PyDataset):  # type: ignore[misc]  # keras has no type stubs
        @property
        def num_batches(self) -> int | None:
            return batches

        def __getitem__(self, index: int) -> Any:
            if seen is not None:
                seen.append(index)
            return element(slice(2 * (index % 3), 2 * (index % 3) + 2))

    return Batches()


@pytest.mark.parametrize(
    "element",
    [
        pytest.param(lambda rows: X[rows], id="x"),
        pytest.param(lambda rows: (X[rows],), id="x-in-a-tuple"),
        pytest.param(lambda rows: (X[rows], Y[rows]), id="x-y"),
        pytest.param(lambda rows: [X[rows], Y[rows]], id="x-y-in-a-list"),
        pytest.param(lambda rows: (X[rows], Y[rows], Y[rows]), id="x-y-weights"),
        pytest.param(lambda rows: {"features": X[rows]}, id="dict"),
        pytest.param(lambda rows: ({"features": X[rows]}, Y[rows]), id="dict-y"),
    ],
)
def test_elements_of_keras_own_dataset(element: Callable[[slice], Any]) -> None:
    samples = of_single(py_dataset(element))
    np.testing.assert_array_equal(stacked(samples), X)
    assert length_hint(samples) == 3


def test_only_so_many_batches_are_asked_for() -> None:
    seen: list[int] = []
    of_single(py_dataset(lambda rows: X[rows], 3, seen)).check()
    assert seen == [0, 0]  # one sample, read twice
    assert len(list(of_single(py_dataset(lambda rows: X[rows], None), most=7))) == 7
    assert length_hint(of_single(py_dataset(lambda rows: X[rows], None), most=7), -1) == -1


def test_a_dataset_that_does_not_say_how_many_batches_it_has() -> None:
    class Batches(load_keras().utils.PyDataset):  # type: ignore[misc]  # keras has no type stubs
        def __getitem__(self, index: int) -> Any:
            del index
            return X

    samples = of_single(Batches(), most=4)
    assert (len(list(samples)), length_hint(samples, -1)) == (4, -1)


@pytest.mark.parametrize(
    "elements",
    [
        pytest.param((ZULU, ALPHA), id="two-inputs"),  # the first alone does not fit
        pytest.param(((ZULU, ALPHA), Y), id="pair-y"),
        pytest.param(({"zulu": ZULU, "alpha": ALPHA}, Y), id="dict-y"),
    ],
)
def test_elements_of_a_tensorflow_dataset(elements: Any) -> None:
    dataset = load_tensorflow().data.Dataset.from_tensor_slices(elements).batch(2)
    samples = Samples(exported("list").plan, dataset)
    found = [np.concatenate(arrays) for arrays in zip(*samples, strict=True)]
    np.testing.assert_array_equal(found[0], ZULU)
    np.testing.assert_array_equal(found[1], ALPHA)
    assert length_hint(samples) == 3


def test_a_tensorflow_dataset_of_one_input_and_labels() -> None:
    tf = load_tensorflow()
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(3)
    np.testing.assert_array_equal(stacked(of_single(dataset)), X)
    np.testing.assert_array_equal(stacked(of_single(lambda: dataset)), X)
    assert length_hint(of_single(dataset.repeat()), -1) == -1


def test_a_tensorflow_dataset_that_was_not_batched_is_told_so() -> None:
    dataset = load_tensorflow().data.Dataset.from_tensor_slices((X, Y))
    with pytest.raises(SamplesError, match="carry the batch dimension") as caught:
        of_single(dataset).check()
    assert (caught.value.expected, caught.value.received) == (
        "(batch=?, 4) float32",
        "(4,) float32",
    )


@pytest.mark.parametrize("sample", [(X, Y), [X, Y], (X, Y, Y), ({"features": X}, Y)])
def test_pairs_from_elsewhere_are_told_apart_with_a_hint(sample: Any) -> None:
    with pytest.raises(SamplesError, match="does not fit the inputs") as caught:
        of_single([sample]).check()
    assert "looks like (inputs, labels)" in caught.value.advice
    assert caught.value.received == f"{len(sample)} value(s)"


def test_what_is_no_pair_gets_no_such_hint() -> None:
    with pytest.raises(SamplesError, match="does not fit the inputs") as caught:
        of_single([[X, X, X, X]]).check()
    assert caught.value.advice == ""


def test_an_endless_dataset_ends_at_the_limit() -> None:
    endless = of_single(lambda: itertools.repeat(X), most=5)
    assert len(list(endless)) == len(list(endless)) == 5


def test_a_limit_above_all_samples_takes_all() -> None:
    samples = of_single([X, X], most=5)
    assert (len(list(samples)), length_hint(samples)) == (2, 2)
    assert length_hint(of_single([X] * 9, most=5)) == 5
    assert length_hint(of_single(lambda: [X], most=5), -1) == -1


def calibrated_on(dataset: Any, path: Path, **options: Any) -> list[Any]:
    """The samples that a strategy gets of a dataset for the model of one input."""
    seen: list[Any] = []

    class Witness:
        name = "witness"

        def refuses(self, plan: lir.ExportPlan) -> None:
            del plan

        def convert(self, plan: lir.ExportPlan, model: Any, calibration: Any) -> lir.Artifact:
            seen.append(length_hint(calibration, -1))
            seen.extend(sample[0] for sample in calibration)
            return lir.ConcreteFunction().convert(plan, model, None)

    lir.export(
        model("single"),
        path,
        options={"optimizations": ["DEFAULT"], "representative_dataset": dataset},
        strategies=(Witness(),),
        **options,
    )
    return seen


@pytest.fixture(scope="module")
def many() -> Array:
    return np.random.default_rng(0).standard_normal((CALIBRATION_LIMIT + 20, 1, 4)).astype("f4")


@pytest.mark.parametrize("verify", [False, lir.Verification()])
def test_an_export_calibrates_on_the_first_of_many_samples(
    many: Array, verify: bool | lir.Verification, tmp_path: Path
) -> None:
    hint, *seen = calibrated_on(many, tmp_path / "m.tflite", verify=verify)
    assert hint == len(seen) == CALIBRATION_LIMIT
    np.testing.assert_array_equal(np.stack(seen), many[:CALIBRATION_LIMIT])


def test_the_limit_can_be_said(many: Array, tmp_path: Path) -> None:
    def endless() -> Iterator[Array]:
        return itertools.cycle(many)

    hint, *seen = calibrated_on(endless, tmp_path / "m.tflite", calibration_limit=7)
    assert (hint, len(seen)) == (-1, 7)


@pytest.mark.parametrize("limit", [0, -1, 2.5, True, None])
def test_a_limit_that_is_no_number_of_samples(limit: Any, tmp_path: Path) -> None:
    stub = returning(exported("single").content)
    with pytest.raises(OptionsError, match="a number of samples") as caught:
        lir.export(
            model("single"), tmp_path / "m.tflite", strategies=(stub,), calibration_limit=limit
        )
    assert (caught.value.where, caught.value.received) == ("calibration_limit", repr(limit))
    assert stub.calls == 0


@pytest.mark.parametrize(
    "strategy",
    [lir.ConcreteFunction(), lir.Quantized(lir.ConcreteFunction())],
    ids=lambda strategy: strategy.name,
)
def test_calibration_is_counted_whoever_quantizes(
    strategy: lir.ConversionStrategy, many: Array, tmp_path: Path
) -> None:
    told: list[str] = []
    lir.export(
        model("single"),
        tmp_path / "m.tflite",
        quantization="int8",
        representative_dataset=many[:40],
        strategies=(strategy,),
        on_progress=told.append,
    )
    counts = [phase for phase in told if isinstance(phase, Counted)]
    assert {(phase.strategy, phase.phase, phase.total) for phase in counts} == {
        (strategy.name, "calibrating", 40)
    }
    assert (counts[0].done, counts[-1].done) == (0, 40)
