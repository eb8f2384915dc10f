"""Turn a tree into plain Python containers: base of every visitor that maps the leaves."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from litert_ir.ir.fold import SignatureVisitor
from litert_ir.ir.nodes import ListNode, MappingNode, TupleNode
from litert_ir.ir.path import Path


class Nested(SignatureVisitor[Any]):
    """Gives dicts, lists, tuples and None; a subclass says what a tensor becomes."""

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
