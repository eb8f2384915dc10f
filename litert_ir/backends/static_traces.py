"""Trace a call with numbers in place of dynamic dimensions, where symbols and None fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from litert_ir.backends.model_failures import call_failures
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.tensor import DynamicDim, TensorSpec

Specs = tuple[TensorSpec, ...]
Shapes = tuple[tuple[Any, ...], ...]


@attrs.frozen
class Sizes:
    """The sizes that replace dynamic dimensions in a trace: a number each, or a symbol of JAX.

    All dynamic batches are equal, and all other dynamic dimensions, as far as their bounds
    admit it: models add, multiply and concatenate their inputs.

    Attributes:
        batch: For a leading dimension.
        other: For every other one.
    """

    batch: Any
    other: Any

    def shape_of(self, spec: TensorSpec) -> tuple[Any, ...]:
        """The tensor's shape with these sizes."""
        dynamic = (self.batch, *[self.other] * len(spec.shape))
        return tuple(
            _within(dim, size) if isinstance(dim, DynamicDim) else dim
            for dim, size in zip(spec.shape, dynamic, strict=False)
        )


def _within(dim: DynamicDim, size: Any) -> Any:
    """A number next to another one that is within the bounds; a symbol stays."""
    if not isinstance(size, int) or dim.admits(size):
        return size
    most = size if dim.maximum is None else min(size, dim.maximum)
    return max(most // dim.multiple_of * dim.multiple_of, dim.smallest)


BATCHES = (2, 3)
OTHERS = ((16, 32), (64, 128), (224, 448), (4, 8), (512, 1024), (1000, 2000), (2048, 4096))
"""Two numbers in place of each dynamic dimension that is no batch, tried in turn until the model
accepts both: windows and patches need some size, tables of positions have no more than theirs."""


def results_at_numbers(trace: Callable[[Shapes], Any], specs: Specs) -> tuple[Any, Any]:
    """Return a call's results at the first two sets of sizes that it accepts.

    Args:
        trace: Calls the model on tensors of static shapes.
        specs: The inputs.

    Raises:
        Exception: What the model raised at first, where it accepts none of the sizes.
    """
    failures: list[Exception] = []
    for first, second in _pairs(specs):
        try:
            small, large = (trace(tuple(map(sizes.shape_of, specs))) for sizes in (first, second))
        except LiteRTIRError:
            raise
        except call_failures() as error:
            reraise_interruption(error)
            failures.append(error)
        else:
            return small, large
    raise failures[0]


def _pairs(specs: Specs) -> Iterator[tuple[Sizes, Sizes]]:
    """The sets of numbers to try.

    A dynamic batch beside one of a fixed size may need that very size; or 1, which fits any.
    """
    fixed = {spec.shape[0] for spec in specs if spec.shape and isinstance(spec.shape[0], int)}
    others = (dim for spec in specs for dim in spec.shape[1:])
    sizes = OTHERS if any(isinstance(dim, DynamicDim) for dim in others) else OTHERS[:1]
    for first, second in (BATCHES, *((1, size) for size in sorted(fixed - {1}))):
        for small, large in sizes:
            yield Sizes(first, small), Sizes(second, large)
