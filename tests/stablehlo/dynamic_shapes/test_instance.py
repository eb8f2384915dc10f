"""A general file, at sizes that it was not made of, is the file that is converted there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_schema
from litert_ir.backends.litert.files import unpacked
from litert_ir.errors import NotGeneralError
from litert_ir.stablehlo.dynamic_shapes.generalize import General, generalize
from litert_ir.stablehlo.dynamic_shapes.instance import check_instance
from tests.stablehlo.dynamic_shapes.hand_made import (
    Operator,
    Tensor,
    constant,
    hand_made,
)
from tests.stablehlo.dynamic_shapes.sized_functions import (
    IMAGE,
    SEQUENCE,
    images,
    loop,
    slices,
    tf,
    windows,
)
from tests.stablehlo.dynamic_shapes.sized_pairs import (
    FIRST,
    LARGEST,
    SECOND,
    Pair,
)
from tests.stablehlo.dynamic_shapes.test_generalize import SEQUENCES

Fault = Callable[[Any], None]
"""Changes the object tree of a general file."""


def general_and_held_out(pair: Pair) -> tuple[General, Any]:
    first, second, third = (unpacked(pair.file(sizes)) for sizes in (FIRST, SECOND, LARGEST))
    return generalize(first, second), third


@pytest.mark.parametrize("function", SEQUENCES, ids=lambda function: str(function.__name__))
def test_general_sequences_are_what_is_converted_elsewhere(function: Callable[..., Any]) -> None:
    check_instance(*general_and_held_out(Pair(function, (SEQUENCE,))))


@pytest.mark.parametrize("function", [images, windows], ids=lambda function: str(function.__name__))
def test_general_images_are_what_is_converted_elsewhere(function: Callable[..., Any]) -> None:
    check_instance(*general_and_held_out(Pair(function, (IMAGE,))))


def test_a_general_file_is_each_file_that_it_was_made_of() -> None:
    pair = Pair(loop, (SEQUENCE,))
    for sizes in (FIRST, SECOND):
        general = generalize(*(unpacked(pair.file(each)) for each in (FIRST, SECOND)))
        check_instance(general, unpacked(pair.file(sizes)))


def fix_a_dimension(model: Any) -> None:
    """A size of the first point stands in a result's signature."""
    tensor = model.subgraphs[0].tensors[int(model.subgraphs[0].outputs[0])]
    tensor.shapeSignature = np.array([FIRST["batch"], *tensor.shapeSignature[1:]], np.int32)


def pad_otherwise(model: Any) -> None:
    """A convolution pads where it should not."""
    graph = model.subgraphs[0]
    paddings = load_schema().Padding
    (step,) = (each for each in graph.operators if hasattr(each.builtinOptions, "padding"))
    step.builtinOptions.padding = paddings.SAME


def convolved(x: Any) -> Any:
    kernel = np.ones([3, 3, 4, 2], np.float32)
    return tf().nn.conv2d(x, kernel, 2, "VALID")


def rearranged(x: Any) -> Any:
    batch, length, width = x.shape
    return tf().reshape(tf().transpose(tf().sin(x), [1, 0, 2]), [batch, length, width])


@pytest.mark.parametrize(
    ("fault", "function", "shape", "expected"),
    [
        (fix_a_dimension, rearranged, SEQUENCE, "shape (5, 16, 4)"),
        (pad_otherwise, convolved, IMAGE, "padding 1"),
    ],
)
def test_faults_of_a_general_file_are_found(
    fault: Fault, function: Callable[..., Any], shape: Any, expected: str
) -> None:
    general, held_out = general_and_held_out(Pair(function, (shape,)))
    check_instance(general, held_out)
    fault(general.model)
    with pytest.raises(NotGeneralError, match="is wrong at a size that was held out") as caught:
        check_instance(general, held_out)
    assert expected in caught.value.expected


def test_a_size_that_was_baked_in_is_found() -> None:
    def flat(x: Any) -> Any:
        return tf().reshape(tf().sin(x), [x.shape[0] * 2, x.shape[1] // 2, 4])

    first, second, third = (
        unpacked(Pair(flat, (("batch", 16, 4),)).file({"batch": batch})) for batch in (2, 3, 5)
    )
    general = generalize(first, second)
    check_instance(general, third)
    graph = general.model.subgraphs[0]
    buffer = load_schema().BufferT()
    buffer.data = np.frombuffer(np.array([4, 8, 4], np.int32).tobytes(), np.uint8)
    general.model.buffers.append(buffer)
    graph.tensors[int(graph.operators[-1].inputs[1])].buffer = len(general.model.buffers) - 1
    with pytest.raises(NotGeneralError, match="is wrong at a size that was held out") as caught:
        check_instance(general, third)
    assert "RESHAPE" in caught.value.where
    assert caught.value.expected == "sizes [10, 8, 4]"
    assert caught.value.received == "[4, 8, 4]"


def added(batch: int, value: float, weight: int = 1) -> Any:
    """A file that adds a constant and multiplies with a weight that stands elsewhere."""
    x = Tensor(shape=(batch, 4))
    tensors = {
        "input_0": x,
        "c": constant([value], "float32"),
        "w": Tensor(shape=(4,), external=weight),
        "sum": x,
        "output_0": x,
    }
    steps = [
        Operator(code="ADD", inputs=("input_0", "c"), outputs=("sum",)),
        Operator(code="MUL", inputs=("sum", "w"), outputs=("output_0",)),
    ]
    return unpacked(hand_made(tensors, steps))


def test_other_constants_and_weights_are_found() -> None:
    check_instance(generalize(added(2, 1.5), added(3, 1.5)), added(5, 1.5))
    general = generalize(added(2, 1.5), added(3, 1.5))
    with pytest.raises(NotGeneralError) as caught:
        check_instance(general, added(5, 2.5))
    assert caught.value.where == "input 'c' of ADD 'sum'"
    assert "[2.5]" in caught.value.expected
    with pytest.raises(NotGeneralError) as caught:
        check_instance(general, added(5, 1.5, weight=2))
    assert caught.value.where == "input 'w' of MUL 'output_0'"


def test_other_operators_are_found() -> None:
    general = generalize(added(2, 1.5), added(3, 1.5))
    x = Tensor(shape=(5, 4))
    shorter = hand_made(
        {"input_0": x, "c": constant([1.5], "float32"), "output_0": x},
        [Operator(code="ADD", inputs=("input_0", "c"), outputs=("output_0",))],
    )
    with pytest.raises(NotGeneralError) as caught:
        check_instance(general, unpacked(shorter))
    assert (caught.value.expected, caught.value.received) == ("none", "MUL")


def test_places_that_a_slice_takes_are_compared_however_they_are_said() -> None:
    general, held_out = general_and_held_out(Pair(slices, (SEQUENCE,)))
    graph = held_out.subgraphs[0]
    names = {number: name for name, number in vars(load_schema().BuiltinOperator).items()}
    codes = [max(c.builtinCode, c.deprecatedBuiltinCode) for c in held_out.operatorCodes]
    step = next(s for s in graph.operators if names[codes[s.opcodeIndex]] == "STRIDED_SLICE")
    begin = graph.tensors[int(step.inputs[1])]
    values = np.frombuffer(bytes(held_out.buffers[begin.buffer].data), np.int32).copy()
    values[-2] += 1
    buffer = load_schema().BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    held_out.buffers.append(buffer)
    begin.buffer = len(held_out.buffers) - 1
    with pytest.raises(NotGeneralError, match="is wrong at a size that was held out") as caught:
        check_instance(general, held_out)
    assert "SLICE" in caught.value.where
    assert "range(" in caught.value.expected
