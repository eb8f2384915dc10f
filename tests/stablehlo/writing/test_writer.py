from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from litert_ir.backends import load_schema
from litert_ir.errors import ConversionError
from litert_ir.ir.estimate import SLAB_BYTES, Layout
from litert_ir.stablehlo.weights.expressions import (
    Broadcast,
    Concatenate,
    Literal,
    Parameter,
    WeightExpr,
)
from litert_ir.stablehlo.weights.simplify import reshaped, transposed
from litert_ir.stablehlo.writing.writer import StreamedFile, file_pieces
from tests.stablehlo.writing.skeletons import (
    Skeleton,
    joined,
    original,
    run,
    skeleton_of,
    unpack,
)

ZERO = Literal(b"\0\0\0\0", (), "float32")
TABLE = (50, 16)


def written(skeleton: Skeleton, layout: Layout | None = None) -> StreamedFile:
    return file_pieces(unpack(skeleton.content), skeleton.weights, skeleton.variable, layout)


def assert_same(found: Mapping[str, NDArray[Any]], wanted: Mapping[str, NDArray[Any]]) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert np.array_equal(found[name], value), name
        assert np.ptp(value) > 0, "outputs that are all equal would show nothing"


@pytest.mark.parametrize("layout", Layout)
def test_a_rebuilt_file_computes_what_the_original_does(layout: Layout) -> None:
    skeleton = skeleton_of(original())
    assert len(skeleton.arrays) >= 5
    file = written(skeleton, layout)
    assert file.layout is layout
    content = joined(file)
    assert len(content) == file.size_bytes
    assert_same(run(content), run(original()))


@pytest.mark.parametrize("layout", Layout)
def test_weights_are_computed_on_the_way(layout: Layout) -> None:
    """The variables have the layouts of Keras; the file has those of LiteRT."""
    skeleton = skeleton_of(original())
    kept, weights = [], []
    for index, array in enumerate(skeleton.arrays):
        order = tuple(range(array.ndim))[::-1]
        kept.append(np.ascontiguousarray(array.transpose(order)).reshape(-1, 1))
        source = reshaped(Parameter(index, kept[-1].shape, "float32"), array.shape[::-1])
        weights.append(transposed(source, order))
    file = file_pieces(unpack(skeleton.content), weights, kept.__getitem__, layout)
    assert joined(file) == joined(written(skeleton, layout))


def test_a_small_file_is_one_flatbuffer_by_default() -> None:
    file = written(skeleton_of(original()))
    assert file.layout is Layout.INLINE
    model = unpack(joined(file))
    assert not model.externalBuffers
    assert all((buffer.offset, buffer.size) == (0, 0) for buffer in model.buffers)


@pytest.mark.parametrize("layout", Layout)
def test_the_bytes_are_the_same_each_time(layout: Layout) -> None:
    skeleton = skeleton_of(original())
    file = written(skeleton, layout)
    assert joined(file) == joined(file) == joined(written(skeleton, layout))


def test_a_file_without_big_weights_is_rebuilt_too() -> None:
    file = file_pieces(unpack(original()), (), lambda _: pytest.fail("there are no variables"))
    assert_same(run(joined(file)), run(original()))


def stored(content: bytes) -> list[tuple[int, bytes]]:
    """Position and bytes of all that a file's buffers hold, in the order of the buffers."""
    model = load_schema().Model.GetRootAs(content, 0)
    found = []
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if buffer.Offset():
            start, size = buffer.Offset(), buffer.Size()
            found.append((start, content[start : start + size]))
        elif buffer.DataLength():
            data = buffer.DataAsNumpy()
            start = data.ctypes.data - np.frombuffer(content, np.uint8).ctypes.data
            found.append((start, bytes(data)))
    return found


@pytest.mark.parametrize("layout", Layout)
def test_all_data_is_aligned_and_weights_to_cache_lines(layout: Layout) -> None:
    skeleton = skeleton_of(original())
    weights = {array.tobytes() for array in skeleton.arrays}
    found = stored(joined(written(skeleton, layout)))
    assert weights <= {data for _, data in found}
    assert all(start % (64 if data in weights else 16) == 0 for start, data in found)
    assert len(found) > len(weights), "there are constants beside the weights"


def test_equal_expressions_share_a_buffer_and_so_do_equal_values() -> None:
    skeleton = skeleton_of(original())
    square = [i for i, array in enumerate(skeleton.arrays) if array.shape == (32, 32)]
    assert len(square) == 2

    def size(weights: tuple[WeightExpr, ...], variable: Callable[[int], NDArray[Any]]) -> int:
        file = file_pieces(unpack(skeleton.content), weights, variable)
        content = joined(file)
        assert len(content) == file.size_bytes
        run(content)
        return len(content)

    different = size(skeleton.weights, skeleton.variable)
    one_expression = list(skeleton.weights)
    one_expression[square[1]] = one_expression[square[0]]
    once = size(tuple(one_expression), skeleton.variable)
    assert different - once >= 32 * 32 * 4

    def copied(index: int) -> NDArray[Any]:
        return skeleton.variable(square[0] if index in square else index).copy()

    assert size(skeleton.weights, copied) == once

    def almost_copied(index: int) -> NDArray[Any]:
        array = copied(index)
        array[-1, -1] += index
        return array

    assert size(skeleton.weights, almost_copied) == different


