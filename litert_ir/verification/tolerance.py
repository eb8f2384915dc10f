"""Bound the difference between a file's outputs and the model's, by the file's precision."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.ir.stored_types import Rounding
from litert_ir.ir.tensor import DType


@attrs.frozen(kw_only=True)
class Tolerance:
    """The accepted difference of a file's outputs from the model's.

    The bound of a float output is ``variation * V + scale * max|x| + absolute``. V is the largest
    variation of the model's values between samples at one position. A bound relative to the
    differences that carry the result compares outputs that are all small, or all alike, as strictly
    as those of order one.

    The largest error alone says little about an output whose values are many or far apart: noise
    that drowns a result may stay below a fifth of its extremes. So the root of the mean squared
    error is bounded as well, by ``rms * S`` and the resolution of the precision, added as
    independent errors are (the root of the sum of their squares). S is the standard deviation of
    the model's values between samples: a constant that all samples share does not count as a
    result. Where V is below what the precision resolves, there is no result to be compared with.

    Scores (of softmax or a logistic function) stand for decisions, of which a share may differ;
    see `litert_ir.verification.decisions`. Where there are enough of them to judge that, the
    largest error, which is that of the least sure sample, may be five times the accepted RMS error.

    A share of the values of an integer or boolean output may differ, since a rounding error before
    a cast or a comparison turns one value into the next.

    Attributes:
        variation: Share of V.
        scale: Share of the largest magnitude, for rounding in the arithmetic.
        absolute: A fixed amount; 0 for float files.
        flips: Share of integer or boolean values that may differ.
        rms: Share of S that the root of the mean squared error may have; infinite for any.
        resolution: Share of the largest magnitude that the precision does not resolve.
        differing: Share of the decisions of scores that may differ; 1 for any.
    """

    variation: float
    scale: float
    absolute: float = 0.0
    flips: float = 0.0
    rms: float = math.inf
    resolution: float = 0.0
    differing: float = 1.0

    def widened(self, other: Tolerance) -> Tolerance:
        """Return a tolerance that accepts every difference accepted by either one."""
        return Tolerance(
            **{name: max(share, getattr(other, name)) for name, share in attrs.asdict(self).items()}
        )

    def __str__(self) -> str:
        parts = [
            f"{self.variation:g} * variation + {self.scale:g} * max|x| + {self.absolute:g}, "
            f"or {self.flips:.2%} of integers and booleans"
        ]
        if math.isfinite(self.rms):
            parts.append(f"{self.rms:.3g} of the spread between samples as RMS error")
        if self.differing < 1:
            parts.append(f"{self.differing:.3g} of the decisions of scores")
        return "; ".join(parts)

    def bound(self, reference: Sequence[NDArray[Any]]) -> float:
        """Compute the largest accepted difference for one float output, in its own unit.

        Args:
            reference: The model's outputs for each input compared on.
        """
        largest = max((magnitude_of(values) for values in reference), default=0.0)
        return self.variation * variation_of(reference) + self.scale * largest + self.absolute

    def rms_bound(self, reference: Sequence[NDArray[Any]], *, scores: bool) -> float | None:
        """Compute the largest accepted root of the mean squared error of one float output.

        Args:
            reference: The model's outputs for each input compared on.
            scores: Whether these are scores, which quantized files store in fixed steps: half of
                ``absolute`` is such a step.

        Returns:
            The bound in the output's own unit; None where there is none, or where the values vary
            by less than the precision resolves.
        """
        largest = max((magnitude_of(values) for values in reference), default=0.0)
        unresolved = self.resolution * largest + (self.absolute / 2 if scores else 0.0)
        if not math.isfinite(self.rms) or variation_of(reference) <= 2 * unresolved:
            return None
        return math.hypot(self.rms * spread_of(reference), unresolved)


TOLERANCES = {
    Precision.FLOAT: Tolerance(
        variation=1e-3, scale=2e-5, flips=1e-3, rms=1e-3, resolution=2e-5, differing=5e-3
    ),
    Precision.FLOAT16_WEIGHTS: Tolerance(
        variation=2e-2, scale=2e-3, flips=2e-2, rms=2e-2, resolution=1e-3, differing=2e-2
    ),
    Precision.DYNAMIC_RANGE: Tolerance(
        variation=0.1, scale=0.02, flips=0.2, rms=0.2, resolution=2e-3, differing=0.1
    ),
    Precision.WEIGHT_ONLY_INT8: Tolerance(
        variation=0.1, scale=0.02, flips=0.2, rms=0.2, resolution=2e-3, differing=0.1
    ),
    Precision.WEIGHT_ONLY_INT4: Tolerance(
        variation=0.5, scale=0.2, flips=0.5, rms=0.6, resolution=0.02, differing=0.25
    ),
    Precision.INTEGER: Tolerance(
        variation=0.2,
        scale=0.05,
        absolute=1 / 128,
        flips=0.3,
        rms=0.3,
        resolution=1 / (255 * math.sqrt(3)),
        differing=0.1,
    ),
    Precision.INTEGER_16X8: Tolerance(
        variation=0.1,
        scale=0.02,
        absolute=1 / 1024,
        flips=0.2,
        rms=0.2,
        resolution=2e-3,
        differing=0.1,
    ),
}
"""Float files differ by the order of summation only. Quantized ones differ by half a step of
1/255 (8 bits) of the range per tensor, added up over layers; softmax and logistic outputs are
stored in steps of 1/256, hence the absolute part.

