"""Read MLIR values and attributes as Python data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import cached_in_context, element_bytes, ir
from litert_ir.stablehlo.mlir.interfaces import Attribute, Operation, Type, Value

CONSTANT_OP = "stablehlo.constant"

_DTYPE_OF_ELEMENT = {
    "i1": "bool",
    "i4": "int4",
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
    "i64": "int64",
    "ui8": "uint8",
    "ui16": "uint16",
    "ui32": "uint32",
    "ui64": "uint64",
    "bf16": "bfloat16",
    "f16": "float16",
    "f32": "float32",
    "f64": "float64",
    "complex<f32>": "complex64",
}
_ELEMENT_OF_DTYPE = {dtype: element for element, dtype in _DTYPE_OF_ELEMENT.items()}


def shape_of(value: Value) -> tuple[int, ...]:
    """The sizes of a value with a static shape."""
    return shape_of_type(value.type)


def dtype_of(value: Value) -> str:
    """The element type of a value, by numpy name; the MLIR name where numpy has none."""
    return dtype_of_type(value.type)


def is_static(value: Value) -> bool:
    """Tell whether a value is a tensor of static shape."""
    return _is_static(value.type)


@cached_in_context
def shape_of_type(kind: Type) -> tuple[int, ...]:
    """The sizes of a type of static tensors."""
    return tuple(int(size) for size in ir.RankedTensorType(kind).shape)


@cached_in_context
def dtype_of_type(kind: Type) -> str:
    """The element type of a type of tensors; see `dtype_of`."""
    element = str(ir.RankedTensorType(kind).element_type)
    return _DTYPE_OF_ELEMENT.get(element, element)


@cached_in_context
def _is_static(kind: Type) -> bool:
    return isinstance(kind, ir.RankedTensorType) and bool(kind.has_static_shape)


def is_tensor(value: Value) -> bool:
    """Tell whether a value is a ranked tensor."""
    return isinstance(value.type, ir.RankedTensorType)


def nbytes_of(value: Value) -> int:
    """The bytes of a static tensor; elements of other than numbers count one each."""
    element = ir.RankedTensorType(value.type).element_type
    return math.prod(shape_of(value)) * max(1, getattr(element, "width", 8) // 8)


def dynamic_axes(value: Value) -> tuple[int, ...]:
    """The dimensions of a tensor whose sizes are unknown."""
    kind = ir.RankedTensorType(value.type)
    return tuple(axis for axis in range(kind.rank) if kind.is_dynamic_dim(axis))


def with_sizes(kind: Type, sizes: Sequence[int]) -> Type:
    """The type of static tensors of the same elements."""
    made: Type = ir.RankedTensorType.get(list(sizes), ir.RankedTensorType(kind).element_type)
    return made


def tensor_type(shape: Sequence[int], dtype: str) -> Type:
    """The type of a static tensor."""
    return _tensor_type(tuple(shape), dtype)


@cached_in_context
def _tensor_type(shape: tuple[int, ...], dtype: str) -> Type:
    element = ir.Type.parse(_ELEMENT_OF_DTYPE[dtype])
    kind: Type = ir.RankedTensorType.get(list(shape), element)
    return kind


def producer(value: Value) -> Operation | None:
    """The operation that defines a value; None for an argument of a function or region."""
    owner = value.owner
    return None if isinstance(owner, ir.Block) else owner.operation


def users(value: Value) -> list[Operation]:
    """The operations that use a value, one entry per use."""
    return [use.owner.operation for use in value.uses]


def has_one_use(value: Value) -> bool:
    """Tell whether a value has exactly one use."""
    uses = iter(value.uses)
    return next(uses, None) is not None and next(uses, None) is None


def is_broadcast(value: Value) -> bool:
    """Tell whether a value is an explicit broadcast; LiteRT's ops broadcast by themselves."""
    op = producer(value)
    return op is not None and op.name == "stablehlo.broadcast_in_dim"


def both_orders(op: Operation) -> tuple[tuple[Value, Value], tuple[Value, Value]]:
    """The two operands of an operation that commutes, in both orders."""
    left, right = op.operands
    return (left, right), (right, left)


def op_name(op: Operation) -> str:
    """An operation's name; of a custom call, the name of what it calls, such as ``tf.TopKV2``."""
    if op.name == "stablehlo.custom_call":
        return string(op.attributes["call_target_name"])
    return str(op.name)


