from __future__ import annotations

import ast
from typing import Any

from hypothesis import given

from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.testing.strategies import signature_nodes
from litert_ir.visitors.flatten import unflatten


def reach(expression: str, root: str, value: Any) -> Any:
    """What a path's text gives when it is read as a Python expression over ``value``."""

    def follow(node: ast.expr) -> Any:
        if isinstance(node, ast.Subscript):
            return follow(node.value)[ast.literal_eval(node.slice)]
        assert isinstance(node, ast.Name)
        assert node.id == root
        return value

    return follow(ast.parse(expression, mode="eval").body)


@given(signature_nodes())
def test_a_path_prints_as_the_expression_that_reaches_the_leaf(node: SignatureNode) -> None:
    leaves = collect_leaves(node, Path("inputs"))
    nested = unflatten(node, range(len(leaves)), Path("inputs"))
    reached = [reach(str(leaf.path), "inputs", nested) for leaf in leaves]
    assert reached == list(range(len(leaves)))


def test_child_goes_one_step_down_and_leaves_the_parent_alone() -> None:
    parent = Path("x", ("a",))
    assert parent.child(0) == Path("x", ("a", 0))
    assert parent == Path("x", ("a",))


def test_paths_of_an_index_and_of_the_key_of_the_same_text_differ() -> None:
    assert Path("x", (0,)) != Path("x", ("0",))
    assert str(Path("x", (0,))) == "x[0]"
    assert str(Path("x", ("0",))) == "x['0']"
