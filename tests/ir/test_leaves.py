from __future__ import annotations

from hypothesis import given

from litert_ir.ir.leaves import Leaf, collect_leaves
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.testing.strategies import signature_nodes

ROOT = Path("inputs")


def follow(node: SignatureNode, path: Path) -> SignatureNode:
    """The node at ``path``, found without the fold."""
    for step in path.steps:
        if isinstance(node, MappingNode):
            node = dict(node.entries)[str(step)]
        else:
            assert isinstance(node, ListNode | TupleNode)
            assert isinstance(step, int)
            node = node.items[step]
    return node


def test_leaves_stand_in_reading_order_and_absent_ones_are_none() -> None:
    x, y, z = (TensorSpec(name=name, shape=(1,), dtype=DType.INT32) for name in "xyz")
    tree = MappingNode((("b", TupleNode((x, Absent(), y))), ("a", ListNode((z,)))))
    assert collect_leaves(tree, ROOT) == (
        Leaf(Path("inputs", ("b", 0)), x),
        Leaf(Path("inputs", ("b", 2)), y),
        Leaf(Path("inputs", ("a", 0)), z),
    )


@given(signature_nodes())
def test_each_path_leads_to_its_tensor(node: SignatureNode) -> None:
    for leaf in collect_leaves(node, ROOT):
        assert follow(node, leaf.path) is leaf.spec
