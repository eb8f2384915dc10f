"""What a file computes lies within the ranges that are known before."""

from __future__ import annotations

import numpy as np
import pytest

from litert_ir.backends import load_interpreter
from litert_ir.isolation.worker import shared_worker
from litert_ir.stablehlo.rewrites.numbers.value_ranges import Range
from tests.stablehlo.rewrites import in_child
from tests.stablehlo.rewrites.example import Array, function

F, WHOLE = "tensor<4x8xf32>", "tensor<4x8xi32>"
_INPUTS = np.array(
    [
        *(
            0.0,
            -0.0,
            np.inf,
            -np.inf,
            np.nan,
            1e-30,
            -1e-30,
            1e-20,
            0.1,
            -0.1,
            0.5,
            -0.5,
            0.9,
            -0.9,
        ),
        *(1.0, -1.0, 1.5, -1.5, 2.0, -2.0, 7.0, -7.0, 20.0, -20.0, 80.0, -80.0, 100.0, -100.0),
        *(1e10, -1e10, 1e20, -1e20),
    ],
    np.float32,
).reshape(4, 8)
_INTEGERS = np.arange(-16, 16, dtype=np.int32).reshape(4, 8)
INF = np.inf

UNARY = (
    *("abs", "negate", "exponential", "log", "sqrt", "rsqrt", "logistic", "tanh"),
    *("sine", "cosine", "sign"),
)
BINARY = ("add", "subtract", "multiply", "divide", "maximum", "minimum")
STARTS: dict[str, tuple[str, str]] = {
    "anything": ("", "%x"),
    "squares": (f"%s0 = stablehlo.multiply %x, %x : {F}", "%s0"),
    "from 0.5 to 3": (
        f"""%s1a = stablehlo.constant dense<0.5> : {F}
        %s1b = stablehlo.constant dense<3.0> : {F}
        %s1 = stablehlo.clamp %s1a, %x, %s1b : {F}""",
        "%s1",
    ),
    "from -3 to -1": (
        f"""%s2a = stablehlo.constant dense<-3.0> : {F}
        %s2b = stablehlo.constant dense<-1.0> : {F}
        %s2 = stablehlo.clamp %s2a, %x, %s2b : {F}""",
        "%s2",
    ),
    "around 0": (f"%s3 = stablehlo.tanh %x : {F}", "%s3"),
    "integers": (f"%s4 = stablehlo.convert %i : ({WHOLE}) -> {F}", "%s4"),
    "a constant": (
        f"%s5a = stablehlo.iota dim = 1 : {F}\n%s5 = stablehlo.add %s5a, %s1a : {F}",
        "%s5",
    ),
}


def _cases() -> list[tuple[str, str]]:
    """What is computed, in words, and the operation."""
    starts = [(name, value) for name, (_, value) in STARTS.items()]
    found = [(f"{name} of {one}", f"{name} {v} : {F}") for name in UNARY for one, v in starts]
    found += [
        (f"{name} of {one} and {other}", f"{name} {v}, {w} : {F}")
        for name in BINARY
        for one, v in starts
        for other, w in starts
    ]
    return [(words, f"stablehlo.{text}") for words, text in found]


@pytest.fixture(scope="module")
def computed() -> list[tuple[str, Range, Array]]:
    cases = _cases()
    starts = "\n".join(text for text, _ in STARTS.values())
    body = "\n".join(f"%r{index} = {text}" for index, (_, text) in enumerate(cases))
    results = ", ".join(f"%r{index}" for index in range(len(cases)))
    kinds = ", ".join([F] * len(cases))
    text = function(
        f"%x: {F}, %i: {WHOLE}", f"({kinds})", f"{starts}\n{body}\nreturn {results} : {kinds}"
    )
    call = shared_worker().call
    ranges = call(in_child.ranges, text)
    runner = load_interpreter().Interpreter(model_content=call(in_child.file, text))
    signature = runner.get_signature_runner()
    given = dict(zip(sorted(signature.get_input_details()), (_INPUTS, _INTEGERS), strict=True))
    results_by_name = signature(**given)
    arrays = [results_by_name[name] for name in sorted(results_by_name)]
    words = [name for name, _ in cases]
    return list(zip(words, ranges, arrays, strict=True))


def test_what_is_computed_is_within(computed: list[tuple[str, Range, Array]]) -> None:
    outside = []
    for words, known, array in computed:
        numbers = array[~np.isnan(array)].astype(np.float64)
        slack = 1e-6 * np.abs(numbers)
        within = (numbers >= known.low - slack) & (numbers <= known.high + slack)
        if not within.all() or (np.isnan(array).any() and not known.has_nan):
            outside.append((words, known, array))
    assert outside == []


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("add of squares and from 0.5 to 3", Range(0.5, INF, has_nan=True)),
        ("add of integers and a constant", Range(-(2.0**31) + 0.5, 2.0**31 + 6.5, has_nan=False)),
        ("multiply of from 0.5 to 3 and from -3 to -1", Range(-9.0, -0.5, has_nan=True)),
        ("divide of from 0.5 to 3 and from -3 to -1", Range(-3.0, -0.5 / 3, has_nan=True)),
        ("divide of from 0.5 to 3 and around 0", Range()),
        ("maximum of anything and a constant", Range(0.5, INF, has_nan=True)),
        ("rsqrt of from 0.5 to 3", Range(3.0**-0.5, 2.0**0.5, has_nan=True)),
        ("exponential of integers", Range(0.0, INF, has_nan=False)),
        ("subtract of anything and anything", Range()),
    ],
)
def test_ranges_are_no_wider_than_these(
    words: str, wanted: Range, computed: list[tuple[str, Range, Array]]
) -> None:
    (known,) = (known for name, known, _ in computed if name == words)
    assert known.has_nan == wanted.has_nan
    assert [known.low, known.high] == pytest.approx([wanted.low, wanted.high], rel=1e-6)
