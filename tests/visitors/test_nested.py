from __future__ import annotations

from typing_extensions import override

from litert_ir.ir.fold import fold
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec
from litert_ir.visitors.nested import Nested
from litert_ir.visitors.shapes import Shapes

X = TensorSpec(name="x", shape=(DynamicDim("batch"), 3), dtype=DType.FLOAT32)
S = TensorSpec(name="s", shape=(), dtype=DType.INT32)
TREE = MappingNode((("b", ListNode((X, Absent()))), ("a", TupleNode((S,)))))


class Names(Nested):
    """Each tensor as its name."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> str:
        return spec.name


def test_nodes_become_the_containers_that_they_stand_for() -> None:
    nested = fold(TREE, Names(), Path("inputs"))
    assert nested == {"b": ["x", None], "a": ("s",)}
    assert list(nested) == ["b", "a"]


def test_shapes_have_none_for_dynamic_dimensions() -> None:
    assert fold(TREE, Shapes(), Path("inputs")) == {"b": [(None, 3), None], "a": ((),)}
