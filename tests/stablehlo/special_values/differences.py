"""Where files and models are compared at special values, and where they are known to differ."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs
import keras
import numpy as np

import litert_ir as lir
from tests.stablehlo.special_values.functions import Array, Functions, Sweep
from tests.stablehlo.sweep.case import Apply

Where = Callable[..., Array]


def _signed_by_zero(x: Array, y: Array) -> Array:
    """Where a multiple of a negative zero's power is infinite, or of an infinity's is zero."""
    negative_zero = (y == 0) & np.signbit(y) & (x != 0) & ~np.isnan(x)
    return np.asarray(negative_zero | ((y == -np.inf) & np.isfinite(x)))


DIFFERENT: Mapping[str, Mapping[str, Where]] = MappingProxyType(
    {
        "of a number": {
            # LiteRT's converter makes zero of a product with zero.
            "times_zero": lambda x: ~np.isfinite(x),
            # XNNPACK reduces arguments with few bits of pi.
            **dict.fromkeys(("cos", "sin", "tan"), lambda x: np.isfinite(x) & (np.abs(x) > 1.4e6)),
            "sinc": lambda x: np.isfinite(x) & (np.abs(x) > 1e17),
        },
        "of two numbers": {
            # XNNPACK's MAXIMUM and MINIMUM keep the second side's NaN alone; where both are
            # computed of the same two values, they are told apart by the order of the sides.
            "maximum": lambda x, y: np.isnan(x) & ~np.isnan(y),
            "minimum": lambda x, y: np.isnan(y) & ~np.isnan(x),
            "hypot": lambda x, y: np.isnan(x) & (y == 0),
        },
    }
)
"""Where the file of a function differs, by sweep and function: not where it may, but where it does.

What is mended is to be taken out.
"""
DIFFERENT_ON_JAX: Mapping[str, Mapping[str, Where]] = MappingProxyType(
    {
        "of a number": {
            **DIFFERENT["of a number"],
            # LiteRT's converter makes roots of these powers.
            "power_0.5": lambda x: x == -np.inf,
            "power_-0.5": lambda x: (x == -np.inf) | ((x == 0) & np.signbit(x)),
        },
        "of two numbers": {
            **DIFFERENT["of two numbers"],
            "times_power": _signed_by_zero,
        },
    }
)
"""The same with Keras on JAX."""


@attrs.frozen
class Compared:
    """A model's outputs and those of its file, by function.

    Attributes:
        model: The model's.
        file: The file's.
    """

    model: Mapping[str, Array] = attrs.field(repr=False)
    file: Mapping[str, Array] = attrs.field(repr=False)

    def differing(self, name: str) -> Array:
        """Where the results of a function differ, per element."""
        return ~alike(self.model[name], self.file[name])

    def surprises(self, sweep: Sweep, known: Mapping[str, Where]) -> dict[str, list[str]]:
        """Where functions differ and are not known to, or the other way round."""
        found: dict[str, list[str]] = {}
        for name in sweep.functions:
            differing = self.differing(name)
            expected = known[name](*sweep.inputs) if name in known else np.zeros_like(differing)
            places = np.argwhere(differing != expected)
            if len(places):
                found[name] = [self._described(name, tuple(at), sweep) for at in places]
        return found

    def _described(self, name: str, at: tuple[int, ...], sweep: Sweep) -> str:
        given = ", ".join(str(array[at[: array.ndim]]) for array in sweep.inputs)
        return f"{given}: {self.model[name][at]} is {self.file[name][at]} in the file"


def alike(wanted: Array, found: Array) -> Array:
    """Where results are alike: the same NaN, infinities, integers; numbers up to rounding."""
    wanted = wanted.astype(found.dtype)
    if wanted.dtype.kind in "biu":
        return np.asarray(wanted == found)
    same = (wanted == found) | (np.isnan(wanted) & np.isnan(found))
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(wanted.astype(np.float64) - found)
        close = error <= 1e-5 * np.abs(wanted.astype(np.float64)) + 1e-5
    return np.where(np.isfinite(wanted) & np.isfinite(found), close, same)


def model_of(functions: Functions, inputs: tuple[Array, ...]) -> Any:
    """A model with an output for each function, or layer."""
    tensors = [
        keras.Input(array.shape[1:], dtype=array.dtype.name, name=f"x{index}")
        for index, array in enumerate(inputs)
    ]
    callables = {
        name: function if isinstance(function, keras.Layer) else Apply(function)
        for name, function in functions.items()
    }
    return keras.Model(tensors, {name: call(*tensors) for name, call in callables.items()})


def compare(sweep: Sweep) -> Compared:
    """Convert a model of all functions of a sweep, and compute with it and its file."""
    model = model_of(sweep.functions, sweep.inputs)
    reference = model.predict(list(sweep.inputs), batch_size=len(sweep.inputs[0]), verbose=0)
    with converted(model) as file:
        return Compared(reference, run(file, sweep.inputs))


@contextlib.contextmanager
def converted(model: Any) -> Iterator[lir.LiteRTFile]:
    """The file of a model; nothing compares it with the model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "special.tflite")
        lir.export(model, path, strategies=(lir.StableHLO(),), verify=False)
        yield lir.LiteRTFile(path)


def run(file: lir.LiteRTFile, inputs: Sequence[Array]) -> dict[str, Array]:
    """What a file of `model_of` computes, by function."""
    return file.run({f"x{index}": array for index, array in enumerate(inputs)})
