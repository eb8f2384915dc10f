from __future__ import annotations

import attrs
from hypothesis import given
from typing_extensions import override

from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.testing.strategies import signature_nodes
from litert_ir.visitors.rebuild import Rebuild

ROOT = Path("inputs")


class ToBool(Rebuild):
    """Changes one thing: the element type."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return attrs.evolve(spec, dtype=DType.BOOL)


def test_each_kind_of_node_is_rebuilt_as_that_kind() -> None:
    """By hand, since the strategies' own trees have been through `Rebuild` already."""
    x = TensorSpec(name="x", shape=(1,), dtype=DType.FLOAT32)
    items = (x, Absent())
    tree = MappingNode(
        (("list", ListNode(items)), ("tuple", TupleNode(items)), ("absent", items[1]))
    )
    assert fold(tree, Rebuild(), ROOT) == tree


@given(signature_nodes())
def test_the_no_op_fold_is_the_identity(node: SignatureNode) -> None:
    rebuilt = fold(node, Rebuild(), ROOT)
    assert rebuilt == node
    assert repr(rebuilt) == repr(node)


@given(signature_nodes())
def test_what_is_not_overridden_stays(node: SignatureNode) -> None:
    before = collect_leaves(node, ROOT)
    after = collect_leaves(fold(node, ToBool(), ROOT), ROOT)
    assert [leaf.path for leaf in after] == [leaf.path for leaf in before]
    assert [leaf.spec.name for leaf in after] == [leaf.spec.name for leaf in before]
    assert {leaf.spec.dtype for leaf in after} == {DType.BOOL}
