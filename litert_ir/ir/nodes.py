"""The nodes of a signature tree: tensors in any nesting of mappings, lists and tuples."""

from __future__ import annotations

import attrs

from litert_ir.ir.tensor import TensorSpec

MOST_NESTED = 64
"""The most containers around a tensor, in what is read and kept: each costs levels of recursion."""


@attrs.frozen
class Absent:
    """An optional input that is left out: the call receives None in its place."""


@attrs.frozen
class MappingNode:
    """A dict with string keys; the order of ``entries`` is the order in the LiteRT file."""

    entries: tuple[tuple[str, SignatureNode], ...] = attrs.field(
        validator=attrs.validators.instance_of(tuple)
    )

    @entries.validator
    def _keys_are_distinct_strings(
        self, _attribute: object, entries: tuple[tuple[str, SignatureNode], ...]
    ) -> None:
        keys: list[object] = [key for key, _ in entries]
        if not all(isinstance(key, str) and key for key in keys):
            raise TypeError(f"the keys of a mapping are non-empty strings, received {keys}")
        if len(set(keys)) != len(keys):
            raise ValueError(f"the keys of a mapping are distinct, received {keys}")


@attrs.frozen
class ListNode:
    """A list."""

    items: tuple[SignatureNode, ...] = attrs.field(validator=attrs.validators.instance_of(tuple))


@attrs.frozen
class TupleNode:
    """A tuple."""

    items: tuple[SignatureNode, ...] = attrs.field(validator=attrs.validators.instance_of(tuple))


SignatureNode = TensorSpec | Absent | MappingNode | ListNode | TupleNode
