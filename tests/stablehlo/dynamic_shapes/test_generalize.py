"""Files for all sizes, made of two files with fixed sizes, run and compared with TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_interpreter
from tests.stablehlo.dynamic_shapes.hand_made import generalized
from tests.stablehlo.dynamic_shapes.sized_functions import (
    IMAGE,
    SEQUENCE,
    Case,
    attention,
    choice,
    coinciding_constants,
    constants_of_merged_dimensions,
    constants_without_a_partner,
    counted_numbers,
    images,
    loop,
    merged_dimensions,
    positions_when_flattened,
    repeated_constants,
    shapes_as_inputs,
    sizes_as_numbers,
    slices,
    slices_of_a_table,
    tf,
    wide_constants,
    wide_positions,
    windows,
)
from tests.stablehlo.dynamic_shapes.sized_pairs import (
    FIRST,
    LARGEST,
    SECOND,
    Pair,
    Shape,
    check,
    operators,
    parsed,
    repacked,
)

SEQUENCES: Sequence[Case] = (
    attention,
    merged_dimensions,
    slices,
    slices_of_a_table,
    repeated_constants,
    constants_without_a_partner,
    wide_constants,
    counted_numbers,
    positions_when_flattened,
    constants_of_merged_dimensions,
    wide_positions,
    sizes_as_numbers,
    shapes_as_inputs,
    loop,
    choice,
    coinciding_constants,
)


@pytest.mark.parametrize("function", SEQUENCES, ids=lambda function: str(function.__name__))
def test_a_file_holds_for_all_batches_and_lengths(function: Case) -> None:
    check(Pair(function, (SEQUENCE,)))


@pytest.mark.parametrize("function", [images, windows], ids=lambda function: str(function.__name__))
def test_a_file_holds_for_all_heights_and_widths(function: Case) -> None:
    check(Pair(function, (IMAGE,)))


def test_inputs_share_a_dynamic_dimension() -> None:
    def masked(x: Any, keep: Any) -> Any:
        batch, length = keep.shape
        return x * tf().reshape(tf().cast(keep, tf().float32), [batch, length, 1])

    check(Pair(masked, (SEQUENCE, ("batch", "length")), ("float32", "int32")))


@pytest.mark.parametrize("border", [0, 2])
def test_two_dimensions_of_an_input_are_one(border: int) -> None:
    def enlarged(x: Any) -> Any:
        inner = x[:, border:, border:]
        batch, height, width, depth = inner.shape
        doubled = tf().tile(inner[:, :, None], [1, 1, 2, 1, 1])
        return tf().reshape(doubled, [batch, 2 * height, width, depth]) * float(x.shape[1])

    check(Pair(enlarged, (("batch", "height", "height", 4),)))


def test_a_single_dynamic_size_is_left_to_the_kernel() -> None:
    content = check(Pair(lambda x: tf().reshape(x, [x.shape[0], 24]), (("batch", 6, 4),)))
    assert operators(content) == ["RESHAPE"]


def test_operators_share_the_sizes_that_they_need() -> None:
    found = operators(check(Pair(attention, (SEQUENCE,))))
    assert found.count("SHAPE") == 1
    assert found.count("STRIDED_SLICE") == 1


def test_constants_shrink_where_operators_repeat_them() -> None:
    content = check(Pair(lambda x: x * 2 + tf().ones(x.shape), (SEQUENCE,)))
    assert operators(content) == ["MUL", "ADD"]


def test_slices_of_dynamic_tensors_are_strided() -> None:
    content = check(Pair(lambda x: tf().slice(x, [0, 1, 0], [x.shape[0], 2, 3]), (SEQUENCE,)))
    assert operators(content) == ["STRIDED_SLICE"]


@pytest.mark.parametrize(
    ("function", "shape"),
    [(attention, SEQUENCE), (slices, SEQUENCE), (slices_of_a_table, SEQUENCE), (windows, IMAGE)],
)
def test_sizes_are_known_before_a_run(function: Case, shape: Shape) -> None:
    pair = Pair(function, (shape,))
    interpreter = load_interpreter().Interpreter(model_content=pair.general())
    (x,) = pair.inputs(LARGEST)
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], x.shape)
    interpreter.allocate_tensors()
    shapes = [detail["shape"].tolist() for detail in interpreter.get_output_details()]
    wanted = [list(result.shape) for result in pair.results([x])]
    assert sorted(shapes) == sorted(wanted)


def test_dynamic_dimensions_are_written_like_keras_writes_them() -> None:
    content = Pair(lambda x: tf().nn.relu(x)[:, 1:], (SEQUENCE,)).general()
    dynamic = [
        (tensor.shapeSignature.tolist(), tensor.shape.tolist())
        for tensor in parsed(content).subgraphs[0].tensors
        if tensor.shapeSignature is not None
    ]
    assert dynamic == 3 * [([-1, -1, 4], [1, 1, 4])]


def test_constants_that_nothing_uses_any_more_are_gone() -> None:
    pair = Pair(lambda x: tf().concat([x, tf().zeros(x.shape)], axis=1), (SEQUENCE,))
    content = check(pair)
    model = parsed(content)
    notes = {entry.buffer for entry in model.metadata}
    stored = [buffer.data for at, buffer in enumerate(model.buffers) if at not in notes]
    assert max(len(data) for data in stored if data is not None) == 4 * np.float32().nbytes
    (graph,) = model.subgraphs
    used = {int(at) for step in graph.operators for at in (*step.inputs, *step.outputs)}
    assert used == set(range(len(graph.tensors)))


@pytest.mark.parametrize("function", [attention, loop, shapes_as_inputs])
def test_two_equal_files_give_the_same_file(function: Case) -> None:
    content = Pair(function, (SEQUENCE,)).file(FIRST)
    assert generalized(content, content) == repacked(content)


def test_the_result_is_the_same_each_time() -> None:
    files = [Pair(loop, (SEQUENCE,)).file(sizes) for sizes in (FIRST, SECOND)]
    assert generalized(*files) == generalized(*files)


def test_either_file_can_be_the_first() -> None:
    pair = Pair(attention, (SEQUENCE,))
    contents = [pair.file(sizes) for sizes in (FIRST, SECOND)]
    assert operators(generalized(*contents)) == operators(generalized(*reversed(contents)))
