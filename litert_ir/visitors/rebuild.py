"""Rebuild an equal tree: the base of visitors that change one kind of node."""

from __future__ import annotations

from typing_extensions import override

from litert_ir.ir.fold import SignatureVisitor
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import TensorSpec


class Rebuild(SignatureVisitor[SignatureNode]):
    """A visitor that rebuilds each node from its rebuilt children; override visits to change."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return spec

    @override
    def visit_absent(self, path: Path) -> SignatureNode:
        return Absent()

    @override
    def visit_mapping(
        self, path: Path, node: MappingNode, children: tuple[SignatureNode, ...]
    ) -> SignatureNode:
        keys = (key for key, _ in node.entries)
        return MappingNode(tuple(zip(keys, children, strict=True)))

    @override
    def visit_list(
        self, path: Path, node: ListNode, children: tuple[SignatureNode, ...]
    ) -> SignatureNode:
        return ListNode(children)

    @override
    def visit_tuple(
        self, path: Path, node: TupleNode, children: tuple[SignatureNode, ...]
    ) -> SignatureNode:
        return TupleNode(children)
