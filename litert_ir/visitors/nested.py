"""Convert a tree to plain Python containers: the base of visitors that map the leaves."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from litert_ir.ir.fold import SignatureVisitor
from litert_ir.ir.nodes import ListNode, MappingNode, TupleNode
from litert_ir.ir.path import Path


class Nested(SignatureVisitor[Any]):
    """A visitor that builds dicts, lists, tuples and None; a subclass converts the tensors."""

    @override
    def visit_absent(self, path: Path) -> None:
        return None

    @override
    def visit_mapping(
        self, path: Path, node: MappingNode, children: tuple[Any, ...]
    ) -> dict[str, Any]:
        return {key: child for (key, _), child in zip(node.entries, children, strict=True)}

    @override
    def visit_list(self, path: Path, node: ListNode, children: tuple[Any, ...]) -> list[Any]:
        return list(children)

    @override
    def visit_tuple(
        self, path: Path, node: TupleNode, children: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        return children
