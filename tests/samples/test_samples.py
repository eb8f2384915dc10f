"""Representative datasets: every form that is accepted, and faults found before any conversion."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import OptionsError, SamplesError
from litert_ir.samples.samples import Samples
from tests.conversion.exports import Array, exported, model
from tests.conversion.stubs import returning

ZULU = np.full((1, 3), 1.0, np.float32)
ALPHA = np.full((1, 5), 2.0, np.float32)
LEFT, RIGHT = np.full((2, 3), 3.0, np.float32), np.full((2, 3), 4.0, np.float32)
MASK = np.full((2, 3), 5, np.int32)


def flat(trait: str, sample: Any) -> list[Array]:
    """The one sample as the strategies get it."""
    (found,) = Samples(exported(trait).plan, [sample])
    return list(found)


def assert_equal(found: list[Array], expected: list[Array]) -> None:
    assert [array.dtype for array in found] == [array.dtype for array in expected]
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param({"alpha": ALPHA, "zulu": ZULU}, id="dict-by-name"),
        pytest.param([ZULU, ALPHA], id="list"),
        pytest.param((ZULU, ALPHA), id="tuple"),
        pytest.param([[ZULU, ALPHA]], id="list-of-the-one-argument"),
        pytest.param([ZULU.tolist(), ALPHA.astype(np.float64)], id="other-float-type"),
    ],
)
def test_samples_of_two_inputs(sample: Any) -> None:
    assert_equal(flat("list", sample), [ZULU, ALPHA])


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param({"side": {"mask": MASK}, "pair": [LEFT, RIGHT]}, id="nested"),
        pytest.param([{"pair": (LEFT, RIGHT), "side": {"mask": MASK}}], id="wrapped"),
        pytest.param({"side_mask": MASK, "right": RIGHT, "left": LEFT}, id="dict-by-name"),
        pytest.param([LEFT, RIGHT, MASK], id="list"),
        pytest.param([LEFT, RIGHT, MASK.astype(np.int64)], id="other-integer-type"),
    ],
)
def test_samples_of_a_nested_model(sample: Any) -> None:
    assert_equal(flat("nested", sample), [LEFT, RIGHT, MASK])


@pytest.mark.parametrize("wrap", [lambda a: a, lambda a: [a], lambda a: {"features": a}])
def test_samples_of_one_input(wrap: Callable[[Array], Any]) -> None:
    features = np.ones((3, 4), np.float32)
    assert_equal(flat("single", wrap(features)), [features])


def test_tensors_are_samples() -> None:
    tf = load_tensorflow()
    dataset = tf.data.Dataset.from_tensor_slices({"zulu": ZULU, "alpha": ALPHA}).batch(1)
    (sample,) = Samples(exported("list").plan, dataset)
    assert_equal(list(sample), [ZULU, ALPHA])


def test_an_array_is_a_dataset_of_its_rows() -> None:
    data = np.arange(24, dtype=np.float32).reshape(3, 2, 4)
    samples = list(Samples(exported("single").plan, data))
    assert len(samples) == 3
    np.testing.assert_array_equal(np.stack([array for (array,) in samples]), data)


def test_arguments_of_a_subclassed_model() -> None:
    query, context = np.ones((1, 4), np.float32), np.ones((1, 5), np.float32)
    for sample in ([query, context], {"context": context, "query": query}):
        assert_equal(flat("subclassed-2", sample), [query, context])


def test_each_iteration_starts_anew() -> None:
    calls: list[int] = []

    def dataset() -> Iterator[Any]:
        calls.append(1)
        yield [ZULU, ALPHA]

    calibration = Samples(exported("list").plan, dataset)
    assert len(list(calibration)) == len(list(calibration)) == 1
    assert len(calls) == 2


def _samples(*samples: Any) -> Callable[[], Iterator[Any]]:
    return lambda: iter(samples)


FAULTS = [
    pytest.param(_samples(), "There are no samples", "representative_dataset", id="empty-function"),
    pytest.param([], "There are no samples", "representative_dataset", id="empty-list"),
    pytest.param(iter([[ZULU, ALPHA]]), "read only once", "representative_dataset", id="iterator"),
    pytest.param(
        (sample for sample in [[ZULU, ALPHA]]),
        "read only once",
        "representative_dataset",
        id="generator",
    ),
    pytest.param(
        [{"zulu": ZULU, "alfa": ALPHA}],
        r"expected: a dict with the keys \['zulu', 'alpha'\]",
        "sample 0 of representative_dataset",
        id="wrong-name",
    ),
    pytest.param([{"zulu": ZULU}], "does not fit", "sample 0", id="missing-name"),
    pytest.param([[ZULU]], "does not fit", "sample 0", id="too-few"),
    pytest.param([[ZULU, ALPHA, ALPHA]], r"received: 3 value\(s\)", "sample 0", id="too-many"),
    pytest.param([ZULU], "does not fit", "sample 0", id="one-array-for-two-inputs"),
    pytest.param([[ALPHA, ZULU]], "another shape", "input 'zulu'", id="swapped"),
    pytest.param([[ZULU[0], ALPHA]], "carry the batch dimension", "input 'zulu'", id="no-batch"),
    pytest.param(
        [[ZULU, ALPHA.astype(np.complex64)]], "element type", "input 'alpha'", id="complex"
    ),
    pytest.param([[ZULU, np.full((1, 5), "a")]], "element type", "input 'alpha'", id="text"),
    pytest.param([None], "does not fit", "sample 0", id="none"),
]


@pytest.mark.parametrize(("dataset", "message", "where"), FAULTS)
def test_a_fault_is_found_before_any_conversion(
    dataset: Any, message: str, where: str, tmp_path: Path
) -> None:
    stub = returning(exported("list").content)
    with pytest.raises(SamplesError, match=message) as caught:
        lir.export(
            model("list"),
            tmp_path / "model.tflite",
            options={"optimizations": ["DEFAULT"]},
            representative_dataset=dataset,
            strategies=(stub,),
        )
    assert where in caught.value.where
    assert isinstance(caught.value, ValueError)
    assert stub.calls == 0
    assert list(tmp_path.iterdir()) == []


def test_integers_are_not_taken_from_floats(tmp_path: Path) -> None:
    sample = [LEFT, RIGHT, MASK.astype(np.float32)]
    with pytest.raises(SamplesError, match="element type") as caught:
        lir.export(
            model("nested"),
            tmp_path / "model.tflite",
            options={"optimizations": ["DEFAULT"], "representative_dataset": [sample]},
        )
    assert (caught.value.expected, caught.value.received) == ("int32", "float32")


@pytest.mark.parametrize("strategy", lir.DEFAULT_STRATEGIES, ids=lambda strategy: strategy.name)
def test_a_later_sample_that_does_not_fit_ends_the_export(
    strategy: lir.ConversionStrategy, tmp_path: Path
) -> None:
    following = returning(exported("list").content)
    with pytest.raises(SamplesError, match="another shape") as caught:
        lir.export(
            model("list"),
            tmp_path / "model.tflite",
            options={"optimizations": ["DEFAULT"]},
            representative_dataset=[[ZULU, ALPHA], [ZULU, ZULU]],
            strategies=(strategy, following),
        )
    assert caught.value.where == "sample 1 of representative_dataset, input 'alpha'"
    assert following.calls == 0
    assert list(tmp_path.iterdir()) == []


def test_a_function_that_gives_its_samples_only_once_is_refused(tmp_path: Path) -> None:
    generator = iter([[ZULU, ALPHA]])
    with pytest.raises(SamplesError):
        lir.export(
            model("list"),
            tmp_path / "model.tflite",
            options={"optimizations": ["DEFAULT"]},
            representative_dataset=lambda: generator,
            strategies=(lir.ConcreteFunction(),),
        )


def test_an_exception_of_the_dataset_is_the_users(tmp_path: Path) -> None:
    class LoaderError(RuntimeError):
        """What somebody's loader raises."""

    def dataset() -> Iterator[Any]:
        yield [ZULU, ALPHA]
        raise LoaderError

    with pytest.raises((LoaderError, SamplesError)):
        lir.export(
            model("list"),
            tmp_path / "model.tflite",
            options={"optimizations": ["DEFAULT"]},
            representative_dataset=dataset,
            strategies=(lir.ConcreteFunction(),),
        )


