"""What a file is compared with its model on: inputs, and what the model makes of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.failures import brief, failures_as
from litert_ir.backends.graph_calls import GraphCall
from litert_ir.errors import SamplesError
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import Dim, DType, DynamicDim, TensorSpec
from litert_ir.runtime.samples import Sample

BATCH_SIZES = (1, 3)
"""Two sizes, so that a batch that was silently fixed is found out; a static batch has two cases
all the same, so that outputs that vary with the input are seen to vary."""
OTHER_SIZES = (16, 32, 64, 128, 224)
"""Tried in turn for dynamic dimensions that are no batch, until the model accepts one."""
INTEGER_BOUNDS = (10, 2)
"""Tried in turn as the exclusive bound of integer inputs, which may be indices of few rows."""


_SEED = 0


@attrs.frozen
class Case:
    """One comparison: flat inputs and what the Keras model makes of them.

    Attributes:
        inputs: In the plan's input order.
        outputs: The model's outputs, in the plan's output order.
    """

    inputs: Sample
    outputs: Sample


def reference_outputs(plan: ExportPlan, model: Any, inputs: Sample) -> Sample:
    """The Keras model's outputs with ``training=False``, flat and in the plan's order.

    Raises:
        SamplesError: When the model fails on these inputs.
    """
    names = ", ".join(f"{name} {array.shape}" for name, array in iterate_flat(plan, inputs))
    with failures_as(lambda error: _sample_error(names, error)):
        return GraphCall(model, plan.signature)(inputs, plan.outputs)


def _sample_error(names: str, error: Exception) -> SamplesError:
    return SamplesError(
        "The Keras model fails on a sample.",
        where=names,
        received=brief(error),
        advice="pass samples that the model accepts: verify=litert_ir.Verification(samples=[...])",
    )


def given_cases(plan: ExportPlan, model: Any, samples: Sequence[Sample]) -> tuple[Case, ...]:
    """The cases of samples that the user gave."""
    return tuple(Case(sample, reference_outputs(plan, model, sample)) for sample in samples)


def cases_for(plan: ExportPlan, model: Any, samples: Sequence[Sample]) -> tuple[Case, ...]:
    """The cases of the samples; random ones when there are none."""
    return given_cases(plan, model, samples) if samples else random_cases(plan, model)


def random_cases(plan: ExportPlan, model: Any) -> tuple[Case, ...]:
    """Seeded random cases, one for each of `BATCH_SIZES`.

    Floats are standard normal, booleans even; integers are small, or below the bounds that a
    task's plan knows.

    Raises:
        SamplesError: When the model accepts none of the sizes and ranges tried.
    """
    refusals: list[str] = []
    known = {bound.name: bound.below for bound in plan.task.bounds} if plan.task else {}
    for size, bound in itertools.product(_sizes(plan), _bounds(plan)):
        rng = np.random.default_rng(_SEED)
        drawn = [
            tuple(
                draw(rng, spec, (batch, size), known.get(spec.name, bound)) for spec in plan.inputs
            )
            for batch in BATCH_SIZES
        ]
        try:
            return given_cases(plan, model, drawn)
        except SamplesError as error:
            refusals.append(f"size {size}, integers below {bound}: {error.received}")
    raise SamplesError(
        "No random inputs were found that the Keras model accepts, so it cannot be compared.",
        expected="a model that runs on " + ", ".join(f"{t.name} {t}" for t in plan.inputs),
        received="; ".join(refusals),
        advice="pass verify=litert_ir.Verification(samples=[...]) with inputs of your own, "
        "or verify=False",
    )


def _sizes(plan: ExportPlan) -> tuple[int, ...]:
    others = (dim for spec in plan.inputs for dim in spec.shape[1:])
    return OTHER_SIZES if any(isinstance(dim, DynamicDim) for dim in others) else OTHER_SIZES[:1]


def _bounds(plan: ExportPlan) -> tuple[int, ...]:
    return INTEGER_BOUNDS if any(_is_integer(spec.dtype) for spec in plan.inputs) else (1,)


def _is_integer(dtype: DType) -> bool:
    return not dtype.is_floating and np.issubdtype(np.dtype(dtype.value), np.integer)


def draw(
    rng: np.random.Generator, spec: TensorSpec, sizes: tuple[int, int], bound: int
) -> NDArray[Any]:
    """Seeded random values for an input.

    Args:
        rng: Where they come from.
        spec: The input.
        sizes: For its first dimension and for the others, where they are dynamic.
        bound: The exclusive bound of integers.
    """
    shape = tuple(_size_of(dim, sizes, index) for index, dim in enumerate(spec.shape))
    if spec.dtype is DType.BOOL:
        return rng.integers(0, 2, shape).astype(np.bool_)
    if _is_integer(spec.dtype):
        return rng.integers(0, bound, shape).astype(spec.dtype.value)
    return np.asarray(rng.standard_normal(shape)).astype(spec.dtype.value)


def _size_of(dim: Dim, sizes: tuple[int, int], index: int) -> int:
    if isinstance(dim, int):
        return dim
    return sizes[min(index, 1)]


def iterate_flat(plan: ExportPlan, arrays: Sample) -> Iterator[tuple[str, NDArray[Any]]]:
    """Each flat array with the name of its input in the file."""
    return zip((spec.name for spec in plan.inputs), arrays, strict=True)
