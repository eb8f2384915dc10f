"""The runs of the comparison by recipe: weights are fitted first, then contenders take turns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.contenders import Contender
from benchmarks.outcomes import Capped, Failure, FitJob, Job, Limits, Outcome
from benchmarks.quantized.recipes import Recipe
from benchmarks.runner import Announce, failure_of, run_job
from benchmarks.watched import Watched
from benchmarks.workloads import Workload


def schedule(
    workloads: Sequence[Workload],
    recipes: Sequence[Recipe],
    contenders: Sequence[Contender],
    runs: int,
) -> tuple[Job, ...]:
    """Return all jobs in order: workload by workload, round by round, recipe by recipe.

    Keras' exporter has no job for recipes that cannot be told to it.

    Args:
        workloads: The workloads, in order.
        recipes: The recipes, in order.
        contenders: The contenders, in the order of their turns.
        runs: Number of rounds of each workload.
    """
    return tuple(
        Job(workload=workload, contender=contender, run=run, recipe=recipe)
        for workload in workloads
        for run in range(runs)
        for recipe in recipes
        for contender in contenders
        if contender is not Contender.KERAS or recipe.has_terms_in_tensorflow
    )


def run_jobs(jobs: Sequence[Job], *, limits: Limits, announce: Announce) -> Iterator[Outcome]:
    """Run jobs one by one, and give each outcome as it comes.

    Args:
        jobs: The jobs, in order.
        limits: The limits of a run.
        announce: Called with each job before it starts.

    Yields:
        One outcome per job; a job is left out when an earlier round of the same was capped, or
        when its workload has no weights, of which a failure tells.
    """
    capped = set()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        for workload in dict.fromkeys(job.workload for job in jobs):
            announce(FitJob(workload))
            weights = folder / f"{workload.value}.npz"
            failure = fit(FitJob(workload), weights, limits)
            if failure is not None:
                yield failure
                continue
            for job in (job for job in jobs if job.workload is workload):
                same = (job.workload, job.recipe, job.contender)
                if same in capped:
                    continue
                announce(job)
                outcome = run_job(job, folder / "model.tflite", limits, weights)
                if isinstance(outcome, Capped):
                    capped.add(same)
                yield outcome


def fit(job: FitJob, path: Path, limits: Limits) -> Failure | None:
    """Fit the weights of a workload, in a fresh process.

    Args:
        job: The job.
        path: The path to write them to.
        limits: The limits of the fit.

    Returns:
        None when the weights are there.
    """
    with Watched("benchmarks.quantized.fit", (job.workload.value, str(path))) as process:
        process.wait(limits.process_seconds, lambda _: None)
        return failure_of(job, process) if process.failure else None
