"""Two readings of one call at different sizes make one tree with dynamic dimensions."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from litert_ir import DType, DynamicDim, ListNode, MappingNode, SignatureNode, TensorSpec
from litert_ir.errors import SignatureError
from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.path import Path
from litert_ir.lowering.combined_outputs import varying
from litert_ir.testing.strategies import plans
from litert_ir.visitors.rebuild import Rebuild

OUTPUT = Path("output")


@attrs.frozen
class At(Rebuild):
    """Puts a number into each dynamic dimension."""

    size: int

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        sizes = tuple(self.size if size is None else size for size in spec.sizes)
        return attrs.evolve(spec, shape=sizes)


def tensor(*shape: int | DynamicDim, dtype: DType = DType.FLOAT32) -> TensorSpec:
    return TensorSpec(name="t", shape=shape, dtype=dtype)


@given(plans().map(lambda plan: plan.outputs), st.integers(1, 50), st.integers(51, 99))
def test_what_varied_is_dynamic_again(node: SignatureNode, small: int, large: int) -> None:
    found = varying(fold(node, At(small), OUTPUT), fold(node, At(large), OUTPUT), OUTPUT)
    assert [
        (leaf.path, leaf.spec.sizes, leaf.spec.dtype) for leaf in collect_leaves(found, OUTPUT)
    ] == [(leaf.path, leaf.spec.sizes, leaf.spec.dtype) for leaf in collect_leaves(node, OUTPUT)]


def test_a_leading_dimension_that_varies_is_the_batch() -> None:
    batch, other = DynamicDim("batch"), DynamicDim()
    assert varying(tensor(2, 16, 3), tensor(3, 32, 3), OUTPUT) == tensor(batch, other, 3)
    assert varying(tensor(5, 16), tensor(5, 32), OUTPUT) == tensor(5, other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (tensor(2), tensor(2, 1)),
        (tensor(2), tensor(2, dtype=DType.INT32)),
        (ListNode((tensor(2),)), ListNode((tensor(2), tensor(2)))),
        (MappingNode((("a", tensor(2)),)), MappingNode((("b", tensor(2)),))),
        (ListNode((tensor(2),)), tensor(2)),
    ],
    ids=["rank", "dtype", "length", "keys", "kind"],
)
def test_trees_that_differ_in_more_are_refused(first: SignatureNode, second: SignatureNode) -> None:
    with pytest.raises(SignatureError, match="cannot be those of a LiteRT file") as caught:
        varying(first, second, OUTPUT)
    (problem,) = caught.value.problems
    assert problem.path == "output"
    assert "inputs of all sizes" in problem.expected
    assert "static sizes" in caught.value.advice