The resolution of 8 bits, for a tensor of range -m to m, is the RMS error of rounding to steps of 2m
/ 255: a step divided by the root of 12. An RMS error of 0.3 of the spread leaves nine tenths of the
variance of a result explained (1 - 0.3 ** 2), one of 0.6 two thirds. Measured on trained and on
random networks of this project's tests and benchmarks: float16 up to 0.003 of the spread, int8
weights up to 0.05, int8 with activations from 0.01 to 0.2 and up to 0.26 by TensorFlow's converter
on BERT, int16 activations up to 0.06, 4-bit weights from 0.07 to 0.45.
"""


def _of_rounding(eps: float) -> Tolerance:
    return Tolerance(
        variation=20 * eps,
        scale=5 * eps,
        flips=20 * eps,
        rms=20 * eps,
        resolution=2 * eps,
        differing=20 * eps,
    )


COMPUTE_TOLERANCES = {
    DType.FLOAT16: _of_rounding(eps=2**-10),
    DType.BFLOAT16: _of_rounding(eps=2**-7),
}
"""For models that compute in half precision; eps is the gap between 1 and the next number.

The file computes in float32. The difference is the model's own rounding, which only the same
operations in the same order repeat: each result is rounded by up to eps / 2 of its value. Errors of
a hundred results in a row add up, like a random walk, to about ten times that, which is the 5 of
``scale``. Normalization and activations enlarge them where values hardly vary, hence the 20 of
``variation``; the same share of integers turns into the next one. Measured against the same weights
in float32: 1 to 3 eps of the largest value for transformers, ConvNeXt and recurrent layers, and up
to 13 eps of the variation for small convolutional networks. Twenty dense layers with random weights
and without residual connections reach 33 eps in bfloat16: such models need a tolerance of the user.
"""


ROUNDING_TOLERANCES = {
    Rounding.INT8: Tolerance(
        variation=0.1, scale=0.02, flips=0.2, rms=0.2, resolution=0.02, differing=0.1
    ),
    Rounding.FLOAT8: Tolerance(
        variation=0.2, scale=0.05, flips=0.3, rms=0.3, resolution=0.05, differing=0.1
    ),
}
"""For models that Keras quantized so that layers round their inputs, which a file with floats does
not. int8 rounds by up to 1/254 of the largest input of a sample, float8 by up to 1/16 of each.
Measured on two layers and on KerasHub's BERT and Gemma with two blocks: int8 up to 0.013 of the
variation and 0.019 of the largest value, float8 up to 0.050 and 0.075. A file that rounds to int8
itself differs by the same again."""


def tolerance_for(plan: ExportPlan) -> Tolerance:
    """Choose the accepted difference where the user names no tolerance.

    It is the widest of the tolerances of the recipe's precisions and of the element types of the
    model's arithmetic, inputs and outputs, and of its layers' rounded inputs. Weights that Keras
    stores in the same type as the file are the same numbers, and widen nothing.
    """
    specs = (*plan.inputs, *(leaf.spec for leaf in plan.output_leaves))
    used = {spec.model_dtype or spec.dtype for spec in specs}
    used |= set(plan.model.compute_dtypes)
    rows = [row for dtype, row in COMPUTE_TOLERANCES.items() if dtype in used]
    rows += [ROUNDING_TOLERANCES[item.rounding] for item in plan.stored if item.rounding]
    rows += [TOLERANCES[item.precision] for item in plan.stored if not item.exact]
    return functools.reduce(Tolerance.widened, rows, tolerance_of(plan.options.recipe))


def tolerance_of(recipe: Quantization) -> Tolerance:
    """Return the widest tolerance of the precisions that a recipe gives to any layer."""
    used = (recipe.precision, *(rule.precision for rule in recipe.layers))
    return functools.reduce(Tolerance.widened, (TOLERANCES[precision] for precision in used))


def magnitude_of(values: NDArray[Any]) -> float:
    """Return the largest finite absolute value; 0 where there is none."""
    return float(np.abs(_finite(values)).max(initial=0.0))


def variation_of(arrays: Sequence[NDArray[Any]]) -> float:
    """Return the largest difference between samples at one position; 0 where there is none.

    The first dimension counts as the samples. Where the arrays' other dimensions differ, or there
    is only one sample, the difference between all values is taken instead.
    """
    rows = _as_rows(arrays)
    if rows is None:
        flat = np.concatenate([_finite(array) for array in arrays]) if arrays else np.zeros(0)
        return max(float(np.ptp(flat.real)), float(np.ptp(flat.imag))) if flat.size else 0.0
    spans = np.stack([np.ptp(rows.real, axis=0), np.ptp(rows.imag, axis=0)])
    return float(np.nanmax(np.where(np.isfinite(spans), spans, 0.0), initial=0.0))


def spread_of(arrays: Sequence[NDArray[Any]]) -> float:
    """Compute the standard deviation between samples, as the RMS over all positions.

    The first dimension counts as the samples, as in `variation_of`; where they cannot be compared
    by position, all values are taken together. The estimate is unbiased, as samples are few.
    Infinities and NaN are left out.
    """
    rows = _as_rows(arrays)
    if rows is None:
        flat = np.concatenate([_finite(array) for array in arrays]) if arrays else np.zeros(0)
        return float(np.std(flat)) if flat.size else 0.0
    known = rows[:, np.isfinite(rows).all(axis=0)]
    if not known.size:
        return 0.0
    return float(np.sqrt(np.mean(np.var(known, axis=0, ddof=1))))


def _as_rows(arrays: Sequence[NDArray[Any]]) -> NDArray[np.complex128] | None:
    rows = [np.atleast_1d(array).astype(np.complex128) for array in arrays]
    alike = len({array.shape[1:] for array in rows}) == 1
    if not alike or sum(array.shape[0] for array in rows) < 2:
        return None
    with np.errstate(invalid="ignore"):
        return np.concatenate(rows)


def _finite(values: NDArray[Any]) -> NDArray[np.complex128]:
    return np.asarray(values[np.isfinite(values)], dtype=np.complex128)
