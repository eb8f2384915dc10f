"""Find the lowest runtime that has the kernels of a file, from the versions of its operators.

``runtime_versions.json`` has for each built-in operator the first release of TensorFlow Lite with
each version of its kernel; it is generated from LiteRT's own table.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from litert_ir.inspection.contents import FileContents, Operator, OperatorKind
from litert_ir.inspection.regions import read_region

_TABLE = Path(__file__).with_name("runtime_versions.json")
_STATED = "min_runtime_version"
"""The name of the converter's own entry in the metadata."""


@attrs.frozen(kw_only=True)
class RuntimeNeeds:
    """The runtime that a file needs.

    Attributes:
        version: The lowest release of TensorFlow Lite (LiteRT since 2.17) that has all kernels of
            built-in operators; None where none is known to.
        because: The operators that need this one, each with its version.
        unknown: Operators whose version the table does not have.
        custom: Custom operators, whose kernels the app registers.
        flex: Operators that need the Flex delegate, by TensorFlow's name.
        stated: The version that the converter wrote into the file; None where it wrote none.
    """

    version: str | None
    because: tuple[str, ...]
    unknown: tuple[str, ...]
    custom: tuple[str, ...]
    flex: tuple[str, ...]
    stated: str | None

    @property
    def summary(self) -> str:
        """The needs as text."""
        told = [] if self.version is None else [f"TensorFlow Lite {self.version} or later"]
        if self.version is not None and self.stated not in (None, self.version):
            told.append(f"for {self.because[0]} (the file says {self.stated})")
        parts = [" ".join(told)]
        if self.unknown:
            parts.append(f"a runtime newer than is known, for {', '.join(self.unknown)}")
        if self.custom:
            parts.append(f"kernels for {', '.join(self.custom)}")
        if self.flex:
            parts.append(f"the Flex delegate, for {', '.join(self.flex)}")
        return "; ".join(filter(None, parts))


def runtime_needs_of(contents: FileContents) -> RuntimeNeeds:
    """Find the runtime that a file needs."""
    operators = [operator for graph in contents.subgraphs for operator in graph.operators]
    builtin = {(each.name, each.version) for each in operators if each.kind is OperatorKind.BUILTIN}
    runtimes = {need: first_runtime(*need) for need in sorted(builtin)}
    known = [version for version in runtimes.values() if version is not None]
    highest = max(known, key=_numbers, default=None)
    demanding = [need for need, version in runtimes.items() if version and version == highest]
    return RuntimeNeeds(
        version=highest,
        because=_texts(demanding),
        unknown=_texts(need for need, version in runtimes.items() if version is None),
        custom=_names(operators, OperatorKind.CUSTOM),
        flex=tuple(name.removeprefix("Flex") for name in _names(operators, OperatorKind.FLEX)),
        stated=_stated(contents),
    )


def first_runtime(operator: str, version: int) -> str | None:
    """Return the first release with a version of an operator's kernel; None where unknown.

    Example:
        >>> first_runtime("CONV_2D", 3), first_runtime("CONV_2D", 1000)
        ('1.14.0', None)
    """
    versions = _table().get(operator, ())
    return versions[version - 1] if 1 <= version <= len(versions) else None


@functools.cache
def _table() -> Mapping[str, Sequence[str | None]]:
    table: Mapping[str, Sequence[str | None]] = json.loads(_TABLE.read_text("utf-8"))
    return table


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _texts(needs: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(f"{name} version {version}" for name, version in needs)


def _names(operators: Iterable[Operator], kind: OperatorKind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in operators if each.kind is kind))


def _stated(contents: FileContents) -> str | None:
    for entry in contents.metadata:
        if entry.name == _STATED:
            text = read_region(contents.path, entry.region).rstrip(b"\0").decode("ascii", "replace")
            return text or None
    return None
