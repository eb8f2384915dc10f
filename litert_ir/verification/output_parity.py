"""Judge how far one output of a LiteRT file is from its reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import ParityError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import SAMPLES
from litert_ir.verification.decisions import Agreement, agreement
from litert_ir.verification.metrics import (
    Pairs,
    cosine_similarity,
    error_summary,
    rms_error,
    top1_agreement,
)
from litert_ir.verification.tolerance import Tolerance, magnitude_of, spread_of, variation_of

_TELLING_VARIATION = 1e-2
_OUTLIER = 5.0
"""Standard deviations: one in a million normally distributed errors is larger."""


@attrs.frozen(kw_only=True)
class OutputParity:
    """The difference of one output of the file from the reference, over all cases.

    Attributes:
        name: The output's name.
        max_abs_error: The largest difference of an element, in the output's own unit.
        mean_abs_error: The mean difference over all elements, in the same unit.
        rms_error: The root of the mean squared difference, in the same unit; None for integer and
            boolean outputs, as are the fields derived from it.
        spread: The standard deviation of the reference between samples; see `Tolerance`.
        rms_bound: The largest accepted RMS error; None where it is not judged.
        agreement: How often decisions agree; None where the output is not made of scores.
        cosine: The cosine of the angle between all values and the reference's; None for integer
            and boolean outputs. See `cosine_similarity` for zeros and NaN.
        top1_agreement: The share of rows whose first class is the reference's; None where the
            output is not taken for a classifier's. See `top1_agreement` for ties.
        rows: The number of rows, that is of samples in all cases together.
        bound: The largest accepted difference of a float output; 0 for others.
        differing: Share of integer or boolean values that differ; None for float outputs.
        max_abs_value: The reference's largest magnitude.
        variation: How much the reference's values vary between samples; see `Tolerance`.
        agrees: Whether the difference is accepted.
        differs_at: The sizes of dynamic dimensions at which single values differ too much, as in
            `ParityReport.sizes`; empty where there are no such sizes, or no such values.
    """

    name: str
    max_abs_error: float
    mean_abs_error: float
    rms_error: float | None = None
    spread: float | None = None
    rms_bound: float | None = None
    agreement: Agreement | None = None
    cosine: float | None = None
    top1_agreement: float | None = None
    rows: int
    bound: float
    differing: float | None = None
    max_abs_value: float
    variation: float
    agrees: bool
    differs_at: str = ""

    @property
    def is_telling(self) -> bool:
        """Return whether the values vary enough for an agreement to mean something."""
        return self.variation > _TELLING_VARIATION * self.max_abs_value

    def __str__(self) -> str:
        verdict = "agrees" if self.agrees else "DIFFERS"
        verdict += f" at {self.differs_at}" if self.differs_at else ""
        doubt = "" if self.is_telling else "; hardly varies between inputs, which shows little"
        if self.differing is not None:
            return f"{self.name}: {verdict}, {self.differing:.2%} of the values differ{doubt}"
        return (
            f"{self.name}: {verdict}, max |difference| {self.max_abs_error:.2e} "
            f"(accepted {self.bound:.2e}, max |value| {self.max_abs_value:.2e}{doubt})"
            + "".join(f"\n    {', '.join(line)}" for line in self._lines() if line)
        )

    def _lines(self) -> tuple[tuple[str, ...], ...]:
        return tuple(self._details()), tuple(self._judged())

    def _details(self) -> Iterator[str]:
        yield f"mean |difference| {self.mean_abs_error:.2e}"
        if self.cosine is not None:
            yield f"cosine {self.cosine:.6f}"
        if self.top1_agreement is not None:
            yield f"top-1 the same in {self.top1_agreement:.2%} of {self.rows} row(s)"

    def _judged(self) -> Iterator[str]:
        """Yield the criteria beside the largest error."""
        if self.rms_error is not None:
            yield f"RMS error {self.rms_error:.2e}{self._beside_spread()}"
        if self.agreement is not None:
            yield str(self.agreement)

    def _beside_spread(self) -> str:
        """Return the RMS error and its bound as shares of the spread, where they differ from it."""
        if self.rms_bound is None:
            return ", not judged"
        if not self.spread:
            return f" (accepted {self.rms_bound:.2e})"
        share = (self.rms_error or 0.0) / self.spread
        limit = self.rms_bound / self.spread
        return f", {share:.2%} of the spread between samples (accepted {limit:.2%})"


def output_parity(name: str, pairs: Pairs, tolerance: Tolerance) -> OutputParity:
    """Compare one output with its reference, over all cases.

    Args:
        name: The output's name.
        pairs: The expected and the received array of each case.
        tolerance: The accepted difference.

    Raises:
        ParityError: When the output has another shape, or is empty in each case.
    """
    _require_shapes(name, pairs)
    reference = [expected for expected, _ in pairs]
    _require_values(name, reference)
    error, mean = error_summary(pairs)
    measured = OutputParity(
        name=name,
        max_abs_error=error,
        mean_abs_error=mean,
        top1_agreement=top1_agreement(pairs),
        rows=sum(len(np.atleast_1d(values)) for values in reference),
        bound=0.0,
        max_abs_value=max(magnitude_of(values) for values in reference),
        variation=variation_of(reference),
        agrees=False,
    )
    if np.issubdtype(reference[0].dtype, np.inexact):
        return _judged_floats(measured, pairs, tolerance)
    differing = _share_differing(pairs)
    return attrs.evolve(measured, differing=differing, agrees=differing <= tolerance.flips)


def cases_beyond(output: OutputParity, pairs: Pairs, tolerance: Tolerance) -> tuple[int, ...]:
    """Return the numbers of the cases in which single values differ by more than is accepted.

    Args:
        output: The comparison over all cases.
        pairs: The expected and the received array of each case.
        tolerance: The accepted difference.
    """
    if output.differing is not None:
        shares = [_share_differing([pair]) for pair in pairs]
        return tuple(at for at, share in enumerate(shares) if share > tolerance.flips)
    errors = [error_summary([pair])[0] for pair in pairs]
    return tuple(at for at, error in enumerate(errors) if not error <= output.bound)


def _judged_floats(measured: OutputParity, pairs: Pairs, tolerance: Tolerance) -> OutputParity:
    """Judge floats by their largest error, their RMS error, and the decisions of scores."""
    reference = [expected for expected, _ in pairs]
    near = tolerance.scale * measured.max_abs_value + tolerance.absolute
    decisions = agreement(pairs, near, tolerance.differing)
    rms, rms_bound = rms_error(pairs), tolerance.rms_bound(reference, scores=decisions is not None)
    bound = tolerance.bound(reference)
    if decisions is not None and decisions.can_be_refuted and rms_bound is not None:
        bound = max(bound, _OUTLIER * rms_bound)
    return attrs.evolve(
        measured,
        rms_error=rms,
        spread=spread_of(reference),
        rms_bound=rms_bound,
        agreement=decisions,
        cosine=cosine_similarity(pairs),
        bound=bound,
        agrees=measured.max_abs_error <= bound
        and (rms_bound is None or rms <= rms_bound)
        and not (decisions is not None and decisions.is_refuted),
    )


def _require_shapes(name: str, pairs: Pairs) -> None:
    for reference, result in pairs:
        if reference.shape != result.shape:
            raise ParityError(
                "An output of the file has another shape than the model's.",
                where=name,
                expected=str(reference.shape),
                received=str(result.shape),
            )


def _require_values(name: str, reference: Sequence[NDArray[Any]]) -> None:
    if not any(values.size for values in reference):
        raise ParityError(
            "An output is empty in each case, so that nothing of it was compared.",
            where=name,
            expected="values to compare",
            received=", ".join(str(values.shape) for values in reference),
            advice=advise("pass larger inputs: {samples}", samples=SAMPLES),
        )


def _share_differing(pairs: Pairs) -> float:
    count = sum(int(np.count_nonzero(reference != result)) for reference, result in pairs)
    return count / max(1, sum(reference.size for reference, _ in pairs))
