"""Read typed data from JSON strictly: nothing is converted, and unknown keys are errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

from cattrs import Converter

from litert_ir.errors.shown import shown
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.dimension_json import dim_of, is_dim_document
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.scalars import exactly
from litert_ir.ir.tensor import Dim, TensorSpec

NODE = "node"
"""The key of a signature node's kind."""

NODE_TAGS: Mapping[str, type] = {
    "tensor": TensorSpec,
    "absent": Absent,
    "mapping": MappingNode,
    "list": ListNode,
    "tuple": TupleNode,
}


def strict_converter() -> Converter:
    """A converter for the scalars, tuples, dimensions and signature nodes that plans consist of."""
    converter = Converter(forbid_extra_keys=True)
    for scalar in (bool, int, float, str):
        converter.register_structure_hook(scalar, exactly)
    converter.register_structure_hook_factory(_is_tuple, _tuple_hook)
    converter.register_structure_hook(Dim, _structure_dim)
    converter.register_structure_hook(str | int, _structure_step)
    converter.register_structure_hook(ConvertibleBackend, _structure_backend)
    converter.register_structure_hook(SignatureNode, _node_hook(converter))
    return converter


def _structure_dim(value: object, _type: object) -> Dim:
    return dim_of(value) if is_dim_document(value) else exactly(value, int)


def _structure_step(value: object, _type: object) -> str | int:
    return value if isinstance(value, str) else exactly(value, int)


def _structure_backend(value: object, _type: object) -> ConvertibleBackend:
    """Read a member by its value; cattrs would take the class for any other kind of string."""
    return ConvertibleBackend(exactly(value, str))


def _is_tuple(cls: Any) -> bool:
    return get_origin(cls) is tuple


def _tuple_hook(cls: Any, converter: Converter) -> Callable[[object, Any], tuple[Any, ...]]:
    """Read tuples from JSON arrays only; cattrs by itself would split a string."""
    members = get_args(cls)

    def structure(value: object, _type: Any) -> tuple[Any, ...]:
        items = exactly(value, list)
        types = [members[0]] * len(items) if members[-1] is Ellipsis else members
        return tuple(
            converter.structure(item, member) for item, member in zip(items, types, strict=True)
        )

    return structure


def _node_hook(converter: Converter) -> Callable[[object, object], SignatureNode]:
    def structure(value: object, _type: object) -> SignatureNode:
        if not isinstance(value, dict) or value.get(NODE) not in tuple(NODE_TAGS):
            raise ValueError(f"not a signature node: {shown(value)}")
        fields = {key: item for key, item in value.items() if key != NODE}
        node: SignatureNode = converter.structure(fields, NODE_TAGS[value[NODE]])
        return node

    return structure
