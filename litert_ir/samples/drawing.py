"""Draw seeded random values for inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.ir.dimensions import StaticShapes
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.task import InputPattern, Pattern
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.samples.coherent_values import patterned
from litert_ir.samples.forms import Sample

INTEGER_BOUNDS = (10, 2)
"""Exclusive bounds of integer inputs, tried in turn: they may be indices of few rows."""
_PIXELS = 256
_CHANNELS = (1, 3, 4)
_IMAGE_RANK = 4

_DEVIATIONS = 6
"""The standard deviations that a known range is taken to be wide."""

Draw = Callable[[StaticShapes], Sample]
Ranges = Mapping[str, tuple[float, float]]
"""The least and the largest value of inputs, by name."""
_UNKNOWN: Ranges = MappingProxyType({})


def draws_for(
    plan: ExportPlan, rng: np.random.Generator, ranges: Ranges = _UNKNOWN
) -> tuple[Draw, ...]:
    """Return generators of values for all inputs, which differ in the bounds of integers.

    Args:
        plan: The plan with the inputs.
        rng: The random generator.
        ranges: Ranges of float inputs, which are standard normal without one.
    """
    patterns = {item.name: item for item in plan.task.patterns} if plan.task else {}
    return tuple(
        _Random(plan.inputs, rng, bounds, patterns, ranges) for bounds in _integer_bounds(plan)
    )


def draw_like(rng: np.random.Generator, samples: Sequence[Sample]) -> Draw:
    """Return a generator that draws from the values of some samples, which the model accepts."""
    columns = zip(*samples, strict=True)
    pools = [np.concatenate([array.ravel() for array in arrays]) for arrays in columns]
    return _Resampled(rng, tuple(pools))


def values(
    rng: np.random.Generator, spec: TensorSpec, shape: Sequence[int], below: int
) -> NDArray[Any]:
    """Draw values for one input: standard normal floats, even booleans, and integers from 0.

    Args:
        rng: The random generator.
        spec: The input.
        shape: Its shape.
        below: The exclusive bound of integers.
    """
    if spec.dtype is DType.BOOL:
        return rng.integers(0, 2, shape).astype(np.bool_)
    if is_integer(spec.dtype):
        return rng.integers(0, below, shape).astype(spec.dtype.value)
    return np.asarray(rng.standard_normal(shape)).astype(spec.dtype.value)


def is_integer(dtype: DType) -> bool:
    """Return whether this is an integer type; booleans are not."""
    return not dtype.is_floating and np.issubdtype(np.dtype(dtype.value), np.integer)


@attrs.frozen
class _Random:
    inputs: tuple[TensorSpec, ...]
    rng: np.random.Generator
    bounds: Mapping[str, int]
    patterns: Mapping[str, InputPattern]
    ranges: Ranges

    def __call__(self, shapes: StaticShapes) -> Sample:
        return tuple(map(self._drawn, self.inputs, shapes))

    def _drawn(self, spec: TensorSpec, shape: Sequence[int]) -> NDArray[Any]:
        bound, found = self.bounds.get(spec.name, 1), self.patterns.get(spec.name)
        if found is None and spec.name in self.ranges:
            return self._within(spec, shape)
        if found is None:
            return values(self.rng, spec, shape, bound)
        extent = bound if found.pattern is Pattern.INCREASING else found.extent
        drawn = patterned(self.rng, found.pattern, shape, extent)
        return drawn.astype(spec.dtype.value)

    def _within(self, spec: TensorSpec, shape: Sequence[int]) -> NDArray[Any]:
        """Draw normal values about the middle of an input's range, none of them outside."""
        least, largest = self.ranges[spec.name]
        deviation = (largest - least) / _DEVIATIONS
        drawn = (least + largest) / 2 + deviation * self.rng.standard_normal(shape)
        return np.clip(drawn, least, largest).astype(spec.dtype.value)


@attrs.frozen
class _Resampled:
    rng: np.random.Generator
    pools: tuple[NDArray[Any], ...]

    def __call__(self, shapes: StaticShapes) -> Sample:
        return tuple(
            self.rng.choice(pool, shape) for pool, shape in zip(self.pools, shapes, strict=True)
        )


def _integer_bounds(plan: ExportPlan) -> list[dict[str, int]]:
    """Return the bounds to try, by the names of integer inputs; a task's own bounds are in each."""
    known = {bound.name: bound.below for bound in plan.task.bounds} if plan.task else {}
    unknown = [spec for spec in plan.inputs if is_integer(spec.dtype) and spec.name not in known]
    images = {spec.name: _pixels(spec) for spec in unknown if _may_be_an_image(spec)}
    found = [
        {spec.name: bound for spec in unknown} | pixels | known
        for pixels in ([images, {}] if images else [{}])
        for bound in INTEGER_BOUNDS
    ]
    return [bounds for at, bounds in enumerate(found) if bounds not in found[:at]]


def _may_be_an_image(spec: TensorSpec) -> bool:
    """Return whether integers are likely to be pixels: bytes, or of one, three or four channels."""
    if spec.dtype is DType.UINT8:
        return True
    return len(spec.shape) == _IMAGE_RANK and (
        spec.shape[-1] in _CHANNELS or spec.shape[1] in _CHANNELS
    )


def _pixels(spec: TensorSpec) -> int:
    return min(_PIXELS, int(np.iinfo(spec.dtype.value).max) + 1)
