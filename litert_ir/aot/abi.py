"""Check the portable file against the limits of a CPU's ABI."""

from __future__ import annotations

from pathlib import Path

from litert_ir.aot.compiled_target import CompiledTarget
from litert_ir.aot.operator_counts import OperatorCount, count_operators, misaligned_constants
from litert_ir.errors import AotError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import OTHER_STRATEGIES
from litert_ir.errors.shown import bytes_text
from litert_ir.ir.targets import CpuAbi, CpuTarget

LARGEST_32_BIT_FILE = 2**31 - 1
"""Bytes. LiteRT maps a file as one piece of memory, and in a process with 32-bit pointers no object
may be larger: differences of pointers into it are signed 32-bit numbers (``PTRDIFF_MAX``; also the
limit of glibc's malloc). A larger file keeps its weights behind the flatbuffer, at 64-bit offsets
that do not fit ``size_t`` there.
"""

WORD = 4
"""Bytes; the least alignment of a constant. ARMv7's loads of several words, and RISC-V cores
without misaligned loads, require aligned words. Vectors inside a flatbuffer are aligned; data
behind it may have any offset.
"""

SCHEMA_ALIGNMENT = 16
"""Bytes; ``force_align`` of ``Buffer.data`` in LiteRT's schema. Python's flatbuffers package
ignores it, so that tools written in Python produce less aligned files, which LiteRT runs.
"""

_XNNPACK = {
    CpuAbi.ARM64: "XNNPACK prepares its weights when it is loaded",
    CpuAbi.X86_64: "XNNPACK prepares its weights when it is loaded",
    CpuAbi.ARM: "XNNPACK prepares its weights when it is loaded, on ARMv7 with NEON",
    CpuAbi.RISCV64: "XNNPACK prepares its weights when it is loaded, on RV64GC",
}
"""Source: "Supported Architectures" in XNNPACK's README."""


def check_size(target: CpuTarget, size_bytes: int, *, estimated: bool = False) -> None:
    """Require a file size that a process on such a CPU can map.

    Args:
        target: The CPU.
        size_bytes: The file's size.
        estimated: Whether the size is an estimate.

    Raises:
        AotError: When the file is too large.
    """
    if target.abi is CpuAbi.ARM and size_bytes > LARGEST_32_BIT_FILE:
        raise AotError(
            "The file is larger than a process with 32-bit pointers can map.",
            where=str(target),
            expected=f"at most {bytes_text(LARGEST_32_BIT_FILE)}",
            received=("about " if estimated else "") + bytes_text(size_bytes),
            advice="quantize the weights, or leave the target out",
        )


def validated(target: CpuTarget, portable: Path, path: Path | None) -> CompiledTarget:
    """Report on a CPU target, after checking the portable file against its limits.

    Args:
        target: The CPU.
        portable: The portable file.
        path: The final path of the file.

    Raises:
        AotError: When the file exceeds a limit.
        FileRejectedError: When it is not a LiteRT file.
    """
    size = portable.stat().st_size
    check_size(target, size)
    misaligned = misaligned_constants(portable, WORD)
    if misaligned:
        raise AotError(
            "Constants of the file are not aligned for the kernels' loads.",
            where=str(target),
            expected=f"all at multiples of {WORD} bytes",
            received=f"{misaligned} that are not",
            advice=advise("{others}", others=OTHER_STRATEGIES),
        )
    operators = count_operators(portable)
    return CompiledTarget(
        target=str(target),
        path=path,
        size_bytes=size,
        ops_total=operators.kernels,
        note=(
            f"the portable file ({bytes_text(size)}, {operators.kernels} ops), nothing was "
            f"compiled: LiteRT has no compiler for CPUs; {_XNNPACK[target.abi]}"
            f"{_reservations(portable, operators)}"
        ),
    )


def _reservations(portable: Path, operators: OperatorCount) -> str:
    """Describe reservations about a file that is within the limits."""
    notes = []
    if operators.flex:
        notes.append(f"{operators.flex} of the ops need a runtime with the Flex delegate")
    loose = misaligned_constants(portable, SCHEMA_ALIGNMENT)
    if loose:
        notes.append(
            f"{loose} constants are not at multiples of {SCHEMA_ALIGNMENT} bytes, which the schema "
            "asks for"
        )
    return "".join(f"; {note}" for note in notes)
