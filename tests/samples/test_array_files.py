"""Sizes that files of arrays announce are held against what they have."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import SamplesError
from tests.fuzzing.sample_files import npy, npz

VALUES = np.arange(48, dtype=np.float32).reshape(6, 8)
HEADER = "{{'descr': {}, 'fortran_order': False, 'shape': {}, }}"


def with_header(text: str, version: tuple[int, int] = (1, 0)) -> bytes:
    """An array whose header is any text."""
    header = text.encode("latin1") + b" \n"
    length = struct.pack("<H" if version == (1, 0) else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header + VALUES.tobytes()


def refusal(path: Path, content: bytes) -> SamplesError:
    path.write_bytes(content)
    with pytest.raises(SamplesError) as caught:
        list(lir.samples_from(path))
    assert str(path) in caught.value.where
    return caught.value


@pytest.mark.parametrize(
    ("extension", "version"), [("npy", (1, 0)), ("npz", (1, 0)), ("npz", (2, 0)), ("npy", (3, 0))]
)
@pytest.mark.parametrize(
    ("header", "received"),
    [
        (("'<f4'", "(1000000000000, 8)"), "announces 32,000,000,000,000 bytes"),
        (("'<f4'", "(200000000, 8)"), "announces 6,400,000,000 bytes"),
        (("'<f4'", f"({'9' * 40}, 8)"), "announces"),
        (("'<U200000000'", "(6, 8)"), "announces"),
        (("'<f4'", "(7, 8)"), "announces 224 bytes of elements, of which 192 follow"),
        (("'<f4'", "(-1, 8)"), "has the shape (-1, 8)"),
        (("'<f4'", "(True, 8)"), "has the shape (True, 8)"),
    ],
)
def test_a_header_that_announces_what_the_file_does_not_hold(
    header: tuple[str, str], received: str, version: Any, extension: str, tmp_path: Path
) -> None:
    content = with_header(HEADER.format(*header), version)
    path = tmp_path / f"x.{extension}"
    error = refusal(path, content if extension == "npy" else npz(content))
    assert received in error.received


@pytest.mark.parametrize("extension", ["npy", "npz"])
@pytest.mark.parametrize(
    "header", ["'''", "  \t {", "{'descr': '<f4', 'shape': (6L, 8L),", "[" * 3000, "5", "None"]
)
def test_a_header_that_is_no_literal(header: str, extension: str, tmp_path: Path) -> None:
    content = with_header(header)
    path = tmp_path / f"x.{extension}"
    assert "cannot be read" in str(refusal(path, content if extension == "npy" else npz(content)))


def test_a_format_that_there_is_not(tmp_path: Path) -> None:
    content = with_header(HEADER.format("'<f4'", "(6, 8)"), (9, 9))
    assert "format version (9, 9)" in refusal(tmp_path / "x.npy", content).received


def edited_archive(offset: int, value: int, compression: int = zipfile.ZIP_STORED) -> bytes:
    """An archive in which a 16-bit field of both headers is another one.

    Args:
        offset: Of the field in the local header; in the central directory it is two further.
        value: What stands there.
        compression: How the member is compressed.
    """
    content = bytearray(npz(npy(VALUES), compression))
    for signature, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        place = content.find(signature) + offset + shift
        content[place : place + 2] = struct.pack("<H", value)
    return bytes(content)


@pytest.mark.parametrize(
    ("offset", "value", "received"),
    [(6, 1, "encrypted"), (8, 99, "compression method"), (4, 90, "zip file version")],
)
def test_archives_that_python_cannot_unpack(
    offset: int, value: int, received: str, tmp_path: Path
) -> None:
    assert received in refusal(tmp_path / "x.npz", edited_archive(offset, value)).received


def test_a_damaged_archive_of_another_compression(tmp_path: Path) -> None:
    content = bytearray(npz(npy(VALUES), zipfile.ZIP_LZMA))
    content[50:80] = b"\xff" * 30
    assert "LZMAError" in refusal(tmp_path / "x.npz", bytes(content)).received


def test_an_archive_that_announces_more_than_deflate_can_hold(tmp_path: Path) -> None:
    content = bytearray(npz(npy(VALUES), zipfile.ZIP_DEFLATED))
    place = content.find(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 2**31)
    assert "announces 2,147,483,648 bytes" in refusal(tmp_path / "x.npz", bytes(content)).received


def test_arrays_that_compress_well_are_read(tmp_path: Path) -> None:
    zeros = np.zeros((4000, 1000), np.float32)
    file = io.BytesIO()
    np.savez_compressed(file, x=zeros)
    path = tmp_path / "x.npz"
    path.write_bytes(file.getvalue())
    assert len(file.getvalue()) * 900 < zeros.nbytes
    (first, *_) = lir.samples_from(path)
    np.testing.assert_array_equal(first["x"], zeros[:1])


def test_a_file_that_changes_after_its_header_was_read(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(npz(npy(VALUES)))
    samples = lir.samples_from(path)
    path.write_bytes(npz(npy(VALUES[:3])))
    with pytest.raises(SamplesError, match="has changed"):
        list(samples)


@pytest.mark.parametrize("name", ["x.npz", "x.npy", "folder/x.npy"])
def test_a_pipe_is_not_waited_for(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)
    with pytest.raises(SamplesError, match="no regular file"):
        lir.samples_from(path.parent if "folder" in name else path)
