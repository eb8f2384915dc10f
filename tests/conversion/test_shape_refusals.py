"""Results of which values decide how many elements they have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import AllStrategiesFailedError, ValueDependentShapeError
from tests.conversion.exports import STRATEGIES

keras: Any = load_keras()
tf: Any = load_tensorflow()

Function = Callable[..., Any]
_MOST, _OVERLAP, _SCORE = 4, 0.5, 0.5


class Applying(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Applies a function."""

    def __init__(self, function: Function) -> None:
        super().__init__(name="applying")
        self.function = function

    def call(self, *inputs: Any) -> Any:
        return self.function(*inputs)


def model_of(function: Function, shapes: Sequence[tuple[int, ...]]) -> Any:
    inputs = [keras.Input(batch_shape=shape, name=f"x{at}") for at, shape in enumerate(shapes)]
    return keras.Model(inputs, Applying(function)(*inputs))


def _detections(boxes: Any, scores: Any) -> Any:
    kept = tf.image.non_max_suppression(boxes, scores, _MOST, _OVERLAP, _SCORE)
    return tf.gather(boxes, kept)


def _total(boxes: Any, scores: Any) -> Any:
    return tf.reduce_sum(_detections(boxes, scores), axis=0)


def _with_scores(boxes: Any, scores: Any) -> Any:
    return tf.image.non_max_suppression_with_scores(boxes, scores, _MOST, _OVERLAP, _SCORE)[1]


def _fourth(boxes: Any, scores: Any, *, pads: bool) -> tuple[Any, Any]:
    return tuple(
        tf.raw_ops.NonMaxSuppressionV4(
            boxes=boxes,
            scores=scores,
            max_output_size=_MOST,
            iou_threshold=tf.constant(_OVERLAP),
            score_threshold=tf.constant(_SCORE),
            pad_to_max_output_size=pads,
        )
    )


def _in_each(boxes: Any, scores: Any) -> Any:
    def total(pair: Any) -> Any:
        return _total(*pair)

    return tf.map_fn(total, (boxes, scores), fn_output_signature=tf.TensorSpec((4,), tf.float32))


def _in_a_branch(boxes: Any, scores: Any) -> Any:
    return tf.cond(
        tf.reduce_sum(scores) > 0.0, lambda: _total(boxes, scores), lambda: tf.zeros((4,))
    )


ONE, EACH = ((9, 4), (9,)), ((2, 9, 4), (2, 9))


@pytest.mark.parametrize(
    ("function", "shapes", "op"),
    [
        (_detections, ONE, "NonMaxSuppressionV3"),
        (_total, ONE, "NonMaxSuppressionV3"),
        (_with_scores, ONE, "NonMaxSuppressionV5"),
        (lambda b, s: _fourth(b, s, pads=False)[0], ONE, "NonMaxSuppressionV4"),
        (_in_each, EACH, "NonMaxSuppressionV3"),
        (_in_a_branch, ONE, "NonMaxSuppressionV3"),
    ],
    ids=["detections", "total", "with scores", "fourth", "in each", "in a branch"],
)
def test_detections_that_litert_would_pad_are_refused_on_every_route(
    function: Function, shapes: Sequence[tuple[int, ...]], op: str, tmp_path: Path
) -> None:
    model = model_of(function, shapes)
    for verify in (True, False):
        with pytest.raises(AllStrategiesFailedError) as caught:
            lir.export(model, tmp_path / "model.tflite", verify=verify)
        assert "tf.image.non_max_suppression_padded" in caught.value.advice
        for attempt in caught.value.attempts[1:]:
            assert isinstance(attempt.error, ValueDependentShapeError)
            assert [str(item) for item in attempt.error.ops] == [f"{op} (from applying)"]
    assert not (tmp_path / "model.tflite").exists()


def test_a_suppression_that_no_output_depends_on_is_left_out(tmp_path: Path) -> None:
    def unread(boxes: Any, scores: Any) -> Any:
        return (_detections(boxes, scores), boxes * 2.0)[1]

    lir.export(model_of(unread, ONE), tmp_path / "model.tflite")


@pytest.fixture(scope="module")
def padded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    def both(boxes: Any, scores: Any) -> Any:
        return _fourth(boxes, scores, pads=True)

    model, path = model_of(both, ONE), tmp_path_factory.mktemp("padded") / "model.tflite"
    lir.export(model, path)
    return model, path


@pytest.mark.parametrize("count", [0, 3, 9])
def test_padded_detections_have_their_number(padded: tuple[Any, Path], count: int) -> None:
    model, path = padded
    corners = np.linspace(0.0, 8.0, 9, dtype=np.float32)[:, None] * np.ones((1, 2), np.float32)
    boxes = np.concatenate([corners, corners + 0.5], axis=1)
    scores = np.where(np.arange(9) < count, 0.9 - 0.01 * np.arange(9), 0.1).astype(np.float32)
    wanted = [np.asarray(item) for item in model([boxes, scores])]
    found = list(lir.LiteRTFile(path).run({"x0": boxes, "x1": scores}).values())
    assert int(wanted[1]) == min(count, _MOST)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("strategy", ["direct", "concrete-function"])
def test_masks_are_compared_where_they_keep_much_and_little(strategy: str, tmp_path: Path) -> None:
    model = model_of(lambda x: tf.boolean_mask(x, x > _SCORE), [(12,)])
    path = tmp_path / "model.tflite"
    result = lir.export(model, path, strategies=(STRATEGIES[strategy],))
    assert result.parity is not None
    assert result.parity.cases == 3  # two random ones, and one where all is kept
    for given in (np.ones(12, np.float32), np.linspace(0, 1, 12, dtype=np.float32)):
        (found,) = lir.LiteRTFile(path).run({"x0": given}).values()
        np.testing.assert_array_equal(found, given[given > _SCORE])


@pytest.mark.parametrize(
    ("function", "op"),
    [
        (tf.where, "Where"),
        (lambda x: tf.unique(x)[0], "Unique"),
        (lambda x: tf.reduce_sum(tf.boolean_mask(x, x > _SCORE)), "Where"),
        (
            lambda x: tf.dynamic_partition(x, tf.cast(x > _SCORE, tf.int32), 2)[0],
            "DynamicPartition",
        ),
        (lambda x: tf.repeat(x, tf.cast(x, tf.int32)), "Range"),
    ],
)
def test_what_makes_a_shape_depend_on_values_is_named(
    function: Function, op: str, tmp_path: Path
) -> None:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(
            model_of(function, [(12,)]), tmp_path / "model.tflite", strategies=(lir.StableHLO(),)
        )
    error = caught.value.attempts[0].error
    assert isinstance(error, ValueDependentShapeError)
    assert error.ops[0].name == op
    assert error.ops[0].layers == ("applying",)
    assert "a fixed number of elements" in caught.value.advice
