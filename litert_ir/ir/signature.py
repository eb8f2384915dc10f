"""The signature of a model: the arguments of its ``call``, each a tree of tensors."""

from __future__ import annotations

from typing import TypeVar

import attrs

from litert_ir.errors import SignatureError
from litert_ir.ir.checks import check_nodes
from litert_ir.ir.fold import SignatureVisitor, fold
from litert_ir.ir.leaves import Leaf, collect_leaves
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import TensorSpec

R = TypeVar("R")


@attrs.frozen
class Argument:
    """One argument of the model's ``call``.

    Attributes:
        name: Its name in ``call``'s Python signature.
        value: The tree that is passed for it.
        keyword_only: Whether ``call`` takes it by keyword only.
    """

    name: str
    value: SignatureNode
    keyword_only: bool = attrs.field(default=False, kw_only=True)

    @property
    def path(self) -> Path:
        """The root path of what is passed."""
        return Path(self.name)


@attrs.frozen
class Signature:
    """The normalized signature: one element per argument of the call, in order.

    A Functional model has a single element that holds its whole nested input structure
    (single-element wrapping: ``[nested]``), a Sequential model a flat list,
    a subclassed model one element per argument of its ``call``.

    Raises:
        SignatureError: With every fault at once: empty containers, dtypes that no LiteRT
            file can take, names or arguments that are not unique, dimensions of one name with
            different bounds.
    """

    arguments: tuple[Argument, ...] = attrs.field(validator=attrs.validators.instance_of(tuple))

    @arguments.validator
    def _check(self, _attribute: object, arguments: tuple[Argument, ...]) -> None:
        problems = check_nodes(tuple((arg.path, arg.value) for arg in arguments))
        if problems:
            raise SignatureError("The input signature is not valid:", problems)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The tensors in the order of the LiteRT file, each with its path."""
        return tuple(leaf for arg in self.arguments for leaf in collect_leaves(arg.value, arg.path))

    @property
    def tensors(self) -> tuple[TensorSpec, ...]:
        """The tensors in the order of the LiteRT file."""
        return tuple(leaf.spec for leaf in self.leaves)

    def fold(self, visitor: SignatureVisitor[R]) -> tuple[R, ...]:
        """Fold each argument's tree with the same visitor, in order."""
        return tuple(fold(arg.value, visitor, arg.path) for arg in self.arguments)
