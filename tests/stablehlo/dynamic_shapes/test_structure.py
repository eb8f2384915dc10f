"""Properties of the files that are generalized: weights elsewhere, shared constants, options."""

from __future__ import annotations

import numpy as np
import pytest

from litert_ir.errors import NotGeneralError
from tests.stablehlo.dynamic_shapes.hand_made import (
    Operator,
    Tensor,
    constant,
    generalized,
    hand_made,
)
from tests.stablehlo.dynamic_shapes.sized_pairs import LoadedFile, operators, parsed

ADD = Operator(code="ADD", inputs=("input_0", "c"), outputs=("output_0",))


def added(batch: int, c: Tensor, dtype: str = "float32") -> bytes:
    """A file that adds a constant to an input of two dimensions."""
    x = Tensor(shape=(batch, 4), dtype=dtype, scale=c.scale)
    return hand_made({"input_0": x, "c": c, "output_0": x}, [ADD])


def dense(batch: int, weight: Tensor) -> bytes:
    """A file with a dense layer without a bias."""
    tensors = {
        "input_0": Tensor(shape=(batch, 4)),
        "weight": weight,
        "output_0": Tensor(shape=(batch, 3)),
    }
    step = Operator(
        code="FULLY_CONNECTED",
        inputs=("input_0", "weight", ""),
        outputs=("output_0",),
        options={"keepNumDims": True},
    )
    return hand_made(tensors, [step])


def test_weights_that_stand_elsewhere_stay_there() -> None:
    weight = Tensor(shape=(3, 4), external=2)
    model = parsed(generalized(dense(2, weight), dense(3, weight)))
    (graph,) = model.subgraphs
    assert [tensor.externalBuffer for tensor in graph.tensors] == [0, 2, 0]
    assert [place.offset for place in model.externalBuffers] == [2]
    assert graph.tensors[1].shape.tolist() == [3, 4]
    assert graph.tensors[1].shapeSignature is None
    assert graph.operators[0].inputs.tolist() == [0, 1, -1]


@pytest.mark.parametrize(
    "weight", [Tensor(shape=(3, 4), external=3), Tensor(shape=(5, 4), external=2)]
)
def test_weights_elsewhere_that_differ_are_refused(weight: Tensor) -> None:
    with pytest.raises(NotGeneralError, match="it is no list of plain numbers") as caught:
        generalized(dense(2, Tensor(shape=(3, 4), external=2)), dense(3, weight))
    assert caught.value.where == "input 'weight' of FULLY_CONNECTED 'output_0'"
    assert f"shape {weight.shape} for the other" in caught.value.received


def test_weights_behind_the_tables_stay_there() -> None:
    weight = Tensor(shape=(3, 4), offset=4096)
    model = parsed(generalized(dense(2, weight), dense(3, weight)))
    assert [buffer.offset for buffer in model.buffers] == [0, 0, 4096, 0]
    with pytest.raises(NotGeneralError, match="it is no list of plain numbers"):
        generalized(dense(2, weight), dense(3, Tensor(shape=(3, 4), offset=8192)))


def test_a_constant_in_the_place_of_a_weight_elsewhere_is_refused() -> None:
    stored = Tensor(shape=(3, 4), data=np.ones((3, 4), np.float32))
    with pytest.raises(NotGeneralError, match="it is no list of plain numbers"):
        generalized(dense(2, Tensor(shape=(3, 4), external=1)), dense(3, stored))


def test_a_constant_in_the_place_of_a_result_is_refused() -> None:
    with pytest.raises(NotGeneralError, match="a constant in the place of a result") as caught:
        generalized(
            added(2, constant([1, 2, 3, 4], "float32")),
            added(3, Tensor(shape=(4,))),
        )
    assert caught.value.where == "c"
    assert "constant for one size, computed for the other" in caught.value.received


