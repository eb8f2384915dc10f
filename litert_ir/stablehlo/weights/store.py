"""The arrays of weight expressions: a model's variables, and constants that a trace captured."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.keras.held_variables import HeldVariable
from litert_ir.backends.keras.quantized_layers import ComputedWeight
from litert_ir.backends.keras.variables import array_of
from litert_ir.stablehlo.weights.expressions import Parameter

SMALL_WEIGHT = 1 << 16
"""Bytes below which a weight's value goes into the module: biases, scales, captured numbers.

Matrices and kernels stay out, however small they are: so they keep the names of their variables,
by which quantization rules find them."""


@attrs.frozen
class WeightStore:
    """Parameters by index: the variables, then the captured tensors.

    Attributes:
        variables: Keras variables, and weights that are computed from some.
        captured: Arrays that belong to no variable, and variables that Keras does not track.
    """

    variables: tuple[Any, ...]
    captured: tuple[NDArray[Any] | HeldVariable, ...] = ()
    _copies: dict[int, NDArray[Any]] = attrs.field(factory=dict, eq=False, repr=False)

    def with_captured(self, captured: tuple[NDArray[Any] | HeldVariable, ...]) -> WeightStore:
        """A store of the same variables with what another trace captured."""
        return attrs.evolve(self, captured=captured)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """One for each array, in order."""
        described = [
            *((variable.shape, variable.dtype) for variable in self.variables),
            *((item.shape, _dtype_name(item)) for item in self.captured),
        ]
        return tuple(
            Parameter(index, tuple(map(int, shape)), str(dtype))
            for index, (shape, dtype) in enumerate(described)
        )

    def read(self, index: int) -> NDArray[Any]:
        """The array of a parameter; nothing is copied, but for weights that are computed."""
        count = len(self.variables)
        if index >= count:
            item = self.captured[index - count]
            return array_of(item) if isinstance(item, HeldVariable) else item
        weight = self.variables[index]
        return weight.array() if isinstance(weight, ComputedWeight) else array_of(weight)

    def small(self) -> tuple[tuple[int, NDArray[Any]], ...]:
        """The arrays whose values go into the module, with their indices.

        Variables are read once for all stores that `with_captured` makes.
        """
        indices = [item.index for item in self.parameters if self._is_small(item)]
        return tuple((index, self._copy(index)) for index in indices)

    def _is_small(self, item: Parameter) -> bool:
        kernel = self.named(item.index) and len(item.shape) >= 2
        return not kernel and _nbytes(item) < SMALL_WEIGHT

    def named(self, index: int) -> bool:
        """Tell whether a parameter is a variable of the model."""
        count = len(self.variables)
        return index < count or isinstance(self.captured[index - count], HeldVariable)

    def _copy(self, index: int) -> NDArray[Any]:
        if index >= len(self.variables):
            return self.read(index)
        if index not in self._copies:
            self._copies[index] = np.array(self.read(index))
        return self._copies[index]


def _dtype_name(item: NDArray[Any] | HeldVariable) -> str:
    return item.dtype if isinstance(item, HeldVariable) else item.dtype.name


def _nbytes(parameter: Parameter) -> int:
    return math.prod(parameter.shape) * np.dtype(parameter.dtype).itemsize
