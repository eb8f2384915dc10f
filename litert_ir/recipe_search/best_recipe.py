"""Search the recipe of the smallest or fastest file that meets a requirement.

The named recipes come first. Then layers are mixed between the best of those that meet the
requirement and better ones that miss it: each group of layers is measured in the smaller precision
alone, the groups that lose most per byte are raised first, by bisection, and layers that need not
have been raised are lowered again. What is returned was made and measured, as all else.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from litert_ir.conversion.progress import Progress
from litert_ir.errors import ParityError
from litert_ir.ir.quantization import AutoQuantization, Objective, Precision
from litert_ir.recipe_search.layer_mixing import Mixing
from litert_ir.recipe_search.recipe_trials import Subject, Trials
from litert_ir.recipe_search.search_report import (
    GroupSensitivity,
    Purpose,
    RecipeTry,
    SearchReport,
    Verdict,
    objective_of,
    requirement_text,
)

_WEIGHT_BITS = {
    Precision.WEIGHT_ONLY_INT4: 4,
    Precision.DYNAMIC_RANGE: 8,
    Precision.WEIGHT_ONLY_INT8: 8,
    Precision.INTEGER: 8,
    Precision.INTEGER_16X8: 8,
    Precision.FLOAT16_WEIGHTS: 16,
    Precision.FLOAT: 32,
}
_TIMED_MIXES = 3
"""The mixed files of each ladder that are timed: the last ones that were found."""
_FASTER_PAIRS = 2
"""The most recipes that are faster than the best one, and miss the requirement, to mix in."""

_NEAR = 1.25
"""The factor by which the noise of two recipes may differ for the smaller file to be preferred."""


def search(
    subject: Subject, wanted: AutoQuantization, folder: Path, report: Progress
) -> SearchReport:
    """Search a recipe.

    Args:
        subject: The float file, which meets the requirement.
        wanted: The request.
        folder: A folder for files, which the caller removes.
        report: Told about each try.

    Returns:
        The search; the chosen recipe meets the requirement, and no named one that does is better.

    Raises:
        OptionsError: When one of the user's rules matches no operator of the file.
        SamplesError: When a calibration sample does not fit.
        FileRejectedError: When files that ran cannot be timed.
        ParityError: When no file that may be chosen meets the requirement.
    """
    trials = Trials(subject, wanted, folder, report)
    named = _named(trials)
    top = _best(named, wanted.objective)
    mixed, sensitivities = _mixed(trials, named, top)
    if wanted.objective is Objective.LATENCY and mixed:
        top, *mixed = trials.timed([top, *mixed])
    best_named = _allowed(trials, [top, *named])
    found = [*best_named, *mixed]
    if not found:
        raise _nothing_meets(trials)
    return SearchReport(
        objective=wanted.objective,
        thresholds=subject.verification.thresholds,
        tolerance=subject.verification.tolerance,
        samples=subject.samples,
        chosen=_best(found, wanted.objective),
        best_named=_best(best_named, wanted.objective) if best_named else None,
        tries=tuple(trials.tries),
        sensitivities=sensitivities,
        seconds=trials.seconds,
        notes=_notes(trials),
    )


def _named(trials: Trials) -> list[RecipeTry]:
    """Try the named recipes; the float file is among the results."""
    wanted = trials.wanted
    recipes = [wanted.named(each) for each in wanted.candidates if not _is_left_out(trials, each)]
    recipes = [recipe for recipe in recipes if recipe.quantizes]
    made = [trials.made(recipe, Purpose.NAMED) for recipe in recipes]
    tries = {each.recipe: each for each in (*made, trials.subject.float_try)}
    if wanted.objective is Objective.SIZE:
        return _until_one_meets(trials, list(tries.values()))
    judged = [trials.judged(each) for each in tries.values()]
    return trials.timed([each for each in judged if each.verdict is not Verdict.FAILS])


def _until_one_meets(trials: Trials, made: Sequence[RecipeTry]) -> list[RecipeTry]:
    """Compare files from the smallest one on until one meets the requirement."""
    judged = []
    for each in sorted(made, key=lambda each: objective_of(each, Objective.SIZE)):
        judged.append(trials.judged(each))
        if judged[-1].meets:
            break
    for each in made:
        trials.drop(each)
    return judged


def _mixed(
    trials: Trials, named: Sequence[RecipeTry], top: RecipeTry
) -> tuple[list[RecipeTry], tuple[GroupSensitivity, ...]]:
    """Search among mixes; return those that meet the requirement, and what groups lose."""
    sensitivities: list[GroupSensitivity] = []
    mixed: dict[RecipeTry, None] = {}
    most = None if trials.wanted.objective is Objective.SIZE else _TIMED_MIXES
    for rungs in _ladders(named, top, trials.wanted.objective):
        mixing = Mixing.between(trials, rungs)
        mixed |= dict.fromkeys(mixing.search()[::-1][:most])
        sensitivities.extend(mixing.sensitivities)
    others = [each for each in mixed if each.recipe != top.recipe]
    return others, tuple(sorted(sensitivities, key=lambda each: -each.noise))


def _allowed(trials: Trials, named: Sequence[RecipeTry]) -> list[RecipeTry]:
    """Return the named tries that meet the requirement and may be chosen, each once."""
    refused = None if trials.subject.float_counts else trials.subject.float_try.recipe
    latest = {each.recipe: each for each in reversed(named)}
    return [each for each in latest.values() if each.meets and each.recipe != refused]


def _best(tries: Sequence[RecipeTry], objective: Objective) -> RecipeTry:
    """The best of the tries that meet the requirement.

    Of files whose latency cannot be told from the fastest one's, the smallest: their medians are
    below its third quartile.
    """
    meeting = [each for each in tries if each.meets]
    first = min(meeting, key=lambda each: objective_of(each, objective))
    if objective is Objective.SIZE or first.latency is None:
        return first
    limit = first.latency.third_quartile_s
    alike = [each for each in meeting if each.latency and each.latency.median_s <= limit]
    return min(alike, key=lambda each: objective_of(each, Objective.SIZE))


def _ladders(
    named: Sequence[RecipeTry], best: RecipeTry, objective: Objective
) -> list[tuple[RecipeTry, ...]]:
    """Return the named recipes to mix, each time the cheapest first and the best one last."""
    missing = [
        each
        for each in named
        if each.verdict is Verdict.MISSES
        and objective_of(each, objective) < objective_of(best, objective)
    ]
    if objective is Objective.LATENCY:
        fastest = sorted(missing, key=lambda each: objective_of(each, objective))
        return [(each, best) for each in fastest[:_FASTER_PAIRS]]
    levels: dict[int, list[RecipeTry]] = {}
    for each in missing:
        bits = _WEIGHT_BITS[each.recipe.precision]
        if bits < _WEIGHT_BITS[best.recipe.precision]:
            levels.setdefault(bits, []).append(each)
    return [(*(_least_noisy(levels[bits]) for bits in sorted(levels)), best)] if levels else []


def _least_noisy(tries: Sequence[RecipeTry]) -> RecipeTry:
    """Return the smallest of the tries whose noise is near the least one."""
    limit = _NEAR * min(map(_noise, tries))
    near = [each for each in tries if _noise(each) <= limit]
    return min(near, key=lambda each: objective_of(each, Objective.SIZE))


def _noise(tried: RecipeTry) -> float:
    return float("inf") if tried.noise is None else tried.noise


def _is_left_out(trials: Trials, precision: Precision) -> bool:
    needs_calibration = trials.wanted.named(precision).needs_calibration
    return needs_calibration and trials.subject.calibration is None


def _notes(trials: Trials) -> tuple[str, ...]:
    notes = []
    if any(_is_left_out(trials, each) for each in trials.wanted.candidates):
        notes.append("Without calibration samples, no integer activations were tried")
    if not trials.left:
        notes.append(f"The budget ended the search after {len(trials.tries)} files")
    return tuple(notes)


def _nothing_meets(trials: Trials) -> ParityError:
    wanted = trials.subject.verification
    judged = [each for each in trials.tries if each.reason and each.purpose is Purpose.NAMED]
    return ParityError(
        "No quantized file meets the requirement.",
        expected=requirement_text(wanted.thresholds, wanted.tolerance),
        received="; ".join(f"{each.label}: {each.reason}" for each in judged),
        advice="lower the thresholds, allow more candidates or tries, or calibrate on more "
        "typical samples",
    )
