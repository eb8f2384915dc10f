"""Replace random samples on which rounding decides the model's result.

The mean of some vectors of two elements may be zero up to rounding; normalized, it is a unit vector
of arbitrary direction. Such a sample proves nothing about a file, which rounds differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.quantized_layers import known_layers
from litert_ir.backends.keras.rounding_noise import outputs_with_noise
from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.forms import Sample
from litert_ir.verification.cases import Case, reference_outputs
from litert_ir.verification.tolerance import Tolerance

_SHARE = 0.25
"""The share of the accepted error by which noise in the weights may move an output that is
compared.
"""


def steadier_cases(
    plan: ExportPlan, model: Any, cases: Sequence[Case], tolerance: Tolerance
) -> tuple[Case, ...] | None:
    """Replace the samples on which rounding decides the result by others.

    Args:
        plan: The plan whose file is compared.
        model: The Keras model.
        cases: Random inputs, and the model's outputs for them.
        tolerance: The accepted difference.

    Returns:
        The cases; None where there are no such samples, or none to replace them.
    """
    call = InferenceCall(model, plan.signature, in_floats=not any(known_layers(model)))
    bounds = [tolerance.bound(results) for results in zip(*(c.outputs for c in cases), strict=True)]
    steady: list[NDArray[np.bool_]] = []
    for case in cases:
        moved = outputs_with_noise(call, case.inputs, plan.outputs)
        if moved is None or not _is_by_samples(case):
            return None
        steady.append(_steady_rows(case.outputs, moved, bounds))
    if all(rows.all() for rows in steady) or not any(rows.any() for rows in steady):
        return None
    found = [
        _replaced(plan, model, at, cases, steady) if not steady[at].all() else cases[at]
        for at in range(len(cases))
    ]
    complete = tuple(case for case in found if case is not None)
    return complete if len(complete) == len(found) else None


def _is_by_samples(case: Case) -> bool:
    """Return whether the first dimension of all inputs and outputs has the same size."""
    arrays = (*case.inputs, *case.outputs)
    return all(array.ndim for array in arrays) and len({len(array) for array in arrays}) == 1


def _steady_rows(outputs: Sample, moved: Sample, bounds: Sequence[float]) -> NDArray[np.bool_]:
    """Find the samples on which the noise moves each float output by less than is accepted."""
    steady = np.ones(len(outputs[0]), np.bool_)
    for wanted, noisy, bound in zip(outputs, moved, bounds, strict=True):
        if np.issubdtype(wanted.dtype, np.floating):
            with np.errstate(invalid="ignore"):
                far = np.abs(noisy.astype(np.float64) - wanted) > _SHARE * bound
            steady &= ~far.reshape(len(wanted), -1).any(axis=1)
    return steady


def _replaced(
    plan: ExportPlan,
    model: Any,
    at: int,
    cases: Sequence[Case],
    steady: Sequence[NDArray[np.bool_]],
) -> Case | None:
    """Replace unsteady samples of a case by steady ones of a case with the same sizes."""
    case, rows = cases[at], steady[at]
    for other in sorted(range(len(cases)), key=lambda index: index != at):
        places = np.flatnonzero(steady[other])
        source = cases[other].inputs
        pairs = zip(case.inputs, source, strict=True)
        if not len(places) or any(mine.shape[1:] != its.shape[1:] for mine, its in pairs):
            continue
        taken = np.resize(places, int((~rows).sum()))
        inputs = tuple(
            _with_rows(mine, ~rows, its[taken])
            for mine, its in zip(case.inputs, source, strict=True)
        )
        note = f"{len(taken)} random sample(s) on which rounding decides gave way to others"
        note = f"{case.note}; {note}" if case.note else note
        outputs = reference_outputs(plan, model, inputs)
        return attrs.evolve(case, inputs=inputs, outputs=outputs, note=note)
    return None


def _with_rows(array: NDArray[Any], where: NDArray[np.bool_], rows: NDArray[Any]) -> NDArray[Any]:
    changed = array.copy()
    changed[where] = rows
    return changed
