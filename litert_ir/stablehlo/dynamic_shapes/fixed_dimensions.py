"""Errors that name the operator or tensor that fixed a dimension, and advise what to do."""

from __future__ import annotations

import numpy as np

from litert_ir.errors import DifferingFilesError, NotGeneralError
from litert_ir.errors.advice import FIX_SIZES, joined
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Array

ADVICE = joined([FIX_SIZES, "let the next strategy convert the model"], ", or ")
_SHOWN_VALUES = 8


def not_general(
    summary: str, *, where: str, expected: str = "", received: str = ""
) -> NotGeneralError:
    """The error for a constant or size that the files do not explain."""
    return NotGeneralError(
        summary, where=where, expected=expected, received=received, advice=ADVICE
    )


def differing_files(what: str, where: str, first: object, second: object) -> DifferingFilesError:
    """The error for a difference between files in what must be the same for every size."""
    return DifferingFilesError(
        f"The model has {what} for each size of its dynamic dimensions.",
        where=where,
        expected="the same for all sizes",
        received=f"{first} for one size, {second} for the other",
        advice=ADVICE,
    )


def unexplained(tensor: AlignedTensor, operator: str, reason: str) -> NotGeneralError:
    """The error for a constant whose dependence on the sizes is unknown."""
    return not_general(
        f"A constant depends on the sizes of the dynamic dimensions: {reason}.",
        where=f"input {tensor.name!r} of {operator}",
        received=f"{_shown(tensor, 0)} for one size, {_shown(tensor, 1)} for the other",
    )


def _shown(tensor: AlignedTensor, side: int) -> str:
    values = tensor.values
    text = f"shape {tensor.shapes[side]}"
    return text if values is None else f"{text} with {_few(values[side])}"


def _few(values: Array) -> str:
    flat = [str(value) for value in values.ravel()[:_SHOWN_VALUES].tolist()]
    more = ", ..." if values.size > _SHOWN_VALUES else ""
    return f"[{', '.join(flat)}{more}]" if np.ndim(values) else flat[0]
