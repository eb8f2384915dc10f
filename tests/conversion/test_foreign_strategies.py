"""Faults in somebody's own strategy or listener, and what they leave behind."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.conversion.protocol import Content
from litert_ir.errors import (
    AllStrategiesFailedError,
    ConversionError,
    FileRejectedError,
    MissingDependencyError,
    SamplesError,
    StrategyError,
)
from tests.conversion.exports import exported, model
from tests.conversion.stubs import Pieces, Stub, failing, raising, returning

OLD = b"an older file"


class MuteError(Exception):
    """An error whose own code fails."""

    def __str__(self) -> str:
        raise ValueError("nothing to say")


class Broken(Content):
    """A file that ends early.

    Args:
        end: What is raised where it ends; what is no error is given as a piece.
    """

    size_bytes = 100

    def __init__(self, end: Any) -> None:
        self.end = end

    def pieces(self) -> Iterator[bytes | memoryview]:
        yield b"some"
        if isinstance(self.end, BaseException):
            raise self.end
        yield self.end


class Helpless:
    """A strategy for float files with a fault in one of its functions."""

    name = "helpless"

    def __init__(self, faulty: str) -> None:
        self.faulty = faulty

    def _fail_in(self, function: str) -> None:
        if function == self.faulty:
            raise ZeroDivisionError(function)

    def refuses(self, plan: lir.ExportPlan) -> lir.Refusal | None:
        self._fail_in("refuses")
        if plan.recipe.quantizes:
            self._fail_in("refuses-quantized")
            return lir.Refusal(reason="floats alone")
        return None

    def warm_up(self) -> None:
        self._fail_in("warm_up")

    def convert(self, plan: lir.ExportPlan, model: Any, calibration: Any) -> Any:
        self._fail_in("convert")
        if self.faulty == "nothing":
            return None
        return lir.StableHLO().convert(plan, model, calibration)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(OLD)
    return path


def assert_untouched(target: Path) -> None:
    assert target.read_bytes() == OLD
    assert list(target.parent.iterdir()) == [target]


def good() -> bytes:
    return exported("single").content


def first_failure(strategy: Stub, target: Path) -> ConversionError:
    """How an attempt failed that a sound one follows."""
    result = lir.export(model("single"), target, strategies=(strategy, returning(good(), "sound")))
    failed, accepted = result.attempts
    assert (failed.outcome, accepted.outcome) == (lir.Outcome.FAILED, lir.Outcome.ACCEPTED)
    assert (result.strategy, target.read_bytes()) == ("sound", good())
    assert isinstance(failed.error, ConversionError)
    assert failed.error.summary in str(failed)
    return failed.error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("boom"),
        MemoryError("no room"),
        OSError(28, "No space left"),
        StopIteration(),
        MuteError(),
        type("OwnError", (Exception,), {})("boom"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_unexpected_error_is_a_failed_attempt(error: Exception, target: Path) -> None:
    found = first_failure(raising(error), target)
    assert isinstance(found, StrategyError)
    assert found.__cause__ is error
    assert type(error).__name__ in found.received
    frames = traceback.extract_tb(error.__traceback__)
    assert (frames[-1].name, Path(frames[-1].filename).name) == ("act", "stubs.py")


def test_an_error_of_ours_is_a_failed_attempt_as_it_is(target: Path) -> None:
    error = MissingDependencyError("A package is missing.", received="some", advice="install it")
    found = first_failure(raising(error), target)
    assert (found.summary, found.received, found.advice) == (
        error.summary,
        error.received,
        error.advice,
    )
    assert found.__cause__ is error


@pytest.mark.parametrize(
    "end", [ValueError("boom"), OSError(2, "gone"), "text"], ids=lambda end: type(end).__name__
)
def test_a_file_that_cannot_be_computed_is_a_failed_attempt(end: Any, target: Path) -> None:
    found = first_failure(returning(Broken(end)), target)
    assert isinstance(found, StrategyError)
    assert found.__cause__ is end or isinstance(found.__cause__, TypeError)


@pytest.mark.parametrize("announced", [0, 100, -1])
def test_a_file_of_another_size_is_a_failed_attempt(announced: int, target: Path) -> None:
    found = first_failure(returning(Pieces(good(), announced)), target)
    assert isinstance(found, FileRejectedError)


@pytest.mark.parametrize("made", [None, b"bytes", 3, lir.Artifact(content="text")])  # type: ignore[arg-type]
def test_something_that_is_no_file_is_a_failed_attempt(made: Any, target: Path) -> None:
    class Other(Stub):
        def convert(self, plan: Any, model: Any, calibration: Any) -> Any:
            super().convert(plan, model, calibration)
            return made

    strategy = Other("other", bytes)
    assert "gave no file" in first_failure(strategy, target).summary
    assert strategy.calls == 1


@pytest.mark.parametrize("answer", [ValueError("boom"), "no", False], ids=repr)
def test_a_strategy_that_cannot_be_asked_is_a_failed_attempt(answer: Any, target: Path) -> None:
    class Mute(Stub):
        def refuses(self, plan: lir.ExportPlan) -> Any:
            super().refuses(plan)
            if isinstance(answer, Exception):
                raise answer
            return answer

    strategy = Mute("mute", good)
    found = first_failure(strategy, target)
    assert found.__cause__ is (answer if isinstance(answer, Exception) else None)
    assert strategy.calls == 0


def test_an_interrupt_while_writing_ends_the_export(target: Path) -> None:
    strategies = (returning(Broken(KeyboardInterrupt())), returning(good()))
    with pytest.raises(KeyboardInterrupt):
        lir.export(model("single"), target, strategies=strategies)
    assert_untouched(target)


@pytest.mark.parametrize("faulty", ["refuses", "convert", "nothing"])
def test_a_fault_of_what_is_quantized_is_a_failed_attempt(faulty: str, target: Path) -> None:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(model("single"), target, quantization="dynamic", strategies=(Helpless(faulty),))
    (attempt,) = caught.value.attempts
    assert isinstance(attempt.error, StrategyError)
    assert "helpless" in str(attempt.error)
    is_raised = faulty != "nothing"
    assert isinstance(attempt.error.__cause__, ZeroDivisionError) is is_raised
    assert_untouched(target)


@pytest.mark.parametrize("faulty", ["refuses-quantized", "warm_up"])
def test_a_fault_that_does_not_matter_does_no_harm(faulty: str, target: Path) -> None:
    result = lir.export(
        model("single"), target, quantization="dynamic", strategies=(Helpless(faulty),)
    )
    assert result.strategy == "quantized-helpless"


@pytest.mark.parametrize("phase", ["running the model", "converting", "quantizing", "comparing"])
@pytest.mark.parametrize("kind", [ValueError, ConversionError], ids=lambda kind: kind.__name__)
def test_an_error_of_the_listener_is_the_callers(
    kind: Callable[[str], Exception], phase: str, target: Path
) -> None:
    error = kind("The window was closed.")

    def listener(text: str) -> None:
        if phase in text:
            raise error

    with pytest.raises(type(error)) as caught:
        lir.export(model("single"), target, quantization="dynamic", on_progress=listener)
    assert caught.value is error
    assert_untouched(target)


def test_an_error_of_the_dataset_is_no_fault_of_the_strategy(target: Path) -> None:
    class LoaderError(Exception):
        """What somebody's loader raises."""

    def dataset() -> Iterator[Any]:
        yield np.ones((1, 4), np.float32)
        raise LoaderError("a torn page")

    following = failing("following")
    with pytest.raises(SamplesError, match="a torn page") as caught:
        lir.export(
            model("single"),
            target,
            quantization="int8",
            representative_dataset=dataset,
            strategies=(lir.StableHLO(), following),
        )
    assert isinstance(caught.value.__cause__, LoaderError)
    assert following.calls == 0
    assert_untouched(target)
