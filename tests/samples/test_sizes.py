"""The sizes of samples are known before there is a plan."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from litert_ir import DType, DynamicDim, TensorSpec
from litert_ir.ir.nodes import MappingNode
from litert_ir.ir.signature import Argument, Signature
from litert_ir.samples.sizes import SampleSizes

A, B = np.zeros((2, 5), "float32"), np.zeros((2, 7, 3), "float32")
SHAPES = ((2, 5), (2, 7, 3))


def signature() -> Signature:
    free = DynamicDim()
    a = TensorSpec(name="a", shape=(free, free), dtype=DType.FLOAT32)
    b = TensorSpec(name="b", shape=(free, free, 3), dtype=DType.FLOAT32)
    return Signature((Argument("inputs", MappingNode((("a", a), ("b", b)))),))


@pytest.mark.parametrize(
    "source",
    [
        [{"b": B, "a": A}],
        [[A, B]],
        [(A, B)],
        [([A, B], np.zeros(2))],
        [[A.tolist(), B]],
        lambda: iter([[A, B]]),
    ],
)
def test_each_form_of_a_sample_has_sizes(source: Any) -> None:
    sizes = SampleSizes.of(None, source)
    assert sizes(signature()) == (SHAPES,)
    assert pickle.loads(pickle.dumps(sizes))(signature()) == (SHAPES,)


def failing() -> Any:
    raise ValueError("no data")


@pytest.mark.parametrize(
    "source", [None, "file.npz", failing, [A], [[A, A]], [[A[:, :0], B]], 3, iter([[A, B]])]
)
def test_what_has_no_sizes_is_left_to_who_reads_it(source: Any) -> None:
    assert SampleSizes.of(source)(signature()) == ()


def test_a_source_that_can_be_read_once_is_not_read() -> None:
    source = iter([[A, B]])
    SampleSizes.of(source)
    assert next(source) == [A, B]
