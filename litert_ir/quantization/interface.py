"""Restore the names and set the integer types of a quantized file's interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.additions import Kernel, add_tensor, new_operator
from litert_ir.backends.litert.schema import new_table, type_name, type_number
from litert_ir.ir.quantization import Quantization
from litert_ir.ir.tensor import DType

_INT8_TO_UINT8 = 128
"""The shift of the zero point at equal scale: uint8 counts from 0, int8 from -128."""


def give_interface_types(model: Any, recipe: Quantization) -> bool:
    """Insert conversions at the interface, in place, if a recipe asks for other types.

    Args:
        model: The `ModelT` of a quantized file.
        recipe: The recipe that it was quantized by.

    Returns:
        Whether there was anything to convert.
    """
    editor = _Rim(model, model.subgraphs[0])
    inputs = [editor.convert_input(i, recipe.input_type) for i in list(editor.graph.inputs)]
    outputs = [editor.convert_output(i, recipe.output_type) for i in list(editor.graph.outputs)]
    return any((*inputs, *outputs))


def name_outputs(model: Any, names: Sequence[bytes]) -> None:
    """Restore the output names, in place, that an inserted conversion has taken.

    Args:
        model: The `ModelT` of a quantized file.
        names: The names that its output tensors had.
    """
    graph = model.subgraphs[0]
    for index, name in zip(graph.outputs, names, strict=True):
        for other, tensor in enumerate(graph.tensors):
            if tensor.name == name and other != index:
                tensor.name = name + b"/quantized"
        graph.tensors[index].name = name


@attrs.frozen
class _Rim:
    """An editor of the inputs and outputs of one subgraph.

    Attributes:
        model: The `ModelT`.
        graph: Its first `SubGraphT`.
    """

    model: Any
    graph: Any

    def convert_input(self, index: int, wanted: DType) -> bool:
        outer = self._outer(index, wanted)
        if outer is None:
            return False
        self.graph.operators.insert(0, self._quantize(outer, index))
        self._replace("inputs", index, outer)
        return True

    def convert_output(self, index: int, wanted: DType) -> bool:
        outer = self._outer(index, wanted)
        if outer is None:
            return False
        self.graph.operators.append(self._quantize(index, outer))
        self._replace("outputs", index, outer)
        return True

    def _outer(self, index: int, wanted: DType) -> int | None:
        """Add a tensor of the wanted type with an int8 one's name; None if it has that type."""
        inner = self.graph.tensors[index]
        if type_name(inner.type) != "int8" or wanted not in (DType.UINT8, DType.INT16):
            return None
        if inner.quantization is None or inner.quantization.scale is None:
            return None
        outer = new_table("Tensor")
        outer.name, inner.name = inner.name, inner.name + b"/int8"
        outer.type = type_number(wanted.value)
        outer.shape, outer.shapeSignature = inner.shape, inner.shapeSignature
        outer.hasRank, outer.buffer = inner.hasRank, 0
        outer.quantization = self._parameters(inner.quantization, wanted)
        return add_tensor(self.graph, outer)

    def _parameters(self, inner: Any, wanted: DType) -> Any:
        scale, zero = float(inner.scale[0]), int(inner.zeroPoint[0])
        parameters = new_table("QuantizationParameters")
        if wanted is DType.UINT8:
            parameters.scale = np.array([scale], np.float32)
            parameters.zeroPoint = np.array([zero + _INT8_TO_UINT8], np.int64)
        else:
            # int16 kernels require a zero point of 0.
            limits = np.iinfo(np.int8)
            largest = scale * max(abs(limits.min - zero), abs(limits.max - zero))
            parameters.scale = np.array([largest / np.iinfo(np.int16).max], np.float32)
            parameters.zeroPoint = np.array([0], np.int64)
        return parameters

    def _quantize(self, source: int, result: int) -> Any:
        """Build a QUANTIZE, in the version that takes integers of every size."""
        return new_operator(self.model, Kernel.QUANTIZE, [source], [result], version=3)

    def _replace(self, side: str, old: int, new: int) -> None:
        """Replace a tensor in the subgraph's inputs or outputs and in its signature."""
        indices = [new if index == old else int(index) for index in getattr(self.graph, side)]
        setattr(self.graph, side, indices)
        for signature in self.model.signatureDefs or ():
            for entry in getattr(signature, side):
                if entry.tensorIndex == old:
                    entry.tensorIndex = new
