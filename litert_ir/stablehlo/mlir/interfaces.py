"""The interfaces of MLIR's objects that are used here: the bindings come without types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

__all__ = [
    "Attribute",
    "Block",
    "Location",
    "Module",
    "Operation",
    "Region",
    "Type",
    "Value",
]


class Type(Protocol):
    """The type of a value; types are unique in a context."""

    @property
    def typeid(self) -> object:
        """The identifier of the type's class."""


class Attribute(Protocol):
    """A constant that belongs to an operation; attributes are unique in a context."""

    @property
    def type(self) -> Type:
        """The type of what it holds."""

    def get_named(self, name: str, /) -> object:
        """The attribute under a name."""


class Location(Protocol):
    """The origin of an operation in the model."""

    @property
    def attr(self) -> Attribute:
        """The location as an attribute."""

    def __enter__(self) -> object: ...

    def __exit__(self, *failure: object) -> None: ...


class Use(Protocol):
    """A use of a value as an operand."""

    @property
    def owner(self) -> Operation:
        """The operation that uses the value."""

    @property
    def operand_number(self) -> int:
        """The operand's position."""


class Value(Protocol):
    """A result of an operation, or an argument of a block."""

    @property
    def type(self) -> Type:
        """The value's type."""

    @property
    def owner(self) -> Any:
        """The operation that defines it, or the block; see `litert_ir.stablehlo.mlir.values`."""

    @property
    def uses(self) -> Iterable[Use]:
        """The uses of the value."""

    def set_type(self, kind: Type, /) -> None:
        """Give it another type, in place."""

    def replace_all_uses_with(self, value: Value, /) -> None:
        """Replace the value in all operations that use it."""

    def replace_all_uses_except(self, value: Value, exception: Operation, /) -> None:
        """Replace the value in all its users but one operation."""


class Values(Protocol):
    """The operands of an operation."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Value]: ...

    def __getitem__(self, position: int, /) -> Value: ...

    def __setitem__(self, position: int, value: Value, /) -> None: ...


class Attributes(Protocol):
    """The attributes of an operation, by name."""

    def __contains__(self, name: str, /) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...

    def __getitem__(self, name: str, /) -> Attribute: ...

    def __setitem__(self, name: str, attribute: Attribute, /) -> None: ...

    def __delitem__(self, name: str, /) -> None: ...

    def get(self, name: str, /) -> Attribute | None:
        """The attribute of a name; None where there is none."""

    def items(self) -> Iterable[tuple[str, Attribute]]:
        """The names and the attributes."""


class Operation(Protocol):
    """An operation of a dialect."""

    location: Location

    @property
    def name(self) -> str:
        """With the dialect, such as ``stablehlo.add``."""

    @property
    def attributes(self) -> Attributes:
        """The operation's attributes."""

    @property
    def operands(self) -> Values:
        """The values that it takes."""

    @property
    def results(self) -> Sequence[Value]:
        """The values that it gives."""

    @property
    def regions(self) -> Sequence[Region]:
        """The regions that it holds, such as the body of a loop."""

    @property
    def block(self) -> Block:
        """The block that it is in."""

    @property
    def parent(self) -> Operation | None:
        """The operation whose region it is in."""

    @property
    def operation(self) -> Operation:
        """The operation itself, where a block gives a view of it."""

    def clone(self) -> Operation:
        """A copy with the same operands, in no block."""

    def erase(self) -> None:
        """Remove it from its block; its results must have no uses."""

    def move_before(self, other: Operation, /) -> None:
        """Move it in front of another operation."""

    def verify(self) -> bool:
        """Require it to be well-formed."""

    def walk(self, visit: Callable[[Operation], object], order: object, /) -> None:
        """Visit it, and the operations in its regions."""

    def get_asm(
        self,
        *,
        large_elements_limit: int | None = None,
        enable_debug_info: bool = False,
        print_generic_op_form: bool = False,
    ) -> str:
        """Print it."""


class Block(Protocol):
    """A sequence of operations, with arguments."""

    @property
    def arguments(self) -> Sequence[Value]:
        """The block's arguments."""

    @property
    def operations(self) -> Sequence[Operation]:
        """Views of its operations."""

    @property
    def owner(self) -> Operation | None:
        """The operation whose region it is in."""

    def append(self, op: Operation, /) -> None:
        """Move an operation to its end."""

    def add_argument(self, kind: Type, location: Location, /) -> Value:
        """One more argument, the last one."""

    def erase_argument(self, position: int, /) -> None:
        """Remove an argument without uses."""


class Blocks(Protocol):
    """The blocks of a region."""

    def __iter__(self) -> Iterator[Block]: ...

    def __getitem__(self, position: int, /) -> Block: ...

    def append(self, *kinds: Type) -> Block:
        """A new block with arguments of these types."""


class Region(Protocol):
    """Blocks in an operation."""

    @property
    def blocks(self) -> Blocks:
        """The region's blocks."""


class Module(Protocol):
    """A module: an operation whose one block holds functions."""

    @property
    def operation(self) -> Operation:
        """The operation."""

    @property
    def body(self) -> Block:
        """The block of the functions."""
