"""Compile the portable file for a chip in a child process, and check the result."""

from __future__ import annotations

import shutil
from pathlib import Path

import attrs

from litert_ir.aot.operator_counts import count_operators
from litert_ir.aot.sdk import library_path
from litert_ir.backends.litert.aot_compiler import AppliedCompiler, apply_compiler
from litert_ir.errors import AotError, ConverterCrashed, FileRejectedError, TargetError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.targets import SocTarget
from litert_ir.isolation.time_limits import COMPILATION_S
from litert_ir.isolation.worker import Worker
from litert_ir.runtime.interface_reader import read_interface
from litert_ir.scratch.folder import ScratchFolder, shortage


@attrs.frozen(kw_only=True)
class Offload:
    """The operators that a vendor's compiler took over.

    Attributes:
        ops_total: Operators of the portable file.
        ops_offloaded: The number of them that are gone from the compiled file.
        partitions: The number of dispatch operators that replace them.
    """

    ops_total: int
    ops_offloaded: int
    partitions: int


def compile_for(target: SocTarget, portable: Path, destination: Path) -> Offload:
    """Compile a file with the vendor's compiler.

    The compiler runs in a grandchild process: it may crash, and neither its output nor its
    leftovers reach this process.

    Args:
        target: The chip to compile for.
        portable: The portable file, of static shapes.
        destination: The path of the compiled file; replaced.

    Raises:
        AotError: When the compiler fails (with its own messages), crashes, takes too long, writes
            an incomplete file, or takes over none of the operators.
        TargetError: When the disk is full.
    """
    with ScratchFolder() as scratch:
        made = _applied(target, portable.absolute(), scratch)
        offload = checked(target, portable, made)
        _copy(made.path, destination)
    return offload


def _copy(made: Path, destination: Path) -> None:
    try:
        shutil.copyfile(made, destination)
    except OSError as error:
        reraise_interruption(error)
        raise TargetError(
            "The compiled file cannot be written.",
            where=str(destination.parent),
            expected=f"room for {made.stat().st_size:,} bytes",
            received=f"{type(error).__name__}: {error.strerror}",
            advice="free space on the disk; older files are untouched",
        ) from error


def _applied(target: SocTarget, portable: Path, folder: Path) -> AppliedCompiler:
    environment = {"TMPDIR": str(folder), "LD_LIBRARY_PATH": library_path(target)}
    with Worker(environment=environment) as worker:
        try:
            return worker.call(
                apply_compiler,
                portable,
                folder,
                target,
                time_limit_s=COMPILATION_S,
                task=f"compiling for {target}",
            )
        except ConverterCrashed as crash:
            failure = AotError(
                "The vendor's compiler crashed, or took too long.",
                where=str(target),
                received=" ".join(filter(None, (crash.summary, crash.native_output))),
                advice="leave the target out, and report the fault to the vendor",
            )
            failure.native_output = crash.native_output
            raise failure from crash
        except AotError as failure:
            # The cause may be the disk, not the file.
            advice = shortage(failure.received) or failure.advice
            raise failure.evolve(advice=advice) from failure


def checked(target: SocTarget, portable: Path, made: AppliedCompiler) -> Offload:
    """Check that the compiled file is complete, and count the operators taken over.

    Args:
        target: The chip compiled for.
        portable: The portable file.
        made: The compiler's report of its result.

    Raises:
        AotError: When the file is empty or damaged, has another interface than the portable
            one, lacks partitions, or has none.
    """
    if not made.path.is_file() or not made.path.stat().st_size:
        raise _not_whole(target, "a file", "an empty one")
    try:
        wanted, found = read_interface(portable), read_interface(made.path)
        before, after = count_operators(portable), count_operators(made.path)
    except FileRejectedError as error:
        raise _not_whole(target, "a LiteRT file", error.summary) from error
    if (found.inputs, found.outputs) != (wanted.inputs, wanted.outputs):
        raise _not_whole(
            target,
            ", ".join(map(str, (*wanted.inputs, *wanted.outputs))),
            ", ".join(map(str, (*found.inputs, *found.outputs))),
        )
    if made.partitions and after.partitions != made.partitions:
        raise _not_whole(target, f"{made.partitions} partitions", f"{after.partitions}")
    if not after.partitions:
        raise AotError(
            "The vendor's compiler took over none of the operators.",
            where=str(target),
            expected=f"some of the {before.kernels} ops",
            received="none",
            advice="leave the target out: the portable file does the same",
        )
    return Offload(
        ops_total=before.kernels,
        ops_offloaded=max(0, before.kernels - after.kernels),
        partitions=after.partitions,
    )


def _not_whole(target: SocTarget, expected: str, received: str) -> AotError:
    return AotError(
        "The vendor's compiler wrote an incomplete file.",
        where=str(target),
        expected=expected,
        received=received,
        advice="report this to the vendor, or leave the target out",
    )
