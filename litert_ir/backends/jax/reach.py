"""Refuse JAX programs that silently slide too large a window, or read beyond a table.

JAX returns no elements, zeros or NaN where TensorFlow fails. A model has no use for such inputs.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litert_ir.backends.jax.size_ranges import Range, range_of

_WINDOWS = ("conv_general_dilated", "reduce_window")
_NESTED = ("jaxpr", "call_jaxpr", "fun_jaxpr")
"""The parameters that hold the program of a call with the same arguments."""


def require_reach(program: Any) -> None:
    """Refuse a program that reads out of bounds.

    Args:
        program: From `jax.make_jaxpr`.

    Raises:
        ValueError: When a window is larger than what it slides over.
        IndexError: When indices that follow from sizes alone are beyond a table.
    """
    _walk(program.jaxpr, _constants(program))


def _constants(program: Any) -> dict[Any, Range]:
    pairs = zip(program.jaxpr.constvars, getattr(program, "consts", ()), strict=False)
    return {var: found for var, value in pairs if (found := _range_of_value(value)) is not None}


def _range_of_value(value: Any) -> Range | None:
    """The range of integers in memory, if numpy made them; reading other arrays may take long."""
    if not isinstance(value, np.ndarray | np.generic | int):
        return None
    array = np.asarray(value)
    is_whole = array.size > 0 and array.dtype.kind in "iub"
    return Range(int(array.min()), int(array.max())) if is_whole else None


def _walk(jaxpr: Any, known: Mapping[Any, Range]) -> list[Range | None]:
    """The ranges of the results; None where they are unknown."""
    ranges = dict(known)
    for equation in jaxpr.eqns:
        inputs = [_range(atom, ranges) for atom in equation.invars]
        _check(equation, inputs)
        results = _results(equation, inputs)
        pairs = zip(equation.outvars, results, strict=False)
        ranges.update({var: found for var, found in pairs if found is not None})
    return [_range(atom, ranges) for atom in jaxpr.outvars]


def _range(atom: Any, ranges: Mapping[Any, Range]) -> Range | None:
    literal = importlib.import_module("jax.extend.core").Literal
    return _range_of_value(atom.val) if isinstance(atom, literal) else ranges.get(atom)


def _results(equation: Any, inputs: Sequence[Range | None]) -> Sequence[Range | None]:
    called = next((equation.params[key] for key in _NESTED if key in equation.params), None)
    if called is None:
        return [range_of(equation, inputs)]
    inner = getattr(called, "jaxpr", called)
    known = _constants(called) if hasattr(called, "jaxpr") else {}
    pairs = zip(inner.invars, inputs, strict=False)
    known.update({var: found for var, found in pairs if found is not None})
    return _walk(inner, known)


def _check(equation: Any, inputs: Sequence[Range | None]) -> None:
    name = equation.primitive.name
    if name.startswith(_WINDOWS) and not all(equation.outvars[0].aval.shape):
        shape = equation.invars[0].aval.shape
        raise ValueError(f"a window is larger than what it slides over, which is {shape}")
    if name == "gather" and inputs[1] is not None:
        _check_gather(equation, inputs[1])


def _check_gather(equation: Any, indices: Range) -> None:
    """Check a gather; the range of each of several coordinates in one array is unknown."""
    axes = equation.params["dimension_numbers"].start_index_map
    if len(axes) != 1:
        return
    rows = equation.invars[0].aval.shape[axes[0]]
    if indices.most > rows - equation.params["slice_sizes"][axes[0]]:
        raise IndexError(f"index {indices.most} is beyond the {rows} rows of a table")
