"""A traced TensorFlow function as a `FunctionDef`, on its way into MLIR."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Self

from typing_extensions import override

_LARGE = 1 << 12
"""The bytes from which on equal constants are merged: layers make the same tables and masks."""


class SerializedFunction:
    """A concrete function in the form that `tf.mlir.experimental.convert_function` reads.

    That takes the text of its `FunctionDef`, in which each byte of a constant has up to four
    characters, only to parse it again. The native parser takes the binary form, too: with 10 MB
    of constants it is done four times as fast, in less memory.

    Args:
        definition: The `FunctionDef` in its binary form.
    """

    def __init__(self, definition: bytes) -> None:
        self.function_def = self
        self._text = _Encoded(definition)

    @override
    def __str__(self) -> str:
        return self._text


class _Encoded(str):
    """A text whose encoding is known."""

    __slots__ = ("_data",)

    def __new__(cls, data: bytes) -> Self:
        text = super().__new__(cls)
        text._data = data
        return text

    _data: bytes

    @override
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return self._data


def binary_definition(function: Any) -> bytes:
    """The `FunctionDef` of a concrete function, with each large constant once.

    TensorFlow's import into MLIR makes several copies of each constant.
    """
    definition = function.function_def
    same = _repeated_constants(definition)
    if same:
        _read_instead(definition, same)
    content: bytes = definition.SerializeToString()
    return content


def _repeated_constants(definition: Any) -> dict[str, str]:
    """Names of constants that are equal to an earlier one, with the name of that."""
    first: dict[bytes, str] = {}
    same: dict[str, str] = {}
    for node in definition.node_def:
        if node.op == "Const" and not node.input and node.ByteSize() >= _LARGE:
            value = node.attr["value"].SerializeToString(deterministic=True)
            name = first.setdefault(hashlib.sha256(value).digest(), node.name)
            if name != node.name:
                same[node.name] = name
    return same


def _read_instead(definition: Any, same: Mapping[str, str]) -> None:
    """Remove nodes from a function, and redirect their readers to others."""
    nodes = definition.node_def
    for index in reversed(range(len(nodes))):
        if nodes[index].name in same:
            del nodes[index]
    for node in nodes:
        for place, source in enumerate(node.input):
            node.input[place] = _renamed(source, same)
    for result, source in list(definition.ret.items()):
        definition.ret[result] = _renamed(source, same)


def _renamed(source: str, same: Mapping[str, str]) -> str:
    """A reference such as ``table:output:0`` or ``^table`` to another node."""
    control = "^" if source.startswith("^") else ""
    name, colon, output = source.removeprefix("^").partition(":")
    return f"{control}{same.get(name, name)}{colon}{output}"
