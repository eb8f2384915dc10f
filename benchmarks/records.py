"""The measurements of an export: frozen records that print as JSON, in seconds and bytes."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import attrs
from attrs.validators import ge, optional


class Stage(enum.Enum):
    """One of the exports that a measured process makes, in order; the value names it in JSON.

    COLD is the first export of the process: the frameworks are imported and the model is built,
    and all that an exporter loads, starts or caches on its first use is part of it. WARM is the
    same call again. VERIFIED is the same call again with verification, where there is one.
    """

    COLD = "cold"
    WARM = "warm"
    VERIFIED = "verified"


@attrs.frozen(kw_only=True)
class Phases:
    """The durations of one export's phases by litert_ir's own clock, in seconds.

    Args:
        plan: Lowering the model to a plan.
        convert: All attempts to convert, the refused and the failed ones included.
        write: Writing the file.
        verify: Comparing the file with the model; None when that was not asked for.
    """

    plan: float = attrs.field(validator=ge(0))
    convert: float = attrs.field(validator=ge(0))
    write: float = attrs.field(validator=ge(0))
    verify: float | None = attrs.field(default=None, validator=optional(ge(0)))


@attrs.frozen(kw_only=True)
class Exported:
    """The strategy and the timings of an exported file.

    Args:
        strategy: Name of the conversion that succeeded.
        phases: The exporter's own timings; None where it gives none.
    """

    strategy: str
    phases: Phases | None = None


@attrs.frozen(kw_only=True)
class ExtraMemory:
    """The peak of a process tree's memory during an export, above what it had right before.

    The tree is the exporting process and all that it starts. Files on the disk and the page
    cache do not count.

    Args:
        resident: Most resident memory of the tree, where file pages that a child shares with
            the exporting process count once: the largest sample, or the exporting process' own
            high-water mark where that is larger.
        resident_limit: What ``resident`` cannot exceed, from the kernel's high-water marks of
            all processes; None where they cannot be reset. The truth lies between the two.
        anonymous: Most memory without a file behind it, by samples.
        parent: The exporting process' part of ``resident``.
        children: The part of the processes that it started.
        samples: Number of samples.
    """

    resident: int = attrs.field(validator=ge(0))
    resident_limit: int | None = attrs.field(default=None, validator=optional(ge(0)))
    anonymous: int = attrs.field(validator=ge(0))
    parent: int
    children: int
    samples: int = attrs.field(validator=ge(0))


@attrs.frozen(kw_only=True)
class ExportRun:
    """One export.

    Args:
        stage: The stage of the export.
        seconds: Wall time of the whole call.
        extra: Its memory.
        exported: What the exporter says of itself.
    """

    stage: Stage
    seconds: float = attrs.field(validator=ge(0))
    extra: ExtraMemory
    exported: Exported


@attrs.frozen(kw_only=True)
class LiteRTFileFacts:
    """The size and the operators of a file.

    Args:
        size: Bytes.
        operators: (name, how many) of each operator in all subgraphs, the most frequent first.
    """

    size: int = attrs.field(validator=ge(0))
    operators: tuple[tuple[str, int], ...]

    @property
    def operator_count(self) -> int:
        """Operators in all subgraphs."""
        return sum(count for _, count in self.operators)


@attrs.frozen(kw_only=True)
class Measurement:
    """The exports of one model by one contender, measured in a process of their own.

    Args:
        weights: Bytes of the model's weights.
        built: Resident memory of the process once the model is built.
        load_average: The machine's load over the last minute when the first export began. One
            core busy with this process counts 1; a larger number says that others were at work.
        runs: The exports, in order; the first one is cold.
        file: The file that the first export wrote.
    """

    weights: int = attrs.field(validator=ge(0))
    built: int = attrs.field(validator=ge(0))
    load_average: float = attrs.field(validator=ge(0))
    runs: tuple[ExportRun, ...] = attrs.field()
    file: LiteRTFileFacts

    @runs.validator
    def _begins_cold(
        self, _: attrs.Attribute[Sequence[ExportRun]], runs: tuple[ExportRun, ...]
    ) -> None:
        if not runs or runs[0].stage is not Stage.COLD:
            msg = f"runs: expected a cold one first, received {[run.stage.value for run in runs]}"
            raise ValueError(msg)

    def at(self, stage: Stage) -> ExportRun | None:
        """The export of a stage; None when it was not made."""
        return next((run for run in self.runs if run.stage is stage), None)

    @property
    def cold(self) -> ExportRun:
        """The first export."""
        return self.runs[0]


@attrs.frozen(kw_only=True)
class Accuracy:
    """The errors of a file against the float model, over all classes of some samples.

    Args:
        samples: The number of samples; 0 when the file does not run.
        max_error: Largest absolute error of an output's element.
        relative_rms: Root mean square of the errors over that of the float model's outputs.
        cosine: Cosine of the angle between all of the file's outputs and all of the model's.
        top1: Share of the samples that get the same class first.
        failure: Why the file does not run; empty where it does.
    """

    samples: int = 0
    max_error: float | None = None
    relative_rms: float | None = None
    cosine: float | None = None
    top1: float | None = None
    failure: str = ""


@attrs.frozen(kw_only=True)
class Timed:
    """The invocations of one file, interleaved with those of the others.

    Args:
        invocations: The number of invocations; 0 when the file does not run.
        median: Median wall time of an invocation.
        quartiles: The first and the third quartile.
        ratio: Median over the rounds of its time over the first file's in the same round.
        difference: Largest absolute difference of its outputs to the first file's.
        failure: Why the file does not run; empty where it does.
    """

    invocations: int = 0
    median: float | None = None
    quartiles: tuple[float, float] | None = None
    ratio: float | None = None
    difference: float | None = None
    failure: str = ""


@attrs.frozen(kw_only=True)
class StepSeconds:
    """The seconds of one step of an export, cold and warm, without steps within it."""

    label: str
    cold: float
    warm: float


@attrs.frozen(kw_only=True)
class Profile:
    """The durations of an export's steps.

    Args:
        before: (label, seconds) of what comes before the export: imports, building the model.
        steps: The export's steps; their sum is the whole call.
    """

    before: tuple[tuple[str, float], ...]
    steps: tuple[StepSeconds, ...]
