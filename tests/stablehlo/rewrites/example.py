"""A further example of a pattern: a module before it, and what is left after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_interpreter

Array = NDArray[Any]
Reference = Callable[..., Any]
_ARGUMENT = re.compile(r"%\w+: tensor<([0-9x]*?)x?([a-z]+\d+)>")
_DTYPES = {"f32": "float32", "i32": "int32", "i1": "bool", "i8": "int8", "ui32": "uint32"}


@attrs.frozen(kw_only=True)
class Example:
    """What patterns do to a module.

    Attributes:
        name: What it shows.
        patterns: The patterns that are applied; the first one is shown.
        before: A module's text.
        after: How many operations of each kind there are afterwards, constants apart; None where
            the docstring of the first pattern shows it.
        reference: Computes the outputs from the inputs; by default, StableHLO's reference
            interpreter computes them from ``before``.
        inputs: The inputs; by default, they are drawn.
        runs: Whether the file that is made of the module is run.
        varies: Whether the inputs have dynamic dimensions besides the batch.
        tolerance: How far the file may be from the reference, relative to its greatest value.
    """

    name: str
    patterns: tuple[str, ...]
    before: str
    after: dict[str, int] | None = None
    reference: Reference | None = attrs.field(default=None, repr=False)
    inputs: tuple[Array, ...] | None = attrs.field(default=None, repr=False)
    runs: bool = True
    varies: bool = False
    tolerance: float = 1e-5

    def drawn(self) -> tuple[Array, ...]:
        """The inputs: normal numbers, small positive integers, booleans."""
        if self.inputs is not None:
            return self.inputs
        rng = np.random.default_rng(len(self.before))
        signature = self.before.split("->")[0]
        found = _ARGUMENT.findall(signature)
        return tuple(draw(rng, _sizes(shape), _DTYPES[element]) for shape, element in found)


def _sizes(shape: str) -> tuple[int, ...]:
    return tuple(int(size) for size in shape.split("x") if size)


def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: str, least: int = 0) -> Array:
    """Normal numbers, booleans, or one of the three integers from a least one on."""
    if dtype == "float32":
        return rng.standard_normal(shape).astype(dtype)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    return rng.integers(least, least + 3, shape).astype(dtype)


def function(arguments: str, results: str, body: str) -> str:
    """A module with one function ``main``."""
    return f"func.func @main({arguments}) -> {results} {{\n{body}\n}}"


def run(content: bytes, inputs: tuple[Array, ...]) -> list[Array]:
    """What a file computes, its outputs in order."""
    runner: Any = load_interpreter().Interpreter(model_content=content).get_signature_runner()
    names = sorted(runner.get_input_details())
    results = runner(**dict(zip(names, inputs, strict=True)))
    return [results[name] for name in sorted(results)]


def agree(result: Array, wanted: Array, tolerance: float) -> None:
    """Compare arrays, with a tolerance relative to the greatest number that is wanted."""
    assert result.shape == wanted.shape
    scale = float(np.abs(wanted[np.isfinite(wanted)]).max(initial=1.0))
    np.testing.assert_allclose(result, wanted, rtol=0, atol=tolerance * scale)
