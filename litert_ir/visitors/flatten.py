"""Between nested values and the flat, ordered tensors of a LiteRT file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.errors import Problem, SignatureError
from litert_ir.ir.fold import SignatureVisitor, fold
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import TensorSpec


@attrs.define
class Unflatten(SignatureVisitor[Any]):
    """Rebuilds the nested value from the flat ones, which it takes in order."""

    flat: Iterator[Any]

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> Any:
        return next(self.flat)

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


def unflatten(node: SignatureNode, flat: Sequence[Any], path: Path) -> Any:
    """The nested value whose leaves are ``flat``, in order.

    Raises:
        SignatureError: When the number of values is not the number of tensors.
    """
    leaves = iter(flat)
    try:
        value = fold(node, Unflatten(leaves), path)
    except StopIteration as error:
        raise _count_error(path, f"{len(flat)} value(s), which is too few") from error
    if next(leaves, _MISSING) is not _MISSING:
        raise _count_error(path, f"{len(flat)} value(s), which is too many")
    return value


_MISSING = object()


def _count_error(path: Path, received: str) -> SignatureError:
    problem = Problem(str(path), "one value per tensor", received)
    return SignatureError("The values do not fit the signature:", [problem])


def unflatten_arguments(signature: Signature, flat: Sequence[Any]) -> tuple[Any, ...]:
    """The value of each argument of the call, from the file's flat inputs."""
    leaves = iter(flat)
    return tuple(
        fold(argument.value, Unflatten(leaves), argument.path) for argument in signature.arguments
    )


def flatten(node: SignatureNode, value: Any, path: Path) -> tuple[Any, ...]:
    """The leaves of a nested value in the order of the tree.

    Args:
        node: The tree that says what ``value`` must look like. A tuple passes for a list
            and a list for a tuple; mapping keys must be the same, in any order.
        value: The nested value; its leaves are not looked at.
        path: Where ``value`` stands, for the error's text.

    Raises:
        SignatureError: With every place where ``value`` has another structure.
    """
    problems: list[Problem] = []
    leaves = tuple(_flatten(node, value, path, problems))
    if problems:
        raise SignatureError("The value does not fit the signature:", problems)
    return leaves


def _flatten(node: SignatureNode, value: Any, path: Path, problems: list[Problem]) -> Iterator[Any]:
    match node:
        case TensorSpec():
            if value is None or isinstance(value, Mapping):
                problems.append(Problem(str(path), f"a tensor {node}", type(value).__name__))
            yield value
        case Absent():
            if value is not None:
                problems.append(Problem(str(path), "None", type(value).__name__))
        case MappingNode():
            keys = [key for key, _ in node.entries]
            if not isinstance(value, Mapping) or set(value) != set(keys):
                problems.append(Problem(str(path), f"a mapping with keys {keys}", _brief(value)))
                return
            for key, child in node.entries:
                yield from _flatten(child, value[key], path.child(key), problems)
        case ListNode() | TupleNode():
            if not isinstance(value, list | tuple) or len(value) != len(node.items):
                wanted = f"a sequence of {len(node.items)}"
                problems.append(Problem(str(path), wanted, _brief(value)))
                return
            for index, child in enumerate(node.items):
                yield from _flatten(child, value[index], path.child(index), problems)


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"a mapping with keys {list(value)}"
    if isinstance(value, list | tuple):
        return f"a sequence of {len(value)}"
    return type(value).__name__
