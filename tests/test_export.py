"""The public verb `litert_ir.export`: what is compared, what is told, what is given back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import (
    AllStrategiesFailedError,
    LiteRTIRError,
    ModelNotBuiltError,
    OptionsError,
    ParityError,
    SamplesError,
    UnsupportedModelError,
)
from tests.conversion.exports import Array, exported, fresh, model
from tests.conversion.stubs import failing, returning

LOGGER = logging.getLogger("litert_ir")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "model.tflite"


def reexport(target: Path, **request: Any) -> lir.ExportResult:
    """Export the single-input model from its finished file, which takes no conversion."""
    strategies = (returning(exported("single").content, "ready"),)
    return lir.export(model("single"), target, strategies=strategies, **request)


def test_the_result_says_what_was_done(target: Path) -> None:
    result = reexport(target)
    assert result.path == target
    assert result.content is None
    assert result.strategy == "ready"
    assert result.size_bytes == target.stat().st_size
    assert result.plan.inputs == exported("single").plan.inputs
    assert [str(attempt).partition(" after ")[0] for attempt in result.attempts] == [
        "ready: accepted"
    ]


def test_it_can_be_left_out_to_compare(target: Path) -> None:
    result = reexport(target, verify=False)
    assert result.parity is None
    assert result.timings.verify < 1e-3  # seconds: nothing ran
    assert target.read_bytes() == exported("single").content


def test_without_comparing_anything_is_accepted(target: Path) -> None:
    lir.export(model("single"), target, strategies=(returning(b"garbage"),), verify=False)
    assert target.read_bytes() == b"garbage"


def test_own_samples_are_compared_on(target: Path) -> None:
    samples = [(np.full((size, 4), 2.0, np.float32),) for size in (2, 6)]
    result = reexport(target, verify=lir.Verification(samples=samples))
    assert result.parity is not None
    assert result.parity.input_shapes == (((2, 4),), ((6, 4),))
    assert result.parity.cases == 2


@pytest.mark.parametrize("verify", [True, lir.Verification()])
def test_random_samples_are_compared_on_by_default(
    verify: bool | lir.Verification, target: Path
) -> None:
    parity = reexport(target, verify=verify).parity
    assert parity is not None
    assert parity.input_shapes == (((1, 4),), ((3, 4),))


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param((np.full((2, 4), "a"),), id="dtype"),
        pytest.param((np.zeros((2, 5), np.float32),), id="shape"),
        pytest.param((np.zeros((2, 4), np.float32),) * 2, id="count"),
        pytest.param({"other": np.zeros((2, 4), np.float32)}, id="name"),
    ],
)
def test_samples_that_do_not_fit_are_refused_first(sample: Any, target: Path) -> None:
    stub = returning(exported("single").content)
    with pytest.raises(LiteRTIRError):
        lir.export(
            model("single"),
            target,
            strategies=(stub,),
            verify=lir.Verification(samples=[sample]),
        )
    assert stub.calls == 0


def test_an_own_tolerance_is_compared_with(target: Path) -> None:
    tolerance = lir.Tolerance(variation=0.5, scale=0.25, absolute=2.0)
    parity = reexport(target, verify=lir.Verification(tolerance=tolerance)).parity
    assert parity is not None
    (output,) = parity.outputs
    assert parity.tolerance == tolerance
    assert output.bound == pytest.approx(2 + output.variation / 2 + output.max_abs_value / 4)


def _single(make: Callable[[Any], Any]) -> Any:
    keras = load_keras()
    x = keras.Input((4,), name="x")
    return keras.Model(x, {"y": make(x)}, name="one_operation")


def content_of(model_: Any) -> bytes:
    plan = lir.plan_for(model_)
    result = lir.execute(plan, model_, strategies=(lir.ConcreteFunction(),))
    assert result.content is not None
    return result.content


def parity_error(model_: Any, content: bytes, target: Path, **request: Any) -> ParityError:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(model_, target, strategies=(returning(content),), **request)
    error = caught.value.attempts[0].error
    assert isinstance(error, ParityError)
    assert not target.exists()
    return error


def test_nan_is_equal_to_nan_only(target: Path) -> None:
    log = load_keras().ops.log
    gives_nan, gives_numbers = _single(log), _single(lambda x: log(abs(x) + 1e-3))
    result = lir.export(gives_nan, target, strategies=(lir.ConcreteFunction(),))
    assert result.parity is not None
    assert result.parity.agrees
    assert np.isnan(lir.LiteRTFile(target).run({"x": np.full((1, 4), -1.0, np.float32)})["y"]).all()
    target.unlink()
    error = parity_error(gives_nan, content_of(gives_numbers), target)
    assert "max |difference| inf" in error.received
    parity_error(gives_numbers, content_of(gives_nan), target)


def test_no_tolerance_for_floats_lets_other_integers_pass(target: Path) -> None:
    cast = load_keras().ops.cast

    def by(factor: int) -> Any:
        return _single(lambda x: cast(x * 100.0, "int32") * factor)

    result = lir.export(by(2), target, strategies=(lir.ConcreteFunction(),))
    assert result.parity is not None
    assert [output.bound for output in result.parity.outputs] == [0.0]
    target.unlink()
    generous = lir.Verification(tolerance=lir.Tolerance(variation=9, scale=9, absolute=9))
    parity_error(by(2), content_of(by(3)), target)
    parity_error(by(2), content_of(by(3)), target, verify=generous)


def test_the_phases_are_told(target: Path) -> None:
    told: list[str] = []
    strategies = (failing(), returning(exported("single").content, "ready"))
    lir.export(model("single"), target, strategies=strategies, on_progress=told.append)
    assert told == [
        "planning",
        "running the model",
        "failing: converting",
        "ready: converting",
        "ready: comparing with the model",
    ]


def test_what_is_not_done_is_not_told(target: Path) -> None:
    told: list[str] = []
    reexport(target, on_progress=told.append, verify=False)
    assert told == ["planning", "ready: converting"]


def test_verbose_tells_the_phases_on_stderr(
    target: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = (LOGGER.level, list(LOGGER.handlers))
    reexport(target, verbose=True)
    assert (LOGGER.level, list(LOGGER.handlers)) == before
    shown = capfd.readouterr()
    assert [line for line in shown.err.splitlines() if line.startswith("litert_ir: ")] == [
        "litert_ir: planning",
        "litert_ir: running the model",
        "litert_ir: ready: converting",
        "litert_ir: ready: comparing with the model",
    ]
    assert shown.out == ""


def test_verbose_leaves_logging_as_it_was_after_a_failure(target: Path) -> None:
    before = (LOGGER.level, list(LOGGER.handlers))
    with pytest.raises(AllStrategiesFailedError):
        lir.export(model("single"), target, strategies=(failing(),), verbose=True)
    assert (LOGGER.level, list(LOGGER.handlers)) == before


def test_a_listener_is_the_only_one_told(target: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    reexport(target, verbose=True, on_progress=told.append)
    assert told
    assert "litert_ir: " not in capfd.readouterr().err


def test_planning_converts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = lir.plan_for(model("dict"), batch_size=1, options={"optimizations": ["DEFAULT"]})
    assert [(step.strategy, step.refusal) for step in plan.route] == [
        ("quantized-stablehlo", None),
        ("direct", None),
        ("concrete-function", None),
        ("saved-model", None),
    ]
    assert plan.options.precision is lir.Precision.DYNAMIC_RANGE
    assert [spec.sizes[0] for spec in plan.inputs] == [1, 1]
    assert list(tmp_path.iterdir()) == []


def test_export_is_plan_and_execute(target: Path) -> None:
    direct = lir.export(model("list"), target, strategies=(lir.ConcreteFunction(),))
    plan = lir.plan_for(model("list"))
    executed = lir.execute(plan, model("list"), strategies=(lir.ConcreteFunction(),))
    assert direct.plan == executed.plan
    assert executed.content == target.read_bytes() == exported("list").content


def test_what_is_no_model_is_not_supported(target: Path) -> None:
    layer = load_keras().layers.Dense(3)
    for received in (object(), type(model("single")), layer, "model.keras"):
        with pytest.raises(UnsupportedModelError, match="not supported for export"):
            lir.export(received, target)
    assert not target.exists()


def test_an_unbuilt_model_is_refused(target: Path) -> None:
    stub = returning(b"")
    with pytest.raises(ModelNotBuiltError, match="must be built before export"):
        lir.export(fresh("subclassed-1"), target, strategies=(stub,))
    assert stub.calls == 0


def test_a_model_that_was_called_needs_no_signature(target: Path) -> None:
    called = fresh("subclassed-1")
    query: Array = np.random.default_rng(0).standard_normal((2, 4)).astype(np.float32)
    expected = np.asarray(called(query))
    lir.export(called, target, strategies=(lir.ConcreteFunction(),))
    (result,) = lir.LiteRTFile(target).run({"query": query}).values()
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_a_sample_that_the_model_fails_on_is_told_as_such(target: Path) -> None:
    out_of_range = np.full((2, 5), 99, np.int32)
    sample = {
        "tokens": out_of_range,
        "keep": np.ones((2, 5), np.bool_),
        "weights": np.ones((2, 5), np.float32),
    }
    with pytest.raises(SamplesError, match="The Keras model fails on a sample") as caught:
        lir.export(
            model("mixed-dtypes"),
            target,
            strategies=(returning(exported("mixed-dtypes").content),),
            verify=lir.Verification(samples=[sample]),
        )
    assert caught.value.where.startswith("tokens (2, 5)")
    assert "99" in caught.value.received
    assert not target.exists()


def test_rounding_before_a_cast_is_no_fault(target: Path) -> None:
    keras = load_keras()
    x = keras.Input((24, 24, 3), name="x")
    h = x
    for _ in range(4):
        h = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(h)
    pixels = keras.layers.Conv2D(3, 3, padding="same", activation="sigmoid")(h * 5.0) * 255.0
    image = keras.ops.cast(pixels, "uint8")
    result = lir.export(keras.Model(x, image), target, strategies=(lir.ConcreteFunction(),))
    assert result.parity is not None
    (output,) = result.parity.outputs
    assert output.differing is not None
    assert output.differing <= 1e-3


@pytest.mark.parametrize("verify", [None, 1, "yes"])
def test_verify_is_a_switch_or_a_verification(verify: Any, target: Path) -> None:
    with pytest.raises(OptionsError, match="whether and how to compare") as caught:
        lir.export(object(), target, verify=verify)
    assert (caught.value.where, caught.value.received) == ("verify", repr(verify))


def test_strategies_may_come_from_an_iterator(target: Path) -> None:
    strategies: Any = iter([returning(exported("single").content)])
    assert lir.export(model("single"), target, strategies=strategies).strategy == "returning"


def test_options_that_mean_the_same_give_one_plan_and_one_file() -> None:
    said: tuple[dict[str, Any], ...] = (
        {"options": {"optimizations": ["DEFAULT"]}},
        {"options": {"optimizations": ["OPTIMIZE_FOR_SIZE", "DEFAULT"]}},
        {"options": lir.ConverterOptions(optimizations=(lir.Optimization.OPTIMIZE_FOR_LATENCY,))},
        {"quantization": "dynamic"},
    )
    plans = [lir.plan_for(model("single"), **options) for options in said]
    assert plans == [plans[0]] * len(said)
    assert {plan.fingerprint for plan in plans} == {plans[0].fingerprint}
    one, other = (lir.execute(plan, model("single")) for plan in (plans[0], plans[-1]))
    assert one.content == other.content
