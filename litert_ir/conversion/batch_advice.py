"""Advise a fixed batch where it would cure the failures of every strategy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from litert_ir.backends.keras.specs import keras_input_specs
from litert_ir.conversion.foreign_strategies import faults_of
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.quantized import float_plan, float_strategy
from litert_ir.conversion.route import Candidate
from litert_ir.errors import (
    ConverterCrashed,
    FileRejectedError,
    LiteRTIRError,
    StrategyError,
    UnsupportedOpsError,
)
from litert_ir.errors.attempts import Attempt, Outcome
from litert_ir.ir.dimensions import dynamic_dims, is_batch, sizes_in
from litert_ir.ir.plan import ExportPlan
from litert_ir.lowering.lower import lower
from litert_ir.verification.case_sizes import batch_of
from litert_ir.verification.cases import Case

_OTHER_CAUSES = (ConverterCrashed, FileRejectedError, StrategyError, UnsupportedOpsError)
"""Errors with other causes than unknown sizes."""
_SECONDS = 10.0
"""Seconds after which no further strategy is tried."""


def curing_batch(
    plan: ExportPlan,
    model: Any,
    candidates: Sequence[Candidate],
    attempts: Sequence[Attempt],
    cases: Sequence[Case],
) -> int | None:
    """Find a fixed batch with which a strategy converts the model that failed without one.

    It is found by converting: to a float file, which is not kept.

    Args:
        plan: The plan that failed.
        model: The model.
        candidates: The strategies.
        attempts: Their records.
        cases: Inputs that the model takes; the batch of the first ones is tried.

    Returns:
        None where the batch is fixed already, where failures have other causes, or where no
        strategy was found in time.
    """
    has_batch = any(map(is_batch, dynamic_dims(plan.inputs)))
    if not has_batch or not any(map(_may_be_cured, attempts)):
        return None
    batch = _batch_of(plan, cases[0]) if cases else 1
    signature = list(keras_input_specs(plan.signature))
    started = time.perf_counter()
    try:
        with faults_of("planning with a fixed batch"):
            fixed = lower(
                model, input_signature=signature, batch_size=batch, options=float_plan(plan).options
            )
    except LiteRTIRError:
        return None
    tried = zip(candidates, attempts, strict=False)
    for strategy in (float_strategy(each.strategy) for each, a in tried if _may_be_cured(a)):
        if time.perf_counter() - started > _SECONDS:
            return None
        if _converts(strategy, float_plan(fixed), model):
            return batch
    return None


def _batch_of(plan: ExportPlan, case: Case) -> int | None:
    return batch_of(sizes_in(plan.inputs, [array.shape for array in case.inputs]))


def _may_be_cured(attempt: Attempt) -> bool:
    return attempt.outcome is Outcome.FAILED and not isinstance(attempt.error, _OTHER_CAUSES)


def _converts(strategy: ConversionStrategy, plan: ExportPlan, model: Any) -> bool:
    try:
        with faults_of(strategy.name):
            if strategy.refuses(plan) is not None:
                return False
            strategy.convert(plan, model, None)
    except LiteRTIRError:
        return False
    return True
