"""Every error reaches another process, and a copy, with all that it says."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable

import pytest

from litert_ir import errors
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.attempts import Attempt, Outcome

FACTS = {"where": "a", "expected": "b", "received": "c", "advice": "d"}
SPECIAL: dict[type[LiteRTIRError], Callable[[], LiteRTIRError]] = {
    errors.SignatureError: lambda: errors.SignatureError(
        "Bad.", [errors.Problem("inputs[0]", "a tensor", "None")], advice="mend it"
    ),
    errors.UnsupportedOpsError: lambda: errors.UnsupportedOpsError(
        [errors.UnsupportedOp("BitwiseAnd", ("layer",), in_select=False)]
    ),
    errors.ValueDependentShapeError: lambda: errors.ValueDependentShapeError(
        "As many elements as there are.", [errors.UnsupportedOp("Where", ("layer",))], where="model"
    ),
    errors.AllStrategiesFailedError: lambda: errors.AllStrategiesFailedError(
        [
            Attempt(
                strategy="direct",
                outcome=Outcome.FAILED,
                seconds=1.5,
                error=errors.FileRejectedError("No.", received="nothing"),
            )
        ],
        advice="give up",
    ),
    errors.ConverterCrashed: lambda: errors.ConverterCrashed(
        "converting", signal="SIGSEGV", native_output="LLVM ERROR"
    ),
}
CLASSES = [
    found
    for found in vars(errors).values()
    if inspect.isclass(found) and issubclass(found, LiteRTIRError)
]
WAYS: dict[str, Callable[[LiteRTIRError], LiteRTIRError]] = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


def example(kind: type[LiteRTIRError]) -> LiteRTIRError:
    return SPECIAL[kind]() if kind in SPECIAL else kind("It broke.", **FACTS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_same_error_arrives(kind: type[LiteRTIRError], way: str) -> None:
    error = example(kind)
    error.add_note("seen in the child")
    arrived = WAYS[way](error)
    assert type(arrived) is kind
    assert arrived is not error
    assert (str(arrived), arrived.args, vars(arrived)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_fields_that_were_set_later_arrive(kind: type[LiteRTIRError]) -> None:
    error = example(kind)
    vars(error)["native_output"] = "printed meanwhile"
    arrived = pickle.loads(pickle.dumps(error))
    assert arrived.native_output == "printed meanwhile"


def test_a_nested_error_arrives() -> None:
    error = SPECIAL[errors.AllStrategiesFailedError]()
    arrived = pickle.loads(pickle.dumps(error))
    (attempt,) = arrived.attempts
    assert isinstance(attempt.error, errors.FileRejectedError)
    assert attempt.error.received == "nothing"


def test_what_builtins_hold_arrives() -> None:
    arrived = pickle.loads(pickle.dumps(errors.MissingDependencyError("Missing.", where="here")))
    assert isinstance(arrived, ImportError)
    assert arrived.msg == "Missing.\n  where:    here"


class AddedError(errors.ConversionError):
    """What another package derives, with arguments of its own."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"Line {line} is wrong.", advice="read it")


def test_an_error_of_another_package_arrives() -> None:
    arrived = pickle.loads(pickle.dumps(AddedError(7)))
    assert isinstance(arrived, AddedError)
    assert (arrived.line, arrived.advice) == (7, "read it")
    assert str(arrived).startswith("Line 7 is wrong.")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            errors.ConverterCrashed("linking", signal="SIGABRT", native_output="LLVM ERROR: no"),
            r"died of SIGABRT while linking\.\n  received: LLVM ERROR: no\n.*report",
        ),
        (
            errors.ConverterCrashed("linking", signal="SIGKILL"),
            r"outside, by SIGKILL, while.*\n.*memory",
        ),
        (errors.ConverterCrashed("linking", exit_code=3), "with exit code 3 while linking"),
        (errors.ConverterCrashed("linking", timed_out=True), r"time limit while.*\n.*more time"),
    ],
)
def test_what_a_crash_says(error: errors.ConverterCrashed, message: str) -> None:
    with pytest.raises(errors.ConversionError, match=message):
        raise error
