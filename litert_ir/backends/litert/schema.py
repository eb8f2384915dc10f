"""The vocabulary of the LiteRT schema: names for its numbers, and new objects of its tables."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from litert_ir.backends import load_schema

_ENUMERATIONS: Mapping[str, str] = {
    "fusedActivationFunction": "ActivationFunctionType",
    "inDataType": "TensorType",
    "mode": "MirrorPadMode",
    "outDataType": "TensorType",
    "padding": "Padding",
}
"""The enumerations of options' fields."""


def tables(content: Any) -> Any:
    """The schema's ``Model`` of a file's content, which is read where it is looked at.

    Args:
        content: Bytes, or what gives them, as a memory map does.
    """
    return load_schema().Model.GetRootAs(content, 0)


def new_table(name: str) -> Any:
    """An empty object of one of the schema's tables.

    Args:
        name: The table's name, such as ``Tensor``, of which the object is a `TensorT`.
    """
    return getattr(load_schema(), f"{name}T")()


def operator_name(model: Any, operator: Any) -> str:
    """The name of a built-in operator, such as ``ADD``; of another one, ``CUSTOM``.

    Args:
        model: A `ModelT`.
        operator: An `OperatorT` of one of its subgraphs.
    """
    return _names("BuiltinOperator")[builtin_code(model.operatorCodes[operator.opcodeIndex])]


def builtin_code(code: Any) -> int:
    """The number of a built-in operator.

    The schema's first field for it has one byte; files from before the second field have 0 there.

    Args:
        code: An `OperatorCodeT`.
    """
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def builtin_code_in(table: Any) -> int:
    """The number of a built-in operator, as `builtin_code`, without unpacking it.

    Args:
        table: An ``OperatorCode`` of tables that are read where they are looked at.
    """
    return max(int(table.BuiltinCode()), int(table.DeprecatedBuiltinCode()))


def builtin_name(code: int) -> str:
    """The name of a built-in operator's number; of one from a later schema, ``BUILTIN_n``."""
    return _names("BuiltinOperator").get(code, f"BUILTIN_{code}")


def builtin_number(name: str) -> int:
    """The schema's number of a built-in operator, such as ``ADD``."""
    return _numbers("BuiltinOperator")[name]


def type_name(number: int) -> str:
    """The name of an element type by numpy, such as ``float32``, and of others, as ``int4``."""
    return _names("TensorType")[number].lower()


def type_number(dtype: str) -> int:
    """The schema's number of an element type; `type_name` the other way around.

    Raises:
        KeyError: When the schema has no such type.
    """
    return _numbers("TensorType")[dtype.upper()]


def options_number(table: str) -> int:
    """The schema's number of a table of options, such as ``AddOptions``."""
    return _numbers("BuiltinOptions")[table]


def option_texts(operator: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields of an operator's built-in options as text, enumerations by their names.

    Args:
        operator: An `OperatorT`.
    """
    for options in (operator.builtinOptions, operator.builtinOptions2):
        for field, value in vars(options).items() if options is not None else ():
            yield field, _option_text(field, value)


def _option_text(field: str, value: Any) -> str:
    enumeration = _ENUMERATIONS.get(field)
    if enumeration is not None:
        return _names(enumeration).get(value, str(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(list(value)) if hasattr(value, "__len__") else str(value)


@functools.cache
def _numbers(enumeration: str) -> Mapping[str, int]:
    members = vars(getattr(load_schema(), enumeration)).items()
    return {name: number for name, number in members if not name.startswith("_")}


@functools.cache
def _names(enumeration: str) -> Mapping[int, str]:
    return {number: name for name, number in _numbers(enumeration).items()}
