"""Outcomes of runs by recipe that were never made."""

from __future__ import annotations

import attrs

from benchmarks.outcomes import Cap, Capped, Failure, Job, Outcome, Success
from benchmarks.quantized.recipes import Recipe
from benchmarks.records import Accuracy, LiteRTFileFacts
from tests.benchmarks.canned import KERAS, MB, STABLEHLO, WEIGHTS, job, success

GOOD = Accuracy(samples=64, max_error=0.02, relative_rms=0.0314, cosine=0.999, top1=0.984375)


def by(recipe: Recipe, outcome: Success, size: int, accuracy: Accuracy = GOOD) -> Success:
    """The same run, by a recipe, with a file of another size."""
    file = LiteRTFileFacts(size=size, operators=())
    return Success(
        job=attrs.evolve(outcome.job, recipe=recipe),
        measurement=attrs.evolve(outcome.measurement, file=file),
        accuracy=accuracy,
    )


def failed(recipe: Recipe) -> Failure:
    tail = "Traceback\n    raise error\nlite.ConverterError: no `kernel`\nsomething after"
    return Failure(
        job=attrs.evolve(job(KERAS), recipe=recipe), reason="exit status 1", stderr_tail=tail
    )


def capped(recipe: Recipe) -> Capped:
    own: Job = attrs.evolve(job(KERAS), recipe=recipe)
    return Capped(
        job=own, cap=Cap.TIME, weights=WEIGHTS, seconds=300.0, resident=9 * MB, anonymous=8 * MB
    )


def outcomes() -> tuple[Outcome, ...]:
    """Two rounds of one recipe, one of three others; Keras has no file by two of them."""
    no_kernel = Accuracy(failure="no\nkernel")
    return (
        by(Recipe.DYNAMIC, success(KERAS, 0, 8.0, 200 * MB), 3_815_144),
        by(Recipe.DYNAMIC, success(STABLEHLO, 0, 1.0, 100 * MB), 3_793_264),
        by(Recipe.DYNAMIC, success(KERAS, 1, 10.0, 400 * MB), 3_815_144),
        by(Recipe.DYNAMIC, success(STABLEHLO, 1, 2.0, 160 * MB), 3_793_264),
        by(Recipe.WEIGHT_ONLY_INT4, success(STABLEHLO, 0, 1.5, 90 * MB), 2_096_576),
        failed(Recipe.INT8),
        by(Recipe.INT8, success(STABLEHLO, 0, 2.5, 170 * MB), 4_008_304, no_kernel),
        capped(Recipe.INT16X8),
        by(Recipe.INT16X8, success(STABLEHLO, 0, 2.5, 170 * MB), 4_080_528),
    )
