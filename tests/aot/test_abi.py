"""The portable file against the limits of CPUs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from litert_ir.aot.abi import LARGEST_32_BIT_FILE, check_size, validated
from litert_ir.aot.operator_counts import count_operators, misaligned_constants
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.errors import AotError, FileRejectedError
from litert_ir.ir.targets import CpuAbi, CpuTarget

ARM = CpuTarget(CpuAbi.ARM)


@pytest.mark.parametrize("abi", CpuAbi)
def test_a_small_file_is_within_all_limits(abi: CpuAbi, portable: Path) -> None:
    report = validated(CpuTarget(abi), portable, portable)
    assert (report.target, report.path) == (abi.value, portable)
    assert report.size_bytes == portable.stat().st_size
    assert (report.ops_total, report.ops_offloaded, report.partitions) == (5, 0, 0)
    assert "nothing was compiled: LiteRT has no compiler for CPUs" in str(report)
    assert report.parity is None


def test_a_file_beyond_32_bit_pointers(portable: Path, tmp_path: Path) -> None:
    path = tmp_path / "large.tflite"
    shutil.copyfile(portable, path)
    os.truncate(path, LARGEST_32_BIT_FILE)  # sparse: it takes no room
    assert validated(ARM, path, path).size_bytes == LARGEST_32_BIT_FILE
    os.truncate(path, LARGEST_32_BIT_FILE + 1)
    with pytest.raises(AotError, match="larger than a process with 32-bit pointers") as caught:
        validated(ARM, path, path)
    assert (caught.value.where, caught.value.received) == ("arm", "2.00 GiB")
    for abi in set(CpuAbi) - {CpuAbi.ARM}:
        assert validated(CpuTarget(abi), path, path).size_bytes == LARGEST_32_BIT_FILE + 1


def test_an_estimate_is_called_one() -> None:
    with pytest.raises(AotError) as caught:
        check_size(ARM, 3 << 30, estimated=True)
    assert caught.value.received == "about 3.00 GiB"
    assert "quantize" in caught.value.advice


def behind_the_flatbuffer(portable: Path, path: Path, start: int) -> Path:
    """The file with one constant behind the flatbuffer, at ``start`` bytes beyond a boundary."""
    model = unpacked(portable.read_bytes())
    index = max(range(len(model.buffers)), key=lambda i: len(_data(model.buffers[i])))
    content = bytes(bytearray(_data(model.buffers[index])))
    model.buffers[index].data = None
    model.buffers[index].offset = (1 << 16) + start
    model.buffers[index].size = len(content)
    tables = bytes(packed(model))
    path.write_bytes(tables.ljust((1 << 16) + start, b"\0") + content)
    return path


def _data(buffer: object) -> list[int]:
    data = getattr(buffer, "data", None)
    return [] if data is None else list(data)


@pytest.mark.parametrize(
    ("start", "of_words", "of_the_schema"), [(0, 0, 0), (16, 0, 0), (4, 0, 1), (2, 1, 1)]
)
def test_constants_stand_at_boundaries(
    start: int, of_words: int, of_the_schema: int, portable: Path, tmp_path: Path
) -> None:
    path = behind_the_flatbuffer(portable, tmp_path / "offset.tflite", start)
    assert misaligned_constants(path, 4) == of_words
    assert misaligned_constants(path, 16) == of_the_schema
    if of_words:
        with pytest.raises(AotError, match="are not aligned") as caught:
            validated(CpuTarget(CpuAbi.RISCV64), path, path)
        assert caught.value.received == "1 that are not"
    else:
        note = validated(CpuTarget(CpuAbi.RISCV64), path, path).note
        assert ("1 constants are not at multiples of 16 bytes" in note) == bool(of_the_schema)


def test_a_constant_inside_of_the_flatbuffer_counts(portable: Path) -> None:
    """All five are at multiples of 16; in so small a file none can be at one of 2**20."""
    assert misaligned_constants(portable, 16) == 0
    assert misaligned_constants(portable, 1 << 20) == 5


def test_operators_of_tensorflow_are_told(portable: Path, tmp_path: Path) -> None:
    model = unpacked(portable.read_bytes())
    code = model.operatorCodes[model.subgraphs[0].operators[-1].opcodeIndex]
    code.customCode = b"FlexCholesky"
    path = tmp_path / "flex.tflite"
    path.write_bytes(packed(model))
    assert count_operators(path).flex == 1
    note = validated(ARM, path, path).note
    assert "1 of the ops need a runtime with the Flex delegate" in note


def test_what_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"no LiteRT file")
    with pytest.raises(FileRejectedError, match="not a LiteRT file"):
        validated(ARM, path, path)
