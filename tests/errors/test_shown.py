"""Values of any kind are shown in errors: in few characters, in little time, without a failure."""

from __future__ import annotations

import time
from typing import Any, NoReturn

import pytest

from litert_ir.errors import OptionsError
from litert_ir.errors.shown import MOST_SHOWN, shown


class Unshowable:
    def __repr__(self) -> NoReturn:
        raise KeyError("no")


def doubled(times: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(times):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        ({"b": 1, "a": [1, 2]}, "{'a': [1, 2], 'b': 1}"),
        pytest.param(10**5000, "an integer of 16610 bits", id="large"),
        ([10**5000], "[an integer of 16610 bits]"),
        ("\ud800", "'\\ud800'"),
    ],
)
def test_what_is_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_repr_that_raises() -> None:
    assert "Unshowable" in shown(Unshowable())
    assert "Unshowable" in shown([Unshowable()])


@pytest.mark.parametrize("value", ["x" * 10**6, list(range(10**5)), doubled(60), {1: "y" * 10**6}])
def test_long_values_are_cut_off(value: object) -> None:
    started = time.perf_counter()
    assert len(shown(value)) <= MOST_SHOWN + len(" ...")
    assert time.perf_counter() - started < 5


def test_a_message_can_be_written_to_any_stream() -> None:
    error = OptionsError("wrong", where="m\udcff.tflite", received="\ud800")
    assert str(error).encode("utf-8").count(b"\\u") == 2
    assert error.where == "m\udcff.tflite"