def test_tensors_that_share_a_weight_share_its_buffer() -> None:
    def tie(model: Any) -> None:
        external = [t for t in model.subgraphs[0].tensors if t.externalBuffer]
        first, second = (t for t in external if tuple(t.shape) == (32, 32))
        second.externalBuffer = first.externalBuffer

    skeleton = skeleton_of(original(), tie)
    asked: list[int] = []

    def variable(index: int) -> NDArray[Any]:
        asked.append(index)
        return skeleton.variable(index)

    content = joined(file_pieces(unpack(skeleton.content), skeleton.weights, variable))
    square = [t.buffer for t in unpack(content).subgraphs[0].tensors if t.name and t.buffer]
    assert len(square) > len(set(square))
    assert len(set(asked)) == len(skeleton.arrays) - 1, "the other one is not in the file"


def rename_external(model: Any) -> None:
    model.externalBuffers[0].offset = 99


def reshape_tensor(model: Any) -> None:
    tensor = next(t for t in model.subgraphs[0].tensors if t.externalBuffer)
    tensor.shape = tensor.shape[::-1]


def retype_tensor(model: Any) -> None:
    tensor = next(t for t in model.subgraphs[0].tensors if t.externalBuffer)
    tensor.type = load_schema().TensorType.INT32


def forget_external(model: Any) -> None:
    model.externalBuffers = []


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (rename_external, "one of"),
        (forget_external, "one of"),
        (reshape_tensor, "float32"),
        (retype_tensor, "float32"),
    ],
)
def test_weights_that_do_not_fit_the_skeleton(edit: Callable[[Any], None], expected: str) -> None:
    skeleton = skeleton_of(original(), edit)
    with pytest.raises(ConversionError, match="has no weight of its shape and type") as caught:
        written(skeleton)
    assert caught.value.where.startswith("tensor ")
    assert expected in caught.value.expected


def with_table_of(rows: int) -> tuple[Skeleton, tuple[WeightExpr, ...]]:
    """A file that looks rows up in a table, with zeros in front of the table's own rows."""

    def enlarge(model: Any) -> None:
        for tensor in model.subgraphs[0].tensors:
            if tensor.externalBuffer and tuple(tensor.shape) == TABLE:
                tensor.shape = np.array([rows, TABLE[1]], np.int32)

    skeleton = skeleton_of(original("lookup"), enlarge)
    zeros = Broadcast(ZERO, (rows - TABLE[0], TABLE[1]), ())
    return skeleton, tuple(
        Concatenate((zeros, weight), 0) if weight.shape == TABLE else weight
        for weight in skeleton.weights
    )


@pytest.mark.parametrize("rows", [2**25, 2**27])
def test_what_does_not_fit_one_flatbuffer_is_refused_there(rows: int) -> None:
    skeleton, weights = with_table_of(rows)
    with pytest.raises(ConversionError, match="does not fit into one flatbuffer"):
        file_pieces(unpack(skeleton.content), weights, skeleton.variable, Layout.INLINE)
    file = file_pieces(unpack(skeleton.content), weights, skeleton.variable)
    assert file.layout is Layout.OFFSET


def write_sparsely(file: StreamedFile, path: Path) -> None:
    """Write a file with holes where it is zero, to spare the disk."""
    with path.open("wb") as target:
        for piece in file.pieces():
            if len(piece) > 2**20 and not np.frombuffer(piece, np.uint64).any():
                target.seek(len(piece), os.SEEK_CUR)
            else:
                target.write(piece)
        target.truncate(file.size_bytes)


def own_bytes() -> int:
    """Memory of this process that belongs to no file."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if "RssAnon" in line) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_a_file_beyond_two_gib_is_written_and_runs_in_little_memory(tmp_path: Path) -> None:
    rows = 2**31 // 64 + 1000
    skeleton, weights = with_table_of(rows)
    before = own_bytes()
    file = file_pieces(unpack(skeleton.content), weights, skeleton.variable)
    tracemalloc.start()
    try:
        write_sparsely(file, tmp_path / "large.tflite")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * SLAB_BYTES
    assert (tmp_path / "large.tflite").stat().st_size == file.size_bytes > 2**31
    found = run(tmp_path / "large.tflite", first_id=rows - TABLE[0])
    assert_same(found, run(original("lookup")))
    assert own_bytes() - before < 64 << 20