def test_another_element_type_is_refused() -> None:
    files = [added(2, constant([1.0], "float32")), added(3, constant([1.0], "float64"))]
    with pytest.raises(NotGeneralError, match="another type for each size"):
        generalized(*files)


def test_another_quantization_is_refused() -> None:
    c = Tensor(shape=(1,), dtype="int8", data=np.ones(1, np.int8), scale=0.5)
    other = Tensor(shape=(1,), dtype="int8", data=np.ones(1, np.int8), scale=0.25)
    with pytest.raises(NotGeneralError, match=r"another quantization.scale\[0\]") as caught:
        generalized(added(2, c, "int8"), added(3, other, "int8"))
    assert "0.5 for one size, 0.25 for the other" in caught.value.received


def test_another_rank_is_refused() -> None:
    files = [added(2, constant([1.0], "float32")), added(3, constant([[1.0]], "float32"))]
    with pytest.raises(NotGeneralError, match="another rank") as caught:
        generalized(*files)
    assert "(1,) for one size, (1, 1) for the other" in caught.value.received


def test_a_state_of_a_dynamic_size_is_refused() -> None:
    def stateful(batch: int) -> bytes:
        x = Tensor(shape=(batch, 4))
        state = Tensor(shape=(batch, 4), is_variable=True)
        return hand_made({"input_0": x, "c": state, "output_0": x}, [ADD])

    with pytest.raises(NotGeneralError, match="kept between runs") as caught:
        generalized(stateful(2), stateful(3))
    assert caught.value.received == "(2, 4) for one size, (3, 4) for the other"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (("c", "input_0"), "other connections"),
        (("input_0", ""), "other connections"),
        (("input_0",), "another number of tensors"),
    ],
)
def test_other_connections_are_refused(inputs: tuple[str, ...], message: str) -> None:
    def connected(batch: int, inputs: tuple[str, ...]) -> bytes:
        x = Tensor(shape=(batch, 4))
        c = constant([1, 2, 3, 4], "float32")
        step = Operator(code="ADD", inputs=inputs, outputs=("output_0",))
        return hand_made({"input_0": x, "c": c, "output_0": x}, [step])

    with pytest.raises(NotGeneralError, match=message) as caught:
        generalized(connected(2, ("input_0", "c")), connected(3, inputs))
    assert caught.value.where == "ADD 'output_0'"


def test_other_constants_as_outputs_are_refused() -> None:
    def returned(batch: int, second: str) -> bytes:
        x = Tensor(shape=(batch, 4))
        c = constant([1, 2, 3, 4], "float32")
        tensors = {"input_0": x, "c": c, "d": c, "output_0": x}
        return hand_made(tensors, [ADD], outputs=("c", second))

    generalized(returned(2, "c"), returned(3, "c"))
    with pytest.raises(NotGeneralError, match="other constants"):
        generalized(returned(2, "c"), returned(3, "d"))


@pytest.mark.parametrize("dtype", ["int8", "float64"])
def test_numbers_that_cannot_be_computed_are_refused(dtype: str) -> None:
    files = [
        added(2, constant([2], dtype), dtype),
        added(3, constant([3], dtype), dtype),
    ]
    with pytest.raises(NotGeneralError, match="cannot compute numbers of this type"):
        generalized(*files)


def test_results_in_another_order_are_refused() -> None:
    def swapped(batch: int, names: tuple[str, str]) -> bytes:
        x = Tensor(shape=(batch, 4))
        tensors = {"input_0": x, "a": x, "b": x, "output_0": x}
        steps = [
            Operator(code="NEG", inputs=("input_0",), outputs=("a",)),
            Operator(code="ABS", inputs=("input_0",), outputs=("b",)),
            Operator(code="SUB", inputs=names, outputs=("output_0",)),
        ]
        return hand_made(tensors, steps)

    with pytest.raises(NotGeneralError, match="other connections") as caught:
        generalized(swapped(2, ("a", "b")), swapped(3, ("b", "a")))
    assert caught.value.received == "a for one size, b for the other"