@pytest.mark.parametrize("given", [0, 1])
def test_a_generator_that_fails_has_not_given_all_it_had(given: int, tmp_path: Path) -> None:
    def samples() -> Iterator[Any]:
        yield from [[ZULU, ALPHA]] * given
        raise OSError("the disk is gone")

    stub = returning(exported("list").content)
    with pytest.raises(SamplesError, match="cannot be read") as caught:
        lir.export(
            model("list"),
            tmp_path / "model.tflite",
            strategies=(stub,),
            verify=lir.Verification(samples=samples()),
        )
    assert caught.value.received == "OSError: the disk is gone"
    assert not (tmp_path / "model.tflite").exists()


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="an iterable of samples") as caught:
        lir.export(
            model("list"),
            tmp_path / "model.tflite",
            options={"optimizations": ["DEFAULT"], "representative_dataset": 3},
        )
    assert caught.value.where == "representative_dataset"


def test_samples_of_several_nested_arguments() -> None:
    keras = load_keras()
    model_class: Any = keras.Model

    class Pair(model_class):  # type: ignore[misc]  # keras has no type stubs
        def call(self, a: Any, b: Any) -> Any:
            return a["x"] - b["y"]

    spec = keras.InputSpec(shape=(None, 2), dtype="float32")
    plan = lir.plan_for(Pair(), input_signature={"a": {"x": spec}, "b": {"y": spec}})
    x, y = np.full((1, 2), 1, np.float32), np.full((1, 2), 2, np.float32)
    forms: list[Any] = [
        {"a_x": x, "b_y": y},
        [{"x": x}, {"y": y}],
        {"b": {"y": y}, "a": {"x": x}},
        [x, y],
    ]
    for form in forms:
        ((first, second),) = Samples(plan, [form])
        np.testing.assert_array_equal(first, x)
        np.testing.assert_array_equal(second, y)


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ([[[1.0, 2.0], [3.0]]], "is no array"),
        ([np.full((1, 4), np.nan, np.float32)], "NaN or infinity"),
        ([np.zeros((0, 4), np.float32)], "another shape"),
    ],
    ids=["ragged", "nan", "empty-batch"],
)
def test_what_cannot_calibrate_is_refused(sample: Any, message: str) -> None:
    with pytest.raises(SamplesError, match=message) as caught:
        Samples(exported("single").plan, [sample], finite=True).check()
    assert "sample 0 of representative_dataset, input 'features'" in caught.value.where
    assert caught.value.received


