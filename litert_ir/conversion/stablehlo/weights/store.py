"""The arrays that weight expressions are over: a model's variables, and what a trace captured."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.quantized_layers import ComputedWeight
from litert_ir.backends.variables import array_of
from litert_ir.conversion.stablehlo.weights.expressions import Parameter

SMALL_WEIGHT = 1 << 16
"""Bytes below which a weight's value goes into the module: biases, scales, captured numbers.

Matrices and kernels stay out, however small they are: so they keep the names of their variables,
by which quantization rules find them."""


@attrs.frozen
class WeightStore:
    """Parameters by index: the variables, then the captured tensors.

    Attributes:
        variables: Keras variables, and weights that are computed from some.
        captured: Arrays that belong to no variable.
    """

    variables: tuple[Any, ...]
    captured: tuple[NDArray[Any], ...] = ()
    _copies: dict[int, NDArray[Any]] = attrs.field(factory=dict, eq=False, repr=False)

    def with_captured(self, captured: tuple[NDArray[Any], ...]) -> WeightStore:
        """A store of the same variables with what another trace captured."""
        return attrs.evolve(self, captured=captured)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """One for each array, in order."""
        described = [
            *((variable.shape, variable.dtype) for variable in self.variables),
            *((array.shape, array.dtype.name) for array in self.captured),
        ]
        return tuple(
            Parameter(index, tuple(map(int, shape)), str(dtype))
            for index, (shape, dtype) in enumerate(described)
        )

    def read(self, index: int) -> NDArray[Any]:
        """The array of a parameter; nothing is copied, but for weights that are computed."""
        count = len(self.variables)
        if index >= count:
            return self.captured[index - count]
        weight = self.variables[index]
        return weight.array() if isinstance(weight, ComputedWeight) else array_of(weight)

    def small(self) -> tuple[tuple[int, NDArray[Any]], ...]:
        """The arrays whose values go into the module, with their indices.

        Variables are read once for all stores that `with_captured` makes.
        """
        indices = [item.index for item in self.parameters if self._is_small(item)]
        return tuple((index, self._copy(index)) for index in indices)

    def _is_small(self, item: Parameter) -> bool:
        kernel = item.index < len(self.variables) and len(item.shape) >= 2
        return not kernel and _nbytes(item) < SMALL_WEIGHT

    def _copy(self, index: int) -> NDArray[Any]:
        if index >= len(self.variables):
            return self.read(index)
        if index not in self._copies:
            self._copies[index] = np.array(self.read(index))
        return self._copies[index]


def _nbytes(parameter: Parameter) -> int:
    return math.prod(parameter.shape) * np.dtype(parameter.dtype).itemsize
