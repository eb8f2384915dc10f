"""Convert between nested values and the flat, ordered tensors of a LiteRT file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.errors import Problem, SignatureError
from litert_ir.errors.shown import shown
from litert_ir.ir.fold import SignatureVisitor, fold
from litert_ir.ir.nodes import ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import TensorSpec
from litert_ir.visitors.nested import Nested


@attrs.define
class Unflatten(Nested):
    """A visitor that rebuilds the nested value from flat ones, consumed in order."""

    flat: Iterator[Any]

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> Any:
        value = next(self.flat, _MISSING)
        if value is _MISSING:
            raise _count_error(path, "none left")
        return value


def unflatten(node: SignatureNode, flat: Sequence[Any], path: Path) -> Any:
    """Rebuild the nested value whose leaves are ``flat``, in order.

    Raises:
        SignatureError: When the number of values is not the number of tensors.
    """
    leaves = iter(flat)
    value = fold(node, Unflatten(leaves), path)
    if next(leaves, _MISSING) is not _MISSING:
        raise _count_error(path, "too many values")
    return value


_MISSING = object()


def _count_error(path: Path, received: str) -> SignatureError:
    problem = Problem(str(path), "one value per tensor", received)
    return SignatureError("The values do not fit the signature:", [problem])


def call_arguments(signature: Signature, flat: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the positional and the keyword arguments of ``call``.

    The first argument is positional, as Keras expects of tensors; all others are keyword arguments.

    Args:
        signature: The signature of the call.
        flat: One value per tensor, in the order of the file's inputs.

    Raises:
        SignatureError: When the number of values is not the number of tensors.
    """
    leaves = iter(flat)
    values = [fold(arg.value, Unflatten(leaves), arg.path) for arg in signature.arguments]
    if next(leaves, _MISSING) is not _MISSING:
        raise _count_error(signature.arguments[-1].path, "too many values")
    by_position = 0 if signature.arguments[0].keyword_only else 1
    names = [arg.name for arg in signature.arguments]
    keywords = dict(zip(names[by_position:], values[by_position:], strict=True))
    return values[:by_position], keywords


Flat = tuple[Any, ...]


@attrs.define
class Flatten(SignatureVisitor[Flat]):
    """A visitor that collects the leaves of a nested value and records structural faults."""

    value: Any
    root: Path
    problems: list[Problem] = attrs.field(factory=list)

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> Flat:
        value = self._at(path)
        sound = value is not None and not isinstance(value, Mapping | list | tuple)
        self._expect(sound, path, f"a tensor {spec}", value)
        return (value,)

    @override
    def visit_absent(self, path: Path) -> Flat:
        value = self._at(path)
        self._expect(value is None, path, "None", value)
        return ()

    @override
    def visit_mapping(self, path: Path, node: MappingNode, children: tuple[Flat, ...]) -> Flat:
        value = self._at(path)
        keys = [key for key, _ in node.entries]
        sound = isinstance(value, Mapping) and set(value) == set(keys)
        self._expect(sound, path, f"a mapping with keys {keys}", value)
        return _concatenate(children)

    @override
    def visit_list(self, path: Path, node: ListNode, children: tuple[Flat, ...]) -> Flat:
        return self._sequence(path, children)

    @override
    def visit_tuple(self, path: Path, node: TupleNode, children: tuple[Flat, ...]) -> Flat:
        return self._sequence(path, children)

    def _sequence(self, path: Path, children: tuple[Flat, ...]) -> Flat:
        value = self._at(path)
        sound = isinstance(value, list | tuple) and len(value) == len(children)
        self._expect(sound, path, f"a sequence of {len(children)}", value)
        return _concatenate(children)

    def _expect(self, sound: bool, path: Path, expected: str, value: Any) -> None:
        if not sound and value is not _MISSING:
            self.problems.append(Problem(str(path), expected, _brief(value)))

    def _at(self, path: Path) -> Any:
        """Return the part of the value at ``path``, or _MISSING where a parent is malformed."""
        value = self.value
        for step in path.steps[len(self.root.steps) :]:
            if not _has(value, step):
                return _MISSING
            value = value[step]
        return value


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, Mapping):
        return step in value
    return isinstance(value, list | tuple) and isinstance(step, int) and step < len(value)


def _concatenate(children: tuple[Flat, ...]) -> Flat:
    return tuple(leaf for child in children for leaf in child)


def flatten(node: SignatureNode, value: Any, path: Path) -> Flat:
    """Flatten a nested value to its leaves in the order of the tree.

    Args:
        node: The tree whose structure ``value`` must have. Lists and tuples are interchangeable;
            mapping keys must be the same, in any order.
        value: The nested value; a leaf is anything but None, a mapping, a list or a tuple.
        path: The path of ``value``, for errors.

    Raises:
        SignatureError: With every path at which ``value`` has another structure.
    """
    visitor = Flatten(value, path)
    leaves = fold(node, visitor, path)
    if visitor.problems:
        raise SignatureError("The value does not fit the signature:", visitor.problems)
    return leaves


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"a mapping with keys {shown(list(value))}"
    if isinstance(value, list | tuple):
        return f"a sequence of {len(value)}"
    return type(value).__name__
