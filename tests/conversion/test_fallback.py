"""What the driver does when strategies refuse, fail or give files that are not what they should."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

import litert_ir as lir
from litert_ir.errors import (
    AllStrategiesFailedError,
    ConversionError,
    FileRejectedError,
    LiteRTIRError,
    OptionsError,
    ParityError,
    SamplesError,
    UnsupportedOp,
    UnsupportedOpsError,
)
from tests.conversion.exports import exported, fresh, model
from tests.conversion.stubs import (
    Stub,
    failing,
    raising,
    refusing,
    returning,
    with_other_output_names,
    with_swapped_inputs,
    without_signature,
)

OLD = b"an older file"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(OLD)
    return path


def other_numbers() -> bytes:
    """A sound file of the same interface, from a model with other weights."""
    other = fresh("single", seed=1)
    result = lir.execute(lir.plan_for(other), other, strategies=(lir.ConcreteFunction(),))
    assert result.content is not None
    return result.content


def good() -> bytes:
    return exported("single").content


def only_error(strategy: Stub, target: Path, trait: str = "single") -> LiteRTIRError:
    """The error of the single attempt of an export that must fail."""
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(model(trait), target, strategies=(strategy,))
    (attempt,) = caught.value.attempts
    assert attempt.outcome is lir.Outcome.FAILED
    assert attempt.error is not None
    assert str(attempt) in str(caught.value).replace("\n     ", "\n")
    return attempt.error


def descriptors() -> list[tuple[int, int]]:
    """Which files stdout and stderr are, by device and inode."""
    return [(status.st_dev, status.st_ino) for status in map(os.fstat, (1, 2))]


def assert_untouched(target: Path) -> None:
    assert target.read_bytes() == OLD
    assert list(target.parent.iterdir()) == [target]


def test_each_strategy_is_tried_until_one_succeeds(target: Path) -> None:
    never = failing("never")
    result = lir.export(
        model("single"),
        target,
        strategies=(
            refusing(),
            failing(),
            returning(other_numbers(), "other-numbers"),
            returning(b"garbage", "garbage"),
            returning(with_other_output_names(good()), "other-names"),
            lir.ConcreteFunction(),
            never,
        ),
    )
    found = [(a.strategy, a.outcome, type(a.error)) for a in result.attempts]
    assert found == [
        ("refusing", lir.Outcome.REFUSED, type(None)),
        ("failing", lir.Outcome.FAILED, ConversionError),
        ("other-numbers", lir.Outcome.FAILED, ParityError),
        ("garbage", lir.Outcome.FAILED, FileRejectedError),
        ("other-names", lir.Outcome.FAILED, FileRejectedError),
        ("concrete-function", lir.Outcome.ACCEPTED, type(None)),
    ]
    assert never.calls == 0
    assert result.strategy == "concrete-function"
    assert result.attempts[0].reason == "not today"
    assert len(target.read_bytes()) == len(good())
    made = lir.read_metadata(target)
    assert made is not None
    assert made.origin is not None
    assert made.origin.plan == result.plan.fingerprint
    assert list(target.parent.iterdir()) == [target]


def test_the_route_says_in_advance_who_refuses(target: Path) -> None:
    result = lir.export(model("single"), target, strategies=(refusing(), returning(good(), "good")))
    assert result.plan.route == (
        lir.RouteStep(strategy="refusing", refusal="not today"),
        lir.RouteStep(strategy="good"),
    )
    assert "1. refusing (refuses: not today)" in str(result.plan)


def test_attempts_carry_their_time(target: Path) -> None:
    def slow() -> bytes:
        time.sleep(0.05)
        return good()

    result = lir.export(model("single"), target, strategies=(refusing(), Stub("slow", slow)))
    refused, accepted = result.attempts
    assert (refused.seconds, refused.peak_growth_bytes) == (0.0, 0)
    assert 0.05 <= accepted.seconds < 30
    assert accepted.peak_growth_bytes >= 0
    assert 0.05 <= result.timings.convert <= accepted.seconds
    assert min(result.timings.plan, result.timings.verify, result.timings.write) > 0


def test_other_numbers_are_a_parity_error(target: Path) -> None:
    error = only_error(returning(other_numbers()), target)
    assert isinstance(error, ParityError)
    assert error.where == "scores"
    assert "DIFFERS" in error.received
    assert "does not compute what the Keras model computes" in str(error)


@pytest.mark.parametrize(
    ("content", "trait", "message"),
    [
        pytest.param(lambda: b"garbage", "single", "not a LiteRT file", id="garbage"),
        pytest.param(lambda: b"", "single", "not a LiteRT file", id="empty"),
        pytest.param(lambda: good()[:600], "single", "not a LiteRT file", id="half"),
        pytest.param(lambda: good()[:-1], "single", "does not load the file", id="a-byte-short"),
        pytest.param(
            lambda: without_signature(good()), "single", "no signature", id="no-signature"
        ),
        pytest.param(
            lambda: with_other_output_names(good()),
            "single",
            "outputs are not the plan's",
            id="other-output-names",
        ),
        pytest.param(
            lambda: exported("sequential").content,
            "single",
            "inputs are not the plan's",
            id="other-model",
        ),
        pytest.param(
            lambda: exported("dict", batch_size=1).content,
            "dict",
            "inputs are not the plan's",
            id="static-batch",
        ),
        pytest.param(
            lambda: with_swapped_inputs(exported("list").content),
            "list",
            "order the tensors differently",
            id="orders-differ",
        ),
    ],
)
def test_a_wrong_file_is_rejected(content: object, trait: str, message: str, target: Path) -> None:
    assert callable(content)
    error = only_error(returning(content()), target, trait)
    assert type(error) is FileRejectedError
    assert message in str(error)
    assert_untouched(target)


def test_garbage_behind_a_sound_header_is_rejected(target: Path) -> None:
    garbage = b"\x08\x00\x00\x00TFL3" + b"\x01" * 200
    error = only_error(returning(garbage), target)
    assert isinstance(error, FileRejectedError)


def test_all_fail(target: Path) -> None:
    strategies = (refusing(), failing("first"), returning(b"garbage", "second"), failing("third"))
    with pytest.raises(AllStrategiesFailedError, match="No conversion strategy") as caught:
        lir.export(model("single"), target, strategies=strategies)
    error = caught.value
    assert [attempt.strategy for attempt in error.attempts] == [s.name for s in strategies]
    text = str(error)
    lines = ["1. refusing: refused: not today", "2. first: failed", "3. second: failed"]
    positions = [text.index(line) for line in [*lines, "4. third: failed"]]
    assert positions == sorted(positions)
    assert error.unsupported_ops == ()
    assert error.advice
    assert isinstance(error, RuntimeError)
    assert_untouched(target)


def test_an_op_that_two_strategies_miss_is_not_looked_for_again(target: Path) -> None:
    missing = UnsupportedOpsError([UnsupportedOp("Strange")])
    others = UnsupportedOpsError([UnsupportedOp("Other"), UnsupportedOp("Strange")])
    third = Stub("third", good)
    strategies = (raising(missing, "first"), raising(others, "second"), third, refusing("fourth"))
    with pytest.raises(AllStrategiesFailedError, match="two strategies miss Strange") as caught:
        lir.export(model("single"), target, strategies=strategies)
    outcomes = [attempt.outcome.value for attempt in caught.value.attempts]
    assert outcomes == ["failed", "failed", "not tried", "refused"]
    assert third.calls == 0


def test_all_refuse(target: Path) -> None:
    with pytest.raises(AllStrategiesFailedError, match="not today") as caught:
        lir.export(model("single"), target, strategies=(refusing("a"), refusing("b")))
    assert [a.outcome for a in caught.value.attempts] == [lir.Outcome.REFUSED] * 2
    assert_untouched(target)


def test_no_temporary_file_is_left_where_the_target_is_new(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError):
        lir.export(model("single"), tmp_path / "new.tflite", strategies=(failing(),))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), SystemExit(3), SamplesError("No."), OptionsError("No.")],
    ids=lambda error: type(error).__name__,
)
def test_what_no_strategy_can_help_ends_the_export(error: BaseException, target: Path) -> None:
    following = returning(good(), "following")
    before = descriptors()
    with pytest.raises(type(error)) as caught:
        lir.export(model("single"), target, strategies=(raising(error), following))
    assert caught.value is error
    assert following.calls == 0
    assert descriptors() == before
    assert_untouched(target)


def test_an_interrupt_while_comparing(target: Path) -> None:
    def interrupt(phase: str) -> None:
        if "comparing" in phase:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lir.export(model("single"), target, strategies=(returning(good()),), on_progress=interrupt)
    assert_untouched(target)


def test_without_a_target_the_bytes_are_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    plan = exported("single").plan
    result = lir.execute(plan, model("single"), strategies=(returning(good()),))
    assert (result.path, result.content) == (None, good())
    assert result.size_bytes == len(good())
    assert result.timings.plan == 0.0
    assert list(tmp_path.iterdir()) == []
