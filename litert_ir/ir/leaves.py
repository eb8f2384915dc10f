"""The tensors of a tree in order, each with the path that reaches it."""

from __future__ import annotations

import attrs
from typing_extensions import override

from litert_ir.ir.fold import SignatureVisitor, fold
from litert_ir.ir.nodes import ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import TensorSpec


@attrs.frozen
class Leaf:
    """A tensor and its path."""

    path: Path
    spec: TensorSpec


Leaves = tuple[Leaf, ...]


class _CollectLeaves(SignatureVisitor[Leaves]):
    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> Leaves:
        return (Leaf(path, spec),)

    @override
    def visit_absent(self, path: Path) -> Leaves:
        return ()

    @override
    def visit_mapping(self, path: Path, node: MappingNode, children: tuple[Leaves, ...]) -> Leaves:
        return _concatenate(children)

    @override
    def visit_list(self, path: Path, node: ListNode, children: tuple[Leaves, ...]) -> Leaves:
        return _concatenate(children)

    @override
    def visit_tuple(self, path: Path, node: TupleNode, children: tuple[Leaves, ...]) -> Leaves:
        return _concatenate(children)


def _concatenate(children: tuple[Leaves, ...]) -> Leaves:
    return tuple(leaf for child in children for leaf in child)


def collect_leaves(node: SignatureNode, path: Path) -> Leaves:
    """The tensors below ``node``, left to right."""
    return fold(node, _CollectLeaves(), path)