@pytest.mark.parametrize("source", ["data.npz", Path("data.npz")])
def test_a_path_is_no_dataset(source: Any) -> None:
    with pytest.raises(SamplesError, match="A path is not read") as caught:
        Samples(exported("single").plan, source).check()
    assert caught.value.advice == "pass litert_ir.samples_from('data.npz')"


def test_samples_that_never_end_are_refused() -> None:
    endless = Samples(exported("single").plan, lambda: itertools.repeat(np.zeros((1, 4), "f4")))
    with pytest.raises(SamplesError, match="may be endless") as caught:
        list(endless)
    assert caught.value.expected == "at most 10,000"


def test_calibration_sees_what_is_compared(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    seen: list[Any] = []

    class Witness:
        name = "witness"

        def refuses(self, plan: lir.ExportPlan) -> None:
            del plan

        def convert(self, plan: lir.ExportPlan, model: Any, calibration: Any) -> lir.Artifact:
            seen.extend(sample[0] for sample in calibration)
            return lir.ConcreteFunction().convert(plan, model, calibration)

    result = lir.export(
        model("single"),
        tmp_path / "m.tflite",
        options={"optimizations": ["DEFAULT"]},
        representative_dataset=lambda: [rng.normal(size=(2, 4)).astype("f4") for _ in range(6)],
        strategies=(Witness(),),
    )
    assert len(seen) == 6
    assert result.parity is not None
    assert result.parity.input_shapes == (((2, 4),),) * 6


@pytest.mark.parametrize(
    ("sizes", "received"),
    [
        (((2, 7), (2, 8)), "input 'x' has 7 along 'length' (8 .. 64)"),
        (((2, 65), (2, 65)), "input 'mask' has 65 along 'length' (8 .. 64)"),
        (((2, 9), (2, 8)), "input 'mask' has 8 along 'length' (8 .. 64), where input 'x' has 9"),
        (((2, 9), (1, 9)), "input 'mask' has 1 along 'batch' (1 or more), where input 'x' has 2"),
    ],
)
def test_sizes_are_within_the_bounds_and_equal_for_one_name(
    sizes: tuple[tuple[int, int], tuple[int, int]], received: str
) -> None:
    keras = load_keras()
    x, mask = keras.Input((None,), name="x"), keras.Input((None,), name="mask")
    length = lir.DynamicDim("length", minimum=8, maximum=64)
    specs = [
        lir.TensorSpec(name=name, shape=(lir.DynamicDim(), length), dtype=lir.DType.FLOAT32)
        for name in ("x", "mask")
    ]
    plan = lir.plan_for(keras.Model([x, mask], x * mask), input_signature=specs)
    fitting, other = (
        [np.zeros(size, np.float32) for size in pair] for pair in (((1, 8),) * 2, sizes)
    )
    with pytest.raises(SamplesError, match="sizes out of the inputs' bounds") as caught:
        list(Samples(plan, [fitting, other]))
    assert caught.value.where == "sample 1 of representative_dataset"
    assert "mask (batch=?, length=8..64) float32" in caught.value.expected
    assert received in caught.value.received