def reshaped(batch: int, shape: Tensor | None, options: list[int] | None) -> bytes:
    """A file that reshapes (batch, 4) to (batch, 2, 2)."""
    tensors = {
        "input_0": Tensor(shape=(batch, 4)),
        "output_0": Tensor(shape=(batch, 2, 2)),
        **({} if shape is None else {"shape": shape}),
    }
    step = Operator(
        code="RESHAPE",
        inputs=("input_0",) if shape is None else ("input_0", "shape"),
        outputs=("output_0",),
        options={} if options is None else {"newShape": options},
    )
    return hand_made(tensors, [step])


@pytest.mark.parametrize("rest", [False, True])
@pytest.mark.parametrize("has_input", [False, True])
@pytest.mark.parametrize("has_option", [False, True])
def test_a_shape_that_is_an_option(*, rest: bool, has_input: bool, has_option: bool) -> None:
    if not has_input and not has_option:
        return

    def file(batch: int) -> bytes:
        shape = constant([-1 if rest else batch, 2, 2]) if has_input else None
        return reshaped(batch, shape, [batch, 2, 2] if has_option else None)

    content = generalized(file(2), file(3))
    x = np.arange(20, dtype=np.float32).reshape(5, 4)
    for xnnpack in (True, False):
        (result,) = LoadedFile(content, xnnpack=xnnpack).run([x])
        np.testing.assert_array_equal(result, x.reshape(5, 2, 2))
    (step,) = parsed(content).subgraphs[0].operators
    assert step.builtinOptions is None or step.builtinOptions.newShape is None


def test_quantized_constants_keep_what_their_numbers_stand_for() -> None:
    def joined(batch: int) -> bytes:
        row = np.array([[1, -2, 3, 4]], np.int8)
        c = Tensor(shape=(batch, 4), dtype="int8", data=row.repeat(batch, axis=0), scale=0.5)
        x = Tensor(shape=(batch, 4), dtype="int8", scale=0.5)
        y = Tensor(shape=(2 * batch, 4), dtype="int8", scale=0.5)
        step = Operator(code="CONCATENATION", inputs=("input_0", "c"), outputs=("output_0",))
        return hand_made({"input_0": x, "c": c, "output_0": y}, [step])

    content = generalized(joined(2), joined(3))
    assert operators(content)[-2:] == ["BROADCAST_TO", "CONCATENATION"]
    graph = parsed(content).subgraphs[0]
    scales = {
        tensor.name.decode(): tensor.quantization.scale.tolist()
        for tensor in graph.tensors
        if tensor.type == graph.tensors[0].type
    }
    assert scales == {"input_0": [0.5], "output_0": [0.5], "c": [0.5]}
    x = np.ones((5, 4), np.int8)
    (result,) = LoadedFile(content, xnnpack=False).run([x])
    np.testing.assert_array_equal(result[5:], [[1, -2, 3, 4]] * 5)


def test_another_length_is_left_to_the_kernel() -> None:
    def split(length: int) -> bytes:
        tensors = {
            "input_0": Tensor(shape=(length, 4)),
            "lengths": constant([length - 2, -1]),
            "axis": constant(0),
            "output_0": Tensor(shape=(length - 2, 4)),
            "output_1": Tensor(shape=(2, 4)),
        }
        step = Operator(
            code="SPLIT_V",
            inputs=("input_0", "lengths", "axis"),
            outputs=("output_0", "output_1"),
            options={"numSplits": 2},
        )
        return hand_made(tensors, [step], outputs=("output_0", "output_1"))

    file = LoadedFile(generalized(split(7), split(11)), xnnpack=False)
    x = np.arange(20, dtype=np.float32).reshape(5, 4)
    first, rest = file.run([x])
    np.testing.assert_array_equal(first, x[:3])
    np.testing.assert_array_equal(rest, x[3:])
