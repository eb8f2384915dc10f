from __future__ import annotations

from hypothesis import given
from typing_extensions import override

from litert_ir.ir.fold import SignatureVisitor, fold
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.testing.strategies import signature_nodes

ROOT = Path("inputs")
X = TensorSpec(name="x", shape=(1,), dtype=DType.FLOAT32)


class Record(SignatureVisitor[int]):
    """Notes each node in the order of the visits and counts the nodes below and with it."""

    def __init__(self) -> None:
        self.visits: list[tuple[str, str]] = []

    def _note(self, kind: str, path: Path, children: tuple[int, ...] = ()) -> int:
        self.visits.append((kind, str(path)))
        return 1 + sum(children)

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> int:
        return self._note("tensor", path)

    @override
    def visit_absent(self, path: Path) -> int:
        return self._note("absent", path)

    @override
    def visit_mapping(self, path: Path, node: MappingNode, children: tuple[int, ...]) -> int:
        return self._note("mapping", path, children)

    @override
    def visit_list(self, path: Path, node: ListNode, children: tuple[int, ...]) -> int:
        return self._note("list", path, children)

    @override
    def visit_tuple(self, path: Path, node: TupleNode, children: tuple[int, ...]) -> int:
        return self._note("tuple", path, children)


def test_children_come_before_parents_and_left_before_right() -> None:
    tree = MappingNode((("b", ListNode((X, Absent()))), ("a", TupleNode((X,)))))
    record = Record()
    assert fold(tree, record, ROOT) == 6
    assert record.visits == [
        ("tensor", "inputs['b'][0]"),
        ("absent", "inputs['b'][1]"),
        ("list", "inputs['b']"),
        ("tensor", "inputs['a'][0]"),
        ("tuple", "inputs['a']"),
        ("mapping", "inputs"),
    ]


def count_nodes(node: SignatureNode) -> int:
    """The number of nodes, counted without the fold."""
    if isinstance(node, MappingNode):
        return 1 + sum(count_nodes(child) for _, child in node.entries)
    if isinstance(node, ListNode | TupleNode):
        return 1 + sum(count_nodes(child) for child in node.items)
    return 1


@given(signature_nodes())
def test_each_node_is_visited_once_at_a_path_of_its_own(node: SignatureNode) -> None:
    record = Record()
    folded = fold(node, record, ROOT)
    paths = [path for _, path in record.visits]
    assert folded == len(paths) == len(set(paths)) == count_nodes(node)
    assert paths[-1] == "inputs"
