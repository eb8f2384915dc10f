"""Reading a file's interface from its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from litert_ir.errors import FileRejectedError
from litert_ir.runtime.interface_reader import FileInterface, TensorInfo, read_interface
from tests.conversion.exports import exported
from tests.conversion.stubs import with_swapped_inputs, without_signature


def test_names_shapes_and_types() -> None:
    assert read_interface(exported("mixed-dtypes").file.path) == FileInterface(
        signature_key="serving_default",
        inputs=(
            TensorInfo("tokens", (None, 5), "int32"),
            TensorInfo("keep", (None, 5), "bool"),
            TensorInfo("weights", (None, 5), "float32"),
        ),
        outputs=(TensorInfo("out", (None, 3), "float32"),),
    )


def test_static_shapes() -> None:
    interface = read_interface(exported("dict", batch_size=1).file.path)
    assert [info.shape for info in interface.inputs] == [(1, 8, 8, 3), (1, 4)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: without_signature(exported("list").content), "no signature"),
        (lambda: with_swapped_inputs(exported("list").content), "order the tensors differently"),
    ],
)
def test_unusable_files(content: object, message: str, tmp_path: Path) -> None:
    assert callable(content)
    path = tmp_path / "model.tflite"
    path.write_bytes(content())
    with pytest.raises(FileRejectedError, match=message):
        read_interface(path)


def read_or_rejected(path: Path, content: bytes) -> bool:
    """Whether a file with this content can be read; anything but a rejection is an error."""
    path.write_bytes(content)
    try:
        read_interface(path)
    except FileRejectedError:
        return False
    return True


def test_every_truncation_is_read_or_rejected(tmp_path: Path) -> None:
    content = exported("single").content
    path = tmp_path / "model.tflite"
    read = [read_or_rejected(path, content[:length]) for length in range(0, len(content), 3)]
    assert not any(read[: len(read) // 2])


@pytest.mark.parametrize("byte", [0x00, 0x01, 0xFF])
def test_every_damage_is_read_or_rejected(byte: int, tmp_path: Path) -> None:
    content = exported("single").content
    path = tmp_path / "model.tflite"
    outcomes = {
        read_or_rejected(path, content[:position] + bytes([byte]) + content[position + 1 :])
        for position in range(8, len(content))
    }
    assert outcomes == {True, False}
