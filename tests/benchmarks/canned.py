"""Outcomes of runs that were never made."""

from __future__ import annotations

from benchmarks.contenders import Contender
from benchmarks.outcomes import Cap, Capped, Failure, Job, Latency, LatencyJob, Outcome, Success
from benchmarks.records import (
    Exported,
    ExportRun,
    ExtraMemory,
    LiteRTFileFacts,
    Measurement,
    Phases,
    Stage,
    Timed,
)
from benchmarks.workloads import Workload

MB = 10**6
MODEL = Workload.MOBILENET_V2
KERAS, STABLEHLO, DIRECT = Contender.KERAS, Contender.STABLEHLO, Contender.DIRECT
WEIGHTS = 14 * MB
VERIFY_SECONDS = 0.75


def job(contender: Contender, run: int = 0) -> Job:
    return Job(workload=MODEL, contender=contender, run=run)


def export_run(stage: Stage, seconds: float, resident: int) -> ExportRun:
    verify = VERIFY_SECONDS if stage is Stage.VERIFIED else None
    return ExportRun(
        stage=stage,
        seconds=seconds,
        extra=ExtraMemory(
            resident=resident,
            resident_limit=resident + MB,
            anonymous=resident // 2,
            parent=resident // 4,
            children=resident - resident // 4,
            samples=7,
        ),
        exported=Exported(
            strategy="made", phases=Phases(plan=0.1, convert=0.2, write=0.1, verify=verify)
        ),
    )


def success(
    contender: Contender, run: int, seconds: float, resident: int, *stages: Stage
) -> Success:
    """A run of a cold export and those of further stages, which take a half of its time each."""
    later = [export_run(stage, seconds / 2, resident) for stage in stages]
    measurement = Measurement(
        weights=WEIGHTS,
        built=500 * MB,
        load_average=1.0,
        runs=(export_run(Stage.COLD, seconds, resident), *later),
        file=LiteRTFileFacts(size=14 * MB, operators=(("CONV_2D", 50), ("ADD", 10))),
    )
    return Success(job=job(contender, run), measurement=measurement)


def capped(contender: Contender, run: int = 0) -> Capped:
    return Capped(
        job=job(contender, run),
        cap=Cap.MEMORY,
        weights=WEIGHTS,
        seconds=100.0,
        resident=9000 * MB,
        anonymous=8000 * MB,
    )


def latency(run: int, process: int, keras: float | None, stablehlo: float | None) -> Latency:
    files = [
        Timed(failure="no kernel") if median is None else Timed(invocations=20, median=median)
        for median in (keras, stablehlo)
    ]
    together = LatencyJob(workload=MODEL, contenders=(KERAS, STABLEHLO), run=run, process=process)
    return Latency(job=together, files=tuple(files))


def outcomes() -> tuple[Outcome, ...]:
    """Three rounds of Keras, two and a failure of litert_ir, and one failure of another."""
    return (
        success(KERAS, 0, 8.0, 200 * MB, Stage.WARM),
        success(STABLEHLO, 0, 1.0, 100 * MB, Stage.WARM, Stage.VERIFIED),
        latency(0, 0, 0.010, 0.009),
        latency(0, 1, 0.020, 0.022),
        success(KERAS, 1, 10.0, 400 * MB, Stage.WARM),
        success(STABLEHLO, 1, 2.0, 160 * MB, Stage.WARM),
        latency(1, 0, 0.012, 0.012),
        success(KERAS, 2, 16.0, 300 * MB, Stage.WARM),
        Failure(job=job(STABLEHLO, 2), reason="exit status 1", stderr_tail="[boom] ValueError"),
        Failure(job=job(DIRECT), reason="exit status 2", stderr_tail=""),
    )
