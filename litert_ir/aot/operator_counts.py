"""Count a file's operators, and find the offsets of its constants, from its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import attrs

from litert_ir.runtime.interface_reader import file_tables

T = TypeVar("T")

DISPATCH = "DISPATCH_OP"
"""The custom operator that dispatches a partition to a vendor's runtime."""

_FLEX_PREFIX = "Flex"


@attrs.frozen(kw_only=True)
class OperatorCount:
    """The operators of a file, over all its subgraphs.

    Attributes:
        kernels: The number that LiteRT's kernels run.
        partitions: The number of dispatch operators, each for a partition that a vendor's runtime
            runs.
        flex: The number of ``kernels`` that need the Flex delegate.
    """

    kernels: int
    partitions: int
    flex: int


def count_operators(path: Path) -> OperatorCount:
    """Count the operators of a file.

    Raises:
        FileRejectedError: When it is no LiteRT file.
    """
    names = _reading(path, lambda model: list(_custom_names(model)))
    partitions = names.count(DISPATCH)
    return OperatorCount(
        kernels=len(names) - partitions,
        partitions=partitions,
        flex=sum(name.startswith(_FLEX_PREFIX) for name in names),
    )


def misaligned_constants(path: Path, alignment: int) -> int:
    """Count the constants that do not begin at a multiple of ``alignment`` bytes in the file.

    Raises:
        FileRejectedError: When it is no LiteRT file.
    """
    starts = _reading(path, lambda model: list(_constant_starts(model)))
    return sum(start % alignment != 0 for start in starts)


def _reading(path: Path, read: Callable[[Any], T]) -> T:
    with file_tables(path) as model:
        return read(model)


def _custom_names(model: Any) -> Iterator[str]:
    """Yield the custom name of each operator, empty for builtins."""
    codes = [
        (model.OperatorCodes(index).CustomCode() or b"").decode()
        for index in range(model.OperatorCodesLength())
    ]
    for index in range(model.SubgraphsLength()):
        graph = model.Subgraphs(index)
        for place in range(graph.OperatorsLength()):
            yield codes[graph.Operators(place).OpcodeIndex()]


def _constant_starts(model: Any) -> Iterator[int]:
    """Yield the file offset of each constant tensor, inside of the flatbuffer or behind it."""
    used = {
        graph.Tensors(place).Buffer()
        for graph in map(model.Subgraphs, range(model.SubgraphsLength()))
        for place in range(graph.TensorsLength())
    }
    for index in sorted(used):
        buffer = model.Buffers(index)
        if buffer.Offset() > 1:  # 0: none; 1: a placeholder of the schema
            yield int(buffer.Offset())
        elif buffer.DataLength():
            table = buffer._tab  # noqa: SLF001  (the generated class has no other way)
            yield int(table.Vector(table.Offset(4)))
