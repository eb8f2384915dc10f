"""Read from a file's tables in which precisions it stores weights and computes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from litert_ir.backends.litert.schema import builtin_code_in, builtin_number, type_name
from litert_ir.ir.quantization import Precision
from litert_ir.runtime.interface_reader import file_tables, is_quantized
from litert_ir.runtime.tensor_table import is_constant

_HALVES = ("float16", "bfloat16")
_BYTES = ("int8", "uint8")
_SMALLER = ("int4", "uint4", "int2")
_IN_16_BITS = "int16"


def read_precisions(path: Path) -> tuple[Precision, ...]:
    """Read the precisions of a file, in the order of `Precision`; `FLOAT` alone if none other.

    Weights in fewer bits are told from the operators that read them: a dequantization makes them
    floats for others to use (weight-only), any other operator with a float result computes with
    them itself (dynamic range). Activations with a scale are those of integer kernels. Weights in
    less than 4 bits count as int4.

    Raises:
        FileRejectedError: When this is not a LiteRT file, or the tables are damaged.
    """
    with file_tables(path) as model:
        graphs = map(model.Subgraphs, range(model.SubgraphsLength()))
        found = {each for graph in graphs for each in _in_graph(model, graph)}
    return tuple(each for each in Precision if each in found) or (Precision.FLOAT,)


def _in_graph(model: Any, graph: Any) -> Iterator[Precision]:
    tensors = [graph.Tensors(index) for index in range(graph.TensorsLength())]
    weights = {index for index, tensor in enumerate(tensors) if is_constant(model, tensor)}
    for index, tensor in enumerate(tensors):
        dtype = type_name(tensor.Type())
        if index not in weights and is_quantized(tensor):
            if dtype in _BYTES:
                yield Precision.INTEGER
            elif dtype == _IN_16_BITS:
                yield Precision.INTEGER_16X8
    for operator in map(graph.Operators, range(graph.OperatorsLength())):
        used = {operator.Inputs(at) for at in range(operator.InputsLength())} & weights
        results = [tensors[operator.Outputs(at)] for at in range(operator.OutputsLength())]
        if any(type_name(result.Type()) == "float32" for result in results):
            dequantizes = _code(model, operator) == builtin_number("DEQUANTIZE")
            for index in used:
                yield from _of_weight(tensors[index], dequantizes=dequantizes)


def _of_weight(tensor: Any, *, dequantizes: bool) -> Iterator[Precision]:
    """Yield the precision of a weight whose operator has a float result."""
    dtype = type_name(tensor.Type())
    if dtype in _HALVES:
        yield Precision.FLOAT16_WEIGHTS
    elif dtype in _SMALLER:
        yield Precision.WEIGHT_ONLY_INT4
    elif dtype in _BYTES and is_quantized(tensor):
        yield Precision.WEIGHT_ONLY_INT8 if dequantizes else Precision.DYNAMIC_RANGE


def _code(model: Any, operator: Any) -> int:
    return builtin_code_in(model.OperatorCodes(operator.OpcodeIndex()))
