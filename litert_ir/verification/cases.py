"""Build the cases on which a file is compared with its model: inputs and the model's outputs."""

from __future__ import annotations

import enum
import itertools
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.graph_calls import GraphCall
from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.errors import SamplesError
from litert_ir.errors.advice import advise, joined
from litert_ir.errors.setting_names import INPUT_SIGNATURE, SAMPLES, UNVERIFIED
from litert_ir.ir.dimensions import DimKey, DimSizes, dynamic_dims, sizes_in
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import TensorSpec
from litert_ir.lowering.fixed_batch import batch_advice, working_batch
from litert_ir.samples.drawing import Draw, Ranges, draw_like, draws_for, values
from litert_ir.samples.forms import Sample
from litert_ir.verification.case_search import OTHER_SIZES, CaseSearch
from litert_ir.verification.case_sizes import (
    BATCH_SIZES,
    VerificationSizes,
    batch_of,
    verification_sizes,
    with_batch,
)

__all__ = [
    "BATCH_SIZES",
    "OTHER_SIZES",
    "Case",
    "Origin",
    "affordable_cases",
    "cases_for",
    "draw",
    "given_cases",
]

Used = Mapping[DimKey, Collection[int]]
"""The sizes of each dimension that conversions trace with."""

_SEED = 0
_NOTHING: Used = MappingProxyType({})
_NO_RANGES: Ranges = MappingProxyType({})
_MOST_BYTES = 64 << 20
"""The most bytes of samples and results beyond the required number: the file runs on them as
well.
"""
_OWN_INPUTS = advise(
    "pass {samples} with inputs of your own, or {signature} with the sizes that the model accepts, "
    "or {unverified}",
    samples=SAMPLES,
    signature=INPUT_SIGNATURE.alone,
    unverified=UNVERIFIED,
)
_TOLD = 3
"""The most rejections quoted in a message."""


class Origin(enum.Enum):
    """The source of the inputs that a file is compared on."""

    SAMPLES = "given samples"
    RESIZED = "their values at other sizes"
    CALIBRATION = "calibration samples"
    RANDOM = "random inputs"


@attrs.frozen
class Case:
    """One comparison: flat inputs and the Keras model's outputs for them.

    Attributes:
        inputs: The arrays, in the plan's input order.
        outputs: The model's outputs, in the plan's output order.
        note: The sizes that the cases leave out, and why; for the report.
        origin: The source of the inputs.
    """

    inputs: Sample
    outputs: Sample
    note: str = ""
    origin: Origin = Origin.RANDOM


def reference_outputs(plan: ExportPlan, model: Any, inputs: Sample) -> Sample:
    """Compute the Keras model's outputs with ``training=False``, flat and in the plan's order.

    Raises:
        SamplesError: When the model fails on these inputs.
    """
    return _reference(plan, GraphCall(model, plan.signature), inputs)


def _reference(plan: ExportPlan, call: GraphCall, inputs: Sample) -> Sample:
    with failures_as(lambda error: _sample_error(_shapes_text(plan, inputs), error)):
        return call(inputs, plan.outputs)


def _shapes_text(plan: ExportPlan, inputs: Sample) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in iterate_flat(plan, inputs))


def _sample_error(names: str, error: Exception) -> SamplesError:
    return SamplesError(
        "The Keras model fails on a sample.",
        where=names,
        received=brief(error),
        advice=advise("pass samples that the model accepts: {samples}", samples=SAMPLES),
    )


def given_cases(plan: ExportPlan, model: Any, samples: Sequence[Sample]) -> tuple[Case, ...]:
    """Build the cases of the user's samples, without those on which an output is empty.

    Raises:
        SamplesError: When the model fails on a sample, or when no case is left.
    """
    return affordable_cases(plan, model, samples, len(samples), Origin.SAMPLES)


def affordable_cases(
    plan: ExportPlan,
    model: Any,
    samples: Iterable[Sample],
    least: int,
    origin: Origin = Origin.CALIBRATION,
) -> tuple[Case, ...]:
    """Build the cases of the first samples, within a memory budget; see `given_cases`.

    Args:
        plan: The plan whose file is compared.
        model: The model.
        samples: Flat inputs; read as far as they are used.
        least: How many to use whatever they cost; more while inputs and outputs take little
            memory.
        origin: The source of the samples.
    """
    call = GraphCall(model, plan.signature)
    cases: list[Case] = []
    held = 0
    for number, sample in enumerate(samples):
        if number >= least and held > _MOST_BYTES:
            break
        cases.append(Case(sample, _reference(plan, call, sample), origin=origin))
        held += sum(array.nbytes for array in (*cases[-1].inputs, *cases[-1].outputs))
    telling = tuple(case for case in cases if all(array.size for array in case.outputs))
    if cases and not telling:
        raise SamplesError(
            "The Keras model returns something empty on each sample: nothing can be compared.",
            where=_shapes_text(plan, cases[0].inputs),
            expected="samples that are large enough for a result",
            advice=advise("pass larger ones: {samples}", samples=SAMPLES),
        )
    return telling


