"""Read from a file's tables the ranges of inputs that it holds as integers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from litert_ir.backends.litert.schema import type_name
from litert_ir.runtime.interface_reader import file_tables, is_quantized, read_interface_by_name

_INTEGERS = frozenset({"int8", "uint8", "int16"})

Range = tuple[float, float]
"""The least and the largest value that the integers of a tensor stand for."""


def read_input_ranges(path: Path) -> dict[str, Range]:
    """Read the range of each input that is quantized, or that an operator quantizes.

    These are the ranges of the samples that the file was calibrated on; what lies outside is
    clipped.

    Returns:
        The ranges by the names of the inputs in the file's signature; other inputs have none.

    Raises:
        FileRejectedError: When this is not a LiteRT file, or the tables are damaged.
    """
    interface = read_interface_by_name(path)
    with file_tables(path) as model:
        graph = model.Subgraphs(interface.subgraph)
        names = dict(zip(_indices(model, graph), interface.inputs, strict=True))
        return {names[index].name: found for index, found in _ranges(graph, set(names))}


def _indices(model: Any, graph: Any) -> list[int]:
    """Return the numbers of the input tensors, in the order of the interface."""
    if model.SignatureDefsLength() == 0:
        return list(map(graph.Inputs, range(graph.InputsLength())))
    signature = model.SignatureDefs(0)
    return [signature.Inputs(at).TensorIndex() for at in range(signature.InputsLength())]


def _ranges(graph: Any, inputs: set[int]) -> Iterator[tuple[int, Range]]:
    for index in inputs:
        yield from ((index, found) for found in _range_of(graph.Tensors(index)))
    for operator in map(graph.Operators, range(graph.OperatorsLength())):
        if (
            operator.InputsLength() == operator.OutputsLength() == 1
            and operator.Inputs(0) in inputs
        ):
            given, result = graph.Tensors(operator.Inputs(0)), graph.Tensors(operator.Outputs(0))
            if type_name(given.Type()).startswith("float"):
                yield from ((operator.Inputs(0), found) for found in _range_of(result))


def _range_of(tensor: Any) -> Iterator[Range]:
    """Yield the range of a tensor that has one scale."""
    dtype = type_name(tensor.Type())
    if dtype not in _INTEGERS or not is_quantized(tensor):
        return
    parameters = tensor.Quantization()
    if parameters.ScaleLength() == 1:
        scale = float(parameters.Scale(0))
        zero = int(parameters.ZeroPoint(0)) if parameters.ZeroPointLength() else 0
        limits = np.iinfo(dtype)
        yield scale * (limits.min - zero), scale * (limits.max - zero)
