"""Replace GATHER of embedding rows by EMBEDDING_LOOKUP, which supports 8- and 4-bit tables.

LiteRT's GATHER has no kernel for a table with a scale per row; EMBEDDING_LOOKUP has one. It takes a
rank-1 tensor of indices, so that the indices and the rows are reshaped around it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.additions import Kernel, add_buffer, add_tensor, new_operator
from litert_ir.backends.litert.files import has_data
from litert_ir.backends.litert.schema import new_table, type_name, type_number
from litert_ir.ir.quantization import Precision
from litert_ir.quantization.entries import SMALLEST_WEIGHT
from litert_ir.quantization.operator_precisions import PlacedOperator

_STORED_PER_ROW = (
    Precision.FLOAT16_WEIGHTS,
    Precision.DYNAMIC_RANGE,
    Precision.WEIGHT_ONLY_INT8,
    Precision.WEIGHT_ONLY_INT4,
    Precision.INTEGER_16X8,
)
"""Precisions at which the lookup saves bytes: a GATHER with int16 results needs an int16 table.
"""


def look_up_embeddings(
    model: Any, operators: Sequence[PlacedOperator], precisions: Sequence[Precision]
) -> bool:
    """Replace the gathers of rows of large constant tables, in place.

    Args:
        model: A `ModelT`.
        operators: Its operators.
        precisions: The precision of each operator.

    Returns:
        Whether there were any.
    """
    chosen = {
        id(placed.operator)
        for placed, precision in zip(operators, precisions, strict=True)
        if placed.name == "GATHER" and precision in _STORED_PER_ROW
    }
    changed = False
    for graph in model.subgraphs:
        editor = _Editor(model, graph)
        for operator in list(graph.operators or ()):
            if id(operator) in chosen and editor.is_lookup(operator):
                editor.replace(operator)
                changed = True
    return changed


@attrs.frozen
class _Editor:
    """An editor of one subgraph.

    Attributes:
        model: The `ModelT`.
        graph: The `SubGraphT`.
    """

    model: Any
    graph: Any

    def is_lookup(self, operator: Any) -> bool:
        """Return whether a gather reads rows of a large constant float32 matrix."""
        options = operator.builtinOptions
        if options is not None and (options.axis or options.batchDims):
            return False
        table, indices = (self.graph.tensors[index] for index in operator.inputs)
        types = (type_name(table.type), type_name(indices.type))
        matrix = types == ("float32", "int32") and len(table.shape) == 2
        large = matrix and math.prod(map(int, table.shape)) >= SMALLEST_WEIGHT
        return large and has_data(self.model, table)

    def replace(self, operator: Any) -> None:
        """Replace the gather by a lookup of flat indices between two reshapes."""
        table, indices = operator.inputs
        (result,) = operator.outputs
        width = int(self.graph.tensors[table].shape[1])
        flat = self._tensor("flat_indices", [1], [-1], like=indices)
        rows = self._tensor("rows", [1, width], [-1, width], like=result)
        shape, shape_operators = self._shape_of(result, indices, width)
        position = next(i for i, other in enumerate(self.graph.operators) if other is operator)
        self.graph.operators[position : position + 1] = [
            self._reshape(indices, self._constant("flat_shape", np.array([-1], np.int32)), flat),
            self._operator(Kernel.EMBEDDING_LOOKUP, [flat, table], rows),
            *shape_operators,
            self._reshape(rows, shape, result),
        ]

    def _shape_of(self, result: int, indices: int, width: int) -> tuple[int, list[Any]]:
        """Return the tensor of the result's shape, and its producers if it is not constant."""
        tensor = self.graph.tensors[result]
        signature = tensor.shape if tensor.shapeSignature is None else tensor.shapeSignature
        sizes = np.asarray(signature, np.int32)
        if np.count_nonzero(sizes < 0) < 2:
            return self._constant("rows_shape", sizes), []
        rank = len(sizes)
        of_indices = self._tensor("indices_shape", [rank - 1], None, like=indices)
        whole = self._tensor("rows_shape", [rank], None, like=indices)
        last = self._constant("row_width", np.array([width], np.int32))
        shape = self._operator(Kernel.SHAPE, [indices], of_indices, outType=type_number("int32"))
        joined = self._operator(Kernel.CONCATENATION, [of_indices, last], whole)
        return whole, [shape, joined]

    def _reshape(self, source: int, shape: int, result: int) -> Any:
        return self._operator(Kernel.RESHAPE, [source, shape], result)

    def _operator(self, kernel: Kernel, inputs: list[int], output: int, **options: int) -> Any:
        return new_operator(self.model, kernel, inputs, [output], **options)

    def _tensor(
        self, name: str, shape: list[int], signature: list[int] | None, *, like: int
    ) -> int:
        """Add a tensor of another one's type, named after it."""
        model = self.graph.tensors[like]
        tensor = new_table("Tensor")
        tensor.name = model.name + b"/" + name.encode()
        tensor.type, tensor.buffer = model.type, 0
        tensor.shape = np.array(shape, np.int32)
        tensor.shapeSignature = None if signature is None else np.array(signature, np.int32)
        tensor.hasRank = True
        return add_tensor(self.graph, tensor)

    def _constant(self, name: str, values: Any) -> int:
        tensor = new_table("Tensor")
        tensor.name, tensor.type = name.encode(), type_number("int32")
        tensor.shape, tensor.hasRank = np.array(values.shape, np.int32), True
        tensor.buffer = add_buffer(self.model, values.tobytes())
        return add_tensor(self.graph, tensor)