def cases_for(
    plan: ExportPlan,
    model: Any,
    samples: Sequence[Sample],
    used: Used = _NOTHING,
    *,
    other_sizes: bool = False,
) -> tuple[Case, ...]:
    """Build the cases of the samples, or random ones when there are no samples.

    Args:
        plan: The plan whose file is compared.
        model: The model.
        samples: Flat inputs.
        used: Sizes that conversions trace with; comparing at them proves nothing new.
        other_sizes: Whether to reuse the samples' values at other sizes, too, where dimensions are
            dynamic.

    Raises:
        SamplesError: When the model accepts none of the inputs.
    """
    if not samples:
        return random_cases(plan, model, used)
    given = given_cases(plan, model, samples)
    sizes = _sizes_beside(plan, samples, used) if other_sizes else None
    if sizes is None:
        return given
    draw_values = draw_like(np.random.default_rng(_SEED), samples)
    search = _searched(plan, model, (draw_values,), sizes)
    batch = batch_of(_sizes_of(plan, samples[0]))
    if batch is not None and not search.found and sizes.smallest is not None:
        search = _searched(plan, model, (draw_values,), sizes.with_batch(batch))
    others = (Case(*found, origin=Origin.RESIZED) for found in search.found)
    return _noted((*given, *others), search)


def random_cases(
    plan: ExportPlan, model: Any, used: Used = _NOTHING, ranges: Ranges = _NO_RANGES
) -> tuple[Case, ...]:
    """Build seeded random cases at the sizes of `verification_sizes`, as far as time allows.

    Floats are standard normal, or within the range of their input; booleans are 0 or 1 with equal
    probability. Integers are small, or below the bounds of a task's plan, or pixel values where the
    input may be an image. Where the plan names a pattern, such as that of a padding mask, the
    values follow it.

    Raises:
        SamplesError: When the model accepts none of the sizes and ranges tried.
    """
    sizes = verification_sizes(plan, used)
    draws = draws_for(plan, np.random.default_rng(_SEED), ranges)
    search = _searched(plan, model, draws, sizes)
    if search.found and not (sizes.smallest is None and search.refusals):
        return _noted(tuple(itertools.starmap(Case, search.found)), search)
    refused = _told(search.refusals)
    batch = None if search.found else _accepted_batch(search, sizes)
    raise SamplesError(
        "No random inputs were found that the Keras model accepts, so it cannot be compared.",
        expected="a model that runs on " + ", ".join(f"{t.name} {t}" for t in plan.inputs),
        received=refused,
        advice=_OWN_INPUTS
        if batch is None
        else joined([batch_advice(batch), _OWN_INPUTS], "; or "),
    )


def _accepted_batch(search: CaseSearch, sizes: VerificationSizes) -> int | None:
    """Find a batch that the model accepts after it rejected all those tried before."""
    if batch_of(sizes.growing[0]) is None:
        return None

    def attempt(batch: int) -> None:
        if not search.attempt(with_batch(sizes.growing[0], batch)):
            raise SamplesError("The model does not take this batch.")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return working_batch(attempt)


def _searched(
    plan: ExportPlan, model: Any, draws: Sequence[Draw], sizes: VerificationSizes
) -> CaseSearch:
    call = GraphCall(model, plan.signature)
    search = CaseSearch(
        plan, lambda inputs: call(inputs, plan.outputs), draws, call.result_elements
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes such as 1, which the user did not ask for
        search.search(sizes)
        if search.found and call.has_counted_results():
            search.vary_counts()
    return search


def _sizes_beside(
    plan: ExportPlan, samples: Sequence[Sample], used: Used
) -> VerificationSizes | None:
    """Return the sizes to compare at beside those of the samples; None where these suffice."""
    if not dynamic_dims(plan.inputs):
        return None
    sizes = verification_sizes(plan, used)
    if sizes.smallest is not None:
        return sizes
    known = {batch_of(_sizes_of(plan, sample)) for sample in samples}
    others = tuple(each for each in sizes.growing if batch_of(each) not in known)
    return attrs.evolve(sizes, growing=others[:1]) if others and len(known) == 1 else None


def _sizes_of(plan: ExportPlan, sample: Sample) -> DimSizes:
    return sizes_in(plan.inputs, [array.shape for array in sample])


def _noted(cases: tuple[Case, ...], search: CaseSearch) -> tuple[Case, ...]:
    """Note in the last case what the search left out."""
    notes = []
    if search.refusals:
        notes.append(f"the model does not take {_told(search.refusals)}")
    if search.left_out:
        notes.append(f"larger sizes were left out, from {search.left_out} on")
    *others, last = cases
    return (*others, attrs.evolve(last, note="; ".join(notes)))


def _told(refusals: Sequence[str]) -> str:
    """Quote the first few refusals and the last one."""
    shown = [*refusals[: _TOLD - 1], *refusals[_TOLD - 1 :][-1:]]
    return "; ".join(shown)


def draw(
    rng: np.random.Generator, spec: TensorSpec, sizes: tuple[int, int], bound: int
) -> NDArray[Any]:
    """Draw seeded random values for an input.

    Args:
        rng: The random generator.
        spec: The input.
        sizes: The size of its first dimension and that of the others, where they are dynamic.
        bound: The exclusive bound of integers.
    """
    shape = [
        dim if isinstance(dim, int) else sizes[min(axis, 1)] for axis, dim in enumerate(spec.shape)
    ]
    return values(rng, spec, shape, bound)


def iterate_flat(plan: ExportPlan, arrays: Sample) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield each flat array with the name of its input in the file."""
    return zip((spec.name for spec in plan.inputs), arrays, strict=True)
