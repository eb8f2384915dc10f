"""Distinguish the error of a quantization from a fault of the conversion under it."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.conversion.protocol import Artifact
from litert_ir.conversion.quantized import float_plan
from litert_ir.conversion.route import Candidate
from litert_ir.conversion.target import pending_file
from litert_ir.errors import ConversionError, ParityError
from litert_ir.errors.advice import advise
from litert_ir.errors.attempts import Attempt, Outcome
from litert_ir.errors.setting_names import TOLERANCE, Wording
from litert_ir.ir.plan import ExportPlan
from litert_ir.verification.cases import Case
from litert_ir.verification.verify import Verification, verify_file

NOISE_ADVICE = advise(
    "the float file agrees with the model, so this is the quantization's error: leave sensitive "
    "layers as they are ({rules}), quantize less, or calibrate on more typical samples; to accept "
    "it, say so: {tolerance}",
    rules=Wording("layers=... of the Quantization", "--layer PATTERN=skip"),
    tolerance=TOLERANCE,
)


def float_file_agrees(
    plan: ExportPlan, artifact: Artifact, cases: Sequence[Case], timeout: float | None
) -> bool:
    """Tell whether a float file agrees with the model on the cases of a quantized one.

    Args:
        plan: The quantized plan.
        artifact: The strategy's file of the float plan.
        cases: Inputs, and what the Keras model makes of them.
        timeout: Seconds that comparing may take; see `Verification`.
    """
    with pending_file(None) as pending:
        try:
            pending.write(artifact.content)
            verify_file(pending.path, float_plan(plan), cases, Verification(timeout=timeout))
        except ConversionError:
            return False
    return True


def is_in_question(attempt: Attempt, plan: ExportPlan) -> bool:
    """Tell whether an attempt failed by either the quantization or the conversion."""
    return plan.recipe.quantizes and isinstance(attempt.error, ParityError)


def not_tried(candidates: Sequence[Candidate]) -> list[Attempt]:
    """The records of the strategies that would only quantize the same model once more."""
    return [
        Attempt(
            strategy=candidate.name,
            outcome=Outcome.NOT_TRIED,
            reason="the float file agrees with the model, and quantizing it again would not help",
        )
        for candidate in candidates
        if candidate.refusal is None
    ]
