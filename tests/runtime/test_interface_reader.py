"""Reading a file's interface from its tables."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends.litert.files import mapped, unpacked, write_behind
from litert_ir.errors import FileRejectedError
from litert_ir.runtime.interface_reader import FileInterface, TensorInfo, read_interface
from tests.conversion.exports import exported
from tests.conversion.stubs import with_dimensions, with_swapped_inputs, without_signature


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


def test_inputs_have_the_plans_dimensions_and_outputs_none() -> None:
    export = exported("mixed-dtypes")
    interface = read_interface(export.file.path)
    assert [info.dims for info in interface.inputs] == [spec.shape for spec in export.plan.inputs]
    assert [info.dims for info in interface.outputs] == [None]


def test_a_file_that_says_nothing_of_dimensions_is_read() -> None:
    interface = read_interface(exported("dict", batch_size=1).file.path)
    assert [info.dims for info in interface.inputs] == [None, None]


BATCH = b'{"dynamic":"batch"}'


@pytest.mark.parametrize(
    ("metadata", "received"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe", "'utf-8' codec can't decode"),
        (b"[]", "expected dict, received []"),
        (b'{"features":[{"dynamic":"batch","minimum":0},null]}', "minimum is 1 or more"),
        (b'{"features":[{"dynamic":"batch","maximum":true},null]}', "expected int, received True"),
        (b'{"features":[%b,0]}' % BATCH, "expected a dynamic dimension, received 0"),
        (
            b'{"features":[%b]}' % BATCH,
            "('batch=?',) of input 'features', whose shape is (None, 4)",
        ),
        (b'{"features":[%b,%b]}' % (BATCH, BATCH), "whose shape is (None, 4)"),
        (b'{"features":[null,null]}', "(None, None) of input 'features'"),
        (b'{"words":[%b,null]}' % BATCH, "dimensions of ['words'], where inputs are ['features']"),
        (b"{}", "dimensions of [], where inputs are ['features']"),
    ],
)
def test_damaged_dimensions_are_rejected(metadata: bytes, received: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(with_dimensions(exported("single").content, metadata))
    with pytest.raises(FileRejectedError, match="metadata of its inputs' dimensions") as caught:
        read_interface(path)
    assert caught.value.where == str(path)
    assert "'litert_ir.dimensions'" in caught.value.expected
    assert received in caught.value.received


def test_dimensions_behind_the_flatbuffer_are_read(tmp_path: Path) -> None:
    file = exported("single").file
    content = mapped(file.path)
    write_behind(unpacked(content), content, tmp_path / "behind.tflite")
    behind = lir.LiteRTFile(tmp_path / "behind.tflite")
    assert [info.dims for info in behind.inputs] == [info.dims for info in file.inputs]
    x = np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(
        behind.run({"features": x})["scores"], file.run({"features": x})["scores"]
    )


def test_dimensions_behind_the_end_are_rejected(tmp_path: Path) -> None:
    path, behind = tmp_path / "model.tflite", tmp_path / "behind.tflite"
    content = mapped(exported("single").file.path)
    write_behind(unpacked(content), content, behind)
    stored = behind.read_bytes()
    path.write_bytes(stored[: stored.index(b'"dynamic"')])
    with pytest.raises(FileRejectedError, match="metadata of its inputs' dimensions") as caught:
        read_interface(path)
    assert "where the file has ended" in caught.value.received


def test_a_file_without_signature_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(without_signature(exported("list").content))
    with pytest.raises(FileRejectedError, match="no signature"):
        read_interface(path)


def test_inputs_have_the_order_of_the_signature_whatever_the_subgraphs(tmp_path: Path) -> None:
    path, ours = tmp_path / "model.tflite", read_interface(exported("list").file.path)
    path.write_bytes(with_swapped_inputs(exported("list").content))
    assert ours.orders_agree
    wanted = attrs.evolve(ours, inputs=ours.inputs[::-1], orders_agree=False)
    assert ours.inputs != wanted.inputs
    assert read_interface(path) == wanted


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
