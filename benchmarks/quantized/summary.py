"""Gather the runs of each recipe, and set Keras' exporter beside litert_ir."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Sequence

import attrs

from benchmarks.contenders import Contender
from benchmarks.outcomes import Capped, Failure, Job, Outcome, Success
from benchmarks.quantized.recipes import Recipe
from benchmarks.records import Accuracy
from benchmarks.workloads import Workload

_ERROR = re.compile(r"[\w.]*(?:Error|Exception)\b.*")


@attrs.frozen(kw_only=True)
class Cell:
    """All runs of one contender by one recipe. Figures are medians, None without any run.

    Args:
        size: Bytes of the file.
        seconds: Of the first export of a process, without verification.
        anonymous: Extra anonymous bytes of the process tree during that export.
        accuracy: The errors of the first run's file against the model.
        runs: Runs that were measured.
        problem: Why there is no file, in a word or two; empty where there is one.
        reason: What went wrong in any run, in a line; empty where nothing did.
    """

    size: float | None = None
    seconds: float | None = None
    anonymous: float | None = None
    accuracy: Accuracy | None = None
    runs: int = 0
    problem: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class Row:
    """A recipe on a workload.

    Args:
        workload: The workload.
        recipe: The recipe.
        ours: litert_ir's cell; None when it did not take part.
        keras: That of Keras' exporter; None, too, when the recipe cannot be told to it.
    """

    workload: Workload
    recipe: Recipe
    ours: Cell | None
    keras: Cell | None

    @property
    def speedup(self) -> float | None:
        """Times less time than Keras' exporter takes."""
        ours, keras = self.ours, self.keras
        if ours is None or keras is None or not ours.seconds or not keras.seconds:
            return None
        return keras.seconds / ours.seconds


def summarize(outcomes: Sequence[Outcome]) -> tuple[Row, ...]:
    """Gather runs into one row per workload and recipe.

    Args:
        outcomes: Runs in any order, of Keras' exporter and of one other contender.

    Returns:
        The rows, in the order in which their first run comes.
    """
    known = [each for each in outcomes if isinstance(each, Success | Capped | Failure)]
    keys = dict.fromkeys(
        (each.job.workload, each.job.recipe)
        for each in known
        if isinstance(each.job, Job) and each.job.recipe is not None
    )

    def cell(workload: Workload, recipe: Recipe, *, keras: bool) -> Cell | None:
        own = [each for each in known if _is_of(each, workload, recipe, keras)]
        return _cell(own) if own else None

    return tuple(
        Row(
            workload=workload,
            recipe=recipe,
            ours=cell(workload, recipe, keras=False),
            keras=cell(workload, recipe, keras=True),
        )
        for workload, recipe in keys
    )


Known = Success | Capped | Failure


def _is_of(outcome: Known, workload: Workload, recipe: Recipe, keras: bool) -> bool:
    job = outcome.job
    if not isinstance(job, Job):
        return False
    same = (job.workload, job.recipe) == (workload, recipe)
    return same and (job.contender is Contender.KERAS) is keras


def _cell(outcomes: Sequence[Known]) -> Cell:
    successes = [each for each in outcomes if isinstance(each, Success)]
    if not successes:
        return _without_file(outcomes[0])

    lost = [_without_file(each).reason for each in outcomes if not isinstance(each, Success)]

    def median(reading: Callable[[Success], float]) -> float:
        return statistics.median(map(reading, successes))

    return Cell(
        size=median(lambda each: each.measurement.file.size),
        seconds=median(lambda each: each.measurement.cold.seconds),
        anonymous=median(lambda each: each.measurement.cold.extra.anonymous),
        accuracy=successes[0].accuracy,
        runs=len(successes),
        reason=f"{len(lost)} of {len(outcomes)} runs: {lost[0]}" if lost else "",
    )


def _without_file(outcome: Known) -> Cell:
    """The word for a run without a file: a capped run's cap, or a failed one's last error."""
    match outcome:
        case Capped():
            return Cell(
                problem=f"capped: {outcome.cap.value}", reason=f"too much {outcome.cap.value}"
            )
        case Failure():
            errors = _ERROR.findall(outcome.stderr_tail)
            return Cell(problem="fails", reason=errors[-1] if errors else outcome.reason)
        case Success():
            raise AssertionError("a success has a file")
