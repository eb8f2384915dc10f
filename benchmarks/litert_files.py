"""Read the operators of a LiteRT file. ai_edge_litert is imported when a file is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.records import LiteRTFileFacts


def facts_of(path: Path) -> LiteRTFileFacts:
    """Read size and operators off a file; its weights are not read.

    Args:
        path: A LiteRT file, of any size.
    """
    operators = Counter(_operators(np.memmap(path, mode="r")))
    return LiteRTFileFacts(
        size=path.stat().st_size,
        operators=tuple(sorted(operators.items(), key=lambda entry: (-entry[1], entry[0]))),
    )


def _operators(data: Any) -> Iterator[str]:
    """The name of every operator in every subgraph, once per use."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(data, 0)
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    codes = [_name(model.OperatorCodes(i), names) for i in range(model.OperatorCodesLength())]
    for index in range(model.SubgraphsLength()):
        graph = model.Subgraphs(index)
        for position in range(graph.OperatorsLength()):
            yield codes[graph.Operators(position).OpcodeIndex()]


def _name(code: Any, names: dict[int, str]) -> str:
    custom = code.CustomCode()
    if custom is not None:
        return str(custom.decode())
    # Files of older schemas have the number in the narrow field alone, new ones the larger.
    return names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
