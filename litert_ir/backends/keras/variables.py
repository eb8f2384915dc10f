"""Read a model's variables without copying them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
import numpy as np
from numpy.typing import NDArray


def variables_of(model: Any) -> tuple[Any, ...]:
    """Every variable of a model once, in Keras' order, random seeds and counters included."""
    return tuple({id(variable): variable for variable in model.variables}.values())


def array_of(variable: Any) -> NDArray[Any]:
    """The value of a Keras variable; a view of its memory where the backend allows that.

    numpy's own conversion of a TensorFlow tensor copies it; the tensor's buffer does not.
    """
    value = variable.value
    tensor = value.read_value() if hasattr(value, "read_value") else value
    if np.dtype(variable.dtype).name == "bfloat16" or not hasattr(tensor, "numpy"):
        return np.asarray(tensor)
    return np.asarray(memoryview(tensor))


def largest_magnitude(variables: Iterable[Any]) -> float:
    """The largest absolute value in variables of floats; infinite where one is not finite."""
    arrays = (array_of(variable) for variable in variables)
    with np.errstate(invalid="ignore"):
        largest = max((float(np.abs(array).max(initial=0)) for array in arrays), default=0.0)
    return largest if np.isfinite(largest) else float("inf")