def integer(op: Operation, name: str, default: int = 0) -> int:
    """An integer attribute."""
    return int(ir.IntegerAttr(op.attributes[name]).value) if name in op.attributes else default


def flag(op: Operation, name: str) -> bool:
    """A boolean attribute; False where it is missing."""
    return name in op.attributes and bool(ir.BoolAttr(op.attributes[name]).value)


def text(op: Operation, name: str, default: str = "") -> str:
    """A string attribute."""
    return string(op.attributes[name]) if name in op.attributes else default


def integers(op: Operation, name: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
    """An attribute that is an array of integers."""
    if name not in op.attributes:
        return default
    return tuple(int(item) for item in ir.DenseI64ArrayAttr(op.attributes[name]))


def properties(op: Operation) -> dict[str, Attribute]:
    """The attributes of an operation of an unregistered dialect, its properties included.

    The bindings give such a property by its name alone; all of them are in the printed form,
    behind the operands, and MLIR parses them from there.
    """
    bare = op.clone()
    for name in list(bare.attributes):
        del bare.attributes[name]
    _, opened, rest = bare.get_asm(print_generic_op_form=True).partition(" <{")
    bare.erase()
    inside, _, _ = rest.rpartition("}> : (")
    found = ir.DictAttr(ir.Attribute.parse(f"{{{inside}}}")) if opened else ()
    return {item.name: item.attr for item in found} | dict(op.attributes.items())


def flags(op: Operation, name: str) -> tuple[bool, ...]:
    """An attribute that is an array of booleans; empty where it is missing."""
    return tuple(ir.DenseBoolArrayAttr(op.attributes[name])) if name in op.attributes else ()


def number(op: Operation, name: str) -> float:
    """A floating-point attribute."""
    return float(ir.FloatAttr(op.attributes[name]).value)


def symbol_name(op: Operation, name: str) -> str:
    """The name of the function that an attribute refers to."""
    return str(ir.FlatSymbolRefAttr(op.attributes[name]).value)


def string(attribute: Attribute) -> str:
    """The characters of a string attribute."""
    return str(ir.StringAttr(attribute).value)


def items(attribute: Attribute) -> list[int | float]:
    """The numbers of an attribute that is an array of attributes."""
    return [item.value for item in ir.ArrayAttr(attribute)]


def attributes_of(op: Operation) -> dict[str, Any]:
    """The attributes of an operation, for another one like it."""
    return dict(op.attributes.items())


def reducer_of(op: Operation) -> str | None:
    """The one operation by which a reduction combines two elements; None if there are several."""
    (region,) = op.regions
    first, *others = list(region.blocks[0].operations)
    left, right = (
        region.blocks[0].arguments if len(region.blocks[0].arguments) == 2 else (None,) * 2
    )
    commutes = len(others) == 1 and set(first.operation.operands) == {left, right}
    return str(first.operation.name) if commutes else None


def constant_array(op: Operation) -> NDArray[Any]:
    """The value of a `CONSTANT_OP`; splats are broadcast views."""
    return array_of(op.attributes["value"], shape_of(op.results[0]), dtype_of(op.results[0]))


@cached_in_context
def splat_attribute(kind: Type, element: bytes) -> Attribute:
    """The attribute of a tensor type whose elements are all one number, given by its bytes."""
    dtype = dtype_of_type(kind)
    one = np.frombuffer(element, np.dtype(dtype)).reshape(())
    scalar = ir.DenseElementsAttr.get(one, type=_tensor_type((), dtype))
    splat: Attribute = ir.DenseElementsAttr.get_splat(kind, scalar.get_splat_value())
    return splat


def array_of(attribute: Attribute, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """The elements of an attribute; splats are broadcast views."""
    element = splat_element(attribute, dtype)
    if element is not None:
        return np.broadcast_to(element, shape)
    return np.frombuffer(element_bytes(attribute), dtype).reshape(shape)


def splat_element(attribute: Attribute, dtype: str) -> NDArray[Any] | None:
    """The scalar that all elements of an attribute are; None if they differ."""
    elements = ir.DenseElementsAttr(attribute)
    if not elements.is_splat:
        return None
    return np.asarray(elements.get_splat_value().value, dtype=dtype)
