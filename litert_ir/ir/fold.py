"""The one recursion over a signature tree, used by every visitor."""

from __future__ import annotations

from typing import Protocol, TypeVar, assert_never

from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import TensorSpec

R = TypeVar("R")


class SignatureVisitor(Protocol[R]):
    """One method for each kind of node; children are already folded, in order."""

    def visit_tensor(self, path: Path, spec: TensorSpec) -> R:
        """A leaf that becomes one tensor of the LiteRT file."""

    def visit_absent(self, path: Path) -> R:
        """A leaf without a tensor: the model receives (or returns) None there."""

    def visit_mapping(self, path: Path, node: MappingNode, children: tuple[R, ...]) -> R:
        """A dict; ``children`` follow ``node.entries``."""

    def visit_list(self, path: Path, node: ListNode, children: tuple[R, ...]) -> R:
        """A list; ``children`` follow ``node.items``."""

    def visit_tuple(self, path: Path, node: TupleNode, children: tuple[R, ...]) -> R:
        """A tuple; ``children`` follow ``node.items``."""


def fold(node: SignatureNode, visitor: SignatureVisitor[R], path: Path) -> R:
    """Visit ``node`` bottom up, children before parents, left to right.

    Args:
        node: The tree.
        visitor: Called once per node.
        path: The path of ``node``; the paths that the visitor sees are below it.

    Returns:
        What the visitor returned for ``node``.
    """
    match node:
        case TensorSpec():
            return visitor.visit_tensor(path, node)
        case Absent():
            return visitor.visit_absent(path)
        case MappingNode():
            children = tuple(fold(child, visitor, path.child(key)) for key, child in node.entries)
            return visitor.visit_mapping(path, node, children)
        case ListNode():
            return visitor.visit_list(path, node, _fold_items(node.items, visitor, path))
        case TupleNode():
            return visitor.visit_tuple(path, node, _fold_items(node.items, visitor, path))
        case _:
            assert_never(node)


def _fold_items(
    items: tuple[SignatureNode, ...], visitor: SignatureVisitor[R], path: Path
) -> tuple[R, ...]:
    return tuple(fold(child, visitor, path.child(index)) for index, child in enumerate(items))
