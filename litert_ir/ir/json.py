"""Plans to JSON and back, exactly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

from cattrs import Converter
from cattrs.errors import BaseValidationError, StructureHandlerNotFoundError
from cattrs.gen import make_dict_unstructure_fn, override

from litert_ir.errors import PlanError
from litert_ir.errors.shown import shown
from litert_ir.ir.dimension_json import dim_document, dim_of, is_dim_document
from litert_ir.ir.estimate import FileEstimate
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.format_1 import upgraded
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.options import ConverterOptions
from litert_ir.ir.plan import ExportPlan, ModelSummary, Versions
from litert_ir.ir.scalars import exactly
from litert_ir.ir.tensor import Dim, TensorSpec

FORMAT = "litert_ir.plan/2"
FORMAT_1 = "litert_ir.plan/1"

_NODE_TAGS: Mapping[str, type] = {
    "tensor": TensorSpec,
    "absent": Absent,
    "mapping": MappingNode,
    "list": ListNode,
    "tuple": TupleNode,
}


def plan_to_json(plan: ExportPlan, *, indent: int | None = None) -> str:
    """The plan as JSON: keys in field order, so that equal plans give equal text."""
    document = {"format": FORMAT, **_CONVERTER.unstructure(plan, ExportPlan)}
    separators = (",", ":") if indent is None else None
    return json.dumps(document, indent=indent, separators=separators, ensure_ascii=indent is None)


def plan_from_json(text: str) -> ExportPlan:
    """Read a plan back.

    Raises:
        PlanError: When the text is not JSON, of another format, or not a valid plan.
    """
    document = _json(text)
    received = document.get("format") if isinstance(document, dict) else type(document).__name__
    if received not in (FORMAT, FORMAT_1):
        raise PlanError("This is not a plan.", expected=FORMAT, received=shown(received))
    del document["format"]
    try:
        if received == FORMAT_1:
            document = _upgraded(document)
        return _CONVERTER.structure(document, ExportPlan)
    except (BaseValidationError, StructureHandlerNotFoundError, RecursionError) as error:
        raise PlanError("This plan is damaged.", received=_first_cause(error)) from error


def _upgraded(document: dict[str, Any]) -> dict[str, Any]:
    changed = upgraded(document)
    if "options" in document:
        options = _CONVERTER.structure(document["options"], ConverterOptions).parsed()
        changed["options"] = _CONVERTER.unstructure(options)
    return changed


def _json(text: object) -> Any:
    if not isinstance(text, str | bytes | bytearray):
        raise PlanError("This is not JSON.", expected="text", received=shown(text))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also too many digits, no UTF-8
        raise PlanError("This is not JSON.", received=str(error)) from error


def _first_cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def _unstructure_dim(dim: Dim) -> object:
    return dim if isinstance(dim, int) else dim_document(dim)


def _structure_dim(value: object, _type: object) -> Dim:
    return dim_of(value) if is_dim_document(value) else exactly(value, int)


def _structure_step(value: object, _type: object) -> str | int:
    return value if isinstance(value, str) else exactly(value, int)


def _make_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for scalar in (bool, int, str):
        converter.register_structure_hook(scalar, exactly)
    converter.register_structure_hook_factory(_is_tuple, _tuple_hook)
    converter.register_unstructure_hook(Dim, _unstructure_dim)
    converter.register_structure_hook(Dim, _structure_dim)
    converter.register_structure_hook(str | int, _structure_step)
    _register_nodes(converter)
    # Written only where it is known, so that other plans keep the fingerprint they had without it.
    converter.register_unstructure_hook(
        Versions,
        make_dict_unstructure_fn(Versions, converter, jax=override(omit_if_default=True)),
    )
    converter.register_unstructure_hook(
        ModelSummary,
        make_dict_unstructure_fn(
            ModelSummary, converter, compute_dtypes=override(omit_if_default=True)
        ),
    )
    converter.register_unstructure_hook(
        FileOptions,
        make_dict_unstructure_fn(FileOptions, converter, _cattrs_omit_if_default=True),
    )
    converter.register_unstructure_hook(
        FileEstimate,
        make_dict_unstructure_fn(
            FileEstimate, converter, float_bytes=override(omit_if_default=True)
        ),
    )
    converter.register_unstructure_hook(
        ExportPlan,
        make_dict_unstructure_fn(
            ExportPlan,
            converter,
            estimate=override(omit_if_default=True),
            task=override(omit_if_default=True),
            stored=override(omit_if_default=True),
        ),
    )
    return converter


def _is_tuple(cls: Any) -> bool:
    return get_origin(cls) is tuple


def _tuple_hook(cls: Any, converter: Converter) -> Callable[[object, Any], tuple[Any, ...]]:
    """Tuples come from JSON arrays only; cattrs by itself would take a string apart."""
    members = get_args(cls)

    def structure(value: object, _type: Any) -> tuple[Any, ...]:
        items = exactly(value, list)
        types = [members[0]] * len(items) if members[-1] is Ellipsis else members
        return tuple(
            converter.structure(item, member) for item, member in zip(items, types, strict=True)
        )

    return structure


def _register_nodes(converter: Converter) -> None:
    """Tag each node with its kind; the tree is recursive, so the union is registered first."""

    def structure(value: object, _type: object) -> SignatureNode:
        if not isinstance(value, dict) or value.get("node") not in tuple(_NODE_TAGS):
            raise ValueError(f"not a signature node: {shown(value)}")
        fields = {key: item for key, item in value.items() if key != "node"}
        node: SignatureNode = converter.structure(fields, _NODE_TAGS[value["node"]])
        return node

    converter.register_structure_hook(SignatureNode, structure)
    for tag, cls in _NODE_TAGS.items():
        converter.register_unstructure_hook(cls, _tagging(tag, cls, converter))


def _tagging(tag: str, cls: type, converter: Converter) -> Callable[[object], dict[str, Any]]:
    fields_of: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(
        cls, converter, _cattrs_omit_if_default=True
    )
    return lambda node: {"node": tag, **fields_of(node)}


_CONVERTER = _make_converter()
