"""Arrays in memory are samples by their first axes, as those of an ``.npz``."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from litert_ir import DType, DynamicDim, TensorSpec
from litert_ir.errors import SamplesError
from litert_ir.ir.nodes import MappingNode
from litert_ir.ir.signature import Argument, Signature
from litert_ir.samples.samples import Samples
from litert_ir.samples.sizes import SampleSizes

FREE = DynamicDim()
A = np.arange(20, dtype=np.float32).reshape(4, 5)
B = np.arange(48, dtype=np.float32).reshape(4, 6, 2)


@attrs.frozen
class Taker:
    """Inputs of one argument."""

    signature: Signature

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        return self.signature.tensors


def one(*shape: Any) -> Taker:
    return Taker(Signature((Argument("x", spec("x", *shape)),)))


def two(first: Any = FREE, second: Any = FREE) -> Taker:
    fields = (("a", spec("a", first, FREE)), ("b", spec("b", second, 6, 2)))
    return Taker(Signature((Argument("inputs", MappingNode(fields)),)))


def spec(name: str, *shape: Any) -> TensorSpec:
    return TensorSpec(name=name, shape=shape, dtype=DType.FLOAT32)


def read(taker: Taker, source: Any) -> list[list[tuple[int, ...]]]:
    samples = Samples(taker, source)
    samples.check()
    found = list(samples)
    assert samples.__length_hint__() in (len(found), NotImplemented)
    return [[array.shape for array in sample] for sample in found]


@pytest.mark.parametrize("length", [FREE, 5], ids=["dynamic", "fixed"])
@pytest.mark.parametrize(
    ("source", "sizes"),
    [
        ([A], [4]),
        ((A,), [4]),
        ([[A]], [4]),
        ([{"x": A}], [4]),
        ([A.tolist()], [4]),
        (A[:, None], [1] * 4),
        (lambda: iter([A, A[:2]]), [4, 2]),
        (A, [1] * 4),
        (A.tolist(), [1] * 4),
        ({"x": A}, [1] * 4),
        ({"x": A.tolist()}, [1] * 4),
        (lambda: A, [1] * 4),
    ],
)
def test_a_single_input(length: Any, source: Any, sizes: list[int]) -> None:
    taker = one(FREE, length)
    assert read(taker, source) == [[(size, 5)] for size in sizes]
    first = SampleSizes.of(source)(taker.signature)[0]
    assert first in {((sizes[0], 5),), ((1, 5),)}


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ([[A, B]], [4]),
        ([(A, B), [A, B]], [4, 4]),
        ([{"a": A, "b": B}], [4]),
        ([[A.tolist(), B.tolist()]], [4]),
        ([A, B], [1] * 4),
        ((A, B), [1] * 4),
        ({"a": A, "b": B}, [1] * 4),
        ({"b": B.tolist(), "a": A}, [1] * 4),
        (lambda: {"b": B, "a": A}, [1] * 4),
    ],
)
def test_two_inputs(source: Any, rows: list[int]) -> None:
    taker = two()
    assert read(taker, source) == [[(size, 5), (size, 6, 2)] for size in rows]
    values = SampleSizes.of(source).sample(taker.signature)
    if not callable(source) or rows[0] > 1:
        assert values is not None
        np.testing.assert_array_equal(values[0], A[: rows[0]])
        np.testing.assert_array_equal(values[1], B[: rows[0]])


def test_rows_of_arrays_are_in_their_order() -> None:
    (first, second) = (sample[0] for sample in Samples(one(2, FREE), A))
    np.testing.assert_array_equal(np.concatenate([first, second]), A)


def test_what_a_batch_does_not_fill_is_left_out() -> None:
    assert read(one(3, FREE), A) == [[(3, 5)]]


def test_inputs_without_a_common_batch_are_one_sample() -> None:
    graph = two(first=4)
    assert read(graph, {"a": A, "b": B}) == [[(4, 5), (4, 6, 2)]]
    assert read(two(), {"a": A, "b": B[:2]}) == [[(4, 5), (2, 6, 2)]]


def test_a_list_in_the_order_of_one_input_is_told_from_its_array() -> None:
    """Rank tells ``[row]`` of a batch of one from a list that holds the array."""
    assert read(one(FREE, 5), [[A.tolist()]]) == [[(4, 5)]]
    assert read(one(FREE, 5), [A[:1].tolist()]) == [[(1, 5)]]
    assert read(one(FREE), [[1.0, 2.0], [3.0]]) == [[(2,)], [(1,)]]


@pytest.mark.parametrize("source", [{"y": A}, {"a": A, "b": A}, [A], A])
def test_arrays_that_do_not_fit_are_refused(source: Any) -> None:
    with pytest.raises(SamplesError):
        read(two(), source)
