"""Files that are taken apart and put together again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema
from litert_ir.backends.litert.files import packed, share_equal_data, unpacked
from litert_ir.ir.file_dimensions import METADATA_NAME


def constants(content: bytes) -> list[tuple[int, bytes]]:
    """Where each constant begins, and what it holds."""
    model: Any = load_schema().Model.GetRootAs(content, 0)
    found = []
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if buffer.DataLength():
            start = buffer._tab.Vector(buffer._tab.Offset(4))
            found.append((start, content[start : start + buffer.DataLength()]))
    return found


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with constants of many sizes, as the exporter put it together."""
    layers = load_keras().layers
    model = load_keras().Sequential(
        [layers.Input((9, 9, 3), name="images"), layers.Conv2D(5, 3), layers.Conv2D(7, 2)]
    )
    path: Path = tmp_path_factory.mktemp("files") / "model.tflite"
    lir.export(model, path, strategies=(lir.Direct(),))
    return path.read_bytes()


def test_constants_of_an_exported_file_are_aligned(content: bytes) -> None:
    """The schema's ``force_align`` of a buffer's data."""
    assert len(constants(content)) > 4
    assert [start for start, _ in constants(content) if start % 16] == []


def test_constants_stay_what_and_where_they_may_be(content: bytes) -> None:
    again = bytes(packed(unpacked(content)))
    assert [data for _, data in constants(again)] == [data for _, data in constants(content)]
    assert [start for start, _ in constants(again) if start % 16] == []


def test_metadata_that_equal_a_constant_share_its_data(content: bytes) -> None:
    model = unpacked(content)
    (entry,) = (entry for entry in model.metadata if entry.name == METADATA_NAME.encode())
    equal = bytes(model.buffers[entry.buffer].data)
    constant = next(i for i, b in enumerate(model.buffers) if b.data is not None and len(b.data))
    model.buffers[constant].data = equal
    share_equal_data(model)
    assert entry.buffer == constant
    assert bytes(model.buffers[entry.buffer].data) == equal
