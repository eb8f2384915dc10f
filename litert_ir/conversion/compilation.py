"""Compile the accepted portable file for a plan's compile targets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from litert_ir.aot.abi import validated
from litert_ir.aot.compiled_target import CompiledTarget
from litert_ir.aot.compiler import compile_for
from litert_ir.aot.execution import CompiledFile, compare_compiled, why_not_run
from litert_ir.conversion.progress import Progress
from litert_ir.conversion.target import PendingFile, pending_file
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.targets import CpuTarget, SocTarget
from litert_ir.verification.cases import Case
from litert_ir.verification.parity import ParityReport
from litert_ir.verification.verify import Verification


@attrs.frozen(kw_only=True)
class CompileJob:
    """The compilation of a portable file, and the samples that its result is compared on.

    Attributes:
        plan: The plan of the portable file.
        target: The path of the file to be; None for a file that is not kept.
        verification: The comparison with the model; None to skip it.
        cases: The samples to compare on.
        on_progress: Told about each target.
    """

    plan: ExportPlan
    target: Path | None
    verification: Verification | None
    cases: Sequence[Case]
    on_progress: Progress


@attrs.frozen
class PendingTarget:
    """A target's file, not yet in its place.

    Attributes:
        report: The record of the target.
        file: The file; None for a CPU, whose file is the portable one.
    """

    report: CompiledTarget
    file: PendingFile | None = None

    def commit(self) -> None:
        """Put the file in its place; see `PendingFile.commit`."""
        if self.file is not None:
            self.file.commit()


def compiled_path(target: SocTarget, portable: Path) -> Path:
    """Return the path of a target's file: the portable one with the target in its name.

    Example:
        >>> from litert_ir.ir.targets import Vendor
        >>> print(compiled_path(SocTarget(Vendor.QUALCOMM, "SM8750"), Path("model.tflite")))
        model.qualcomm-SM8750.tflite
    """
    return portable.with_name(f"{portable.stem}.{target.file_label}{portable.suffix}")


@contextlib.contextmanager
def compiled_files(job: CompileJob, portable: Path) -> Iterator[tuple[PendingTarget, ...]]:
    """All targets' files, to be put in their places once all of them are good.

    Args:
        job: The compilation.
        portable: The accepted portable file.

    Yields:
        In the order of the plan's targets. What is not committed is gone afterwards.

    Raises:
        AotError: When one cannot be made, or is not what it should be.
        TargetError: When no file can be created.
    """
    with contextlib.ExitStack() as files:
        yield tuple(
            PendingTarget(validated(target, portable, job.target))
            if isinstance(target, CpuTarget)
            else _compiled(job, portable, target, files)
            for target in job.plan.options.compile_targets
        )


def _compiled(
    job: CompileJob, portable: Path, target: SocTarget, files: contextlib.ExitStack
) -> PendingTarget:
    assert job.target is not None, "checked before the conversion"
    path = compiled_path(target, job.target)
    file = files.enter_context(pending_file(path))
    job.on_progress(f"compiling for {target}")
    offload = compile_for(target, portable, file.path)
    parity, note = _compared(job, CompiledFile(target=target, portable=portable, path=file.path))
    report = CompiledTarget(
        target=str(target),
        path=path,
        size_bytes=file.path.stat().st_size,
        ops_total=offload.ops_total,
        ops_offloaded=offload.ops_offloaded,
        partitions=offload.partitions,
        parity=parity,
        note=note,
    )
    return PendingTarget(report, file)


def _compared(job: CompileJob, file: CompiledFile) -> tuple[ParityReport | None, str]:
    """Compare the file with the model, and describe the comparison in words."""
    reason = why_not_run(file.target, job.plan)
    if reason or job.verification is None:
        return None, reason or "not run: verification is off"
    job.on_progress(f"comparing the file for {file.target} with the model")
    parity = compare_compiled(file, job.plan, job.cases, job.verification)
    return parity, f"run in float32, max |difference| {parity.max_abs_error:.2e}"
