"""The inputs and outputs of a LiteRT file of any origin, as its metadata describe them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from litert_ir.backends.litert.schema import type_name
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec

_KNOWN_TYPES = frozenset(dtype.value for dtype in DType)


@attrs.frozen
class FileTensors:
    """The inputs and outputs of a file's first subgraph.

    Attributes:
        inputs: The inputs, in order, under their names in a signature, else their own.
        outputs: The same of the outputs.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


def file_tensors(model: Any) -> FileTensors:
    """Read the inputs and outputs of a file.

    Args:
        model: The file's tables.
    """
    if not model.SubgraphsLength():
        return FileTensors((), ())
    graph = model.Subgraphs(0)
    inputs = [graph.Inputs(place) for place in range(graph.InputsLength())]
    outputs = [graph.Outputs(place) for place in range(graph.OutputsLength())]
    taken: dict[int, str] = {}
    given: dict[int, str] = {}
    for signature in _signatures(model):
        for place in range(signature.InputsLength()):
            entry = signature.Inputs(place)
            taken.setdefault(entry.TensorIndex(), entry.Name().decode())
        for place in range(signature.OutputsLength()):
            entry = signature.Outputs(place)
            given.setdefault(entry.TensorIndex(), entry.Name().decode())
    return FileTensors(
        tuple(_spec(graph, index, taken.get(index)) for index in inputs),
        tuple(_spec(graph, index, given.get(index)) for index in outputs),
    )


def _signatures(model: Any) -> Iterator[Any]:
    for number in range(model.SignatureDefsLength()):
        signature = model.SignatureDefs(number)
        if signature.SubgraphIndex() == 0:
            yield signature


def _spec(graph: Any, index: int, name: str | None) -> TensorSpec:
    tensor = graph.Tensors(index)
    own = tensor.Name()
    return TensorSpec(
        name=name or (own.decode() if own else "") or str(index),
        shape=tuple(DynamicDim() if size < 0 else int(size) for size in _sizes(tensor)),
        dtype=_dtype(tensor),
    )


def _sizes(tensor: Any) -> Sequence[int]:
    if tensor.ShapeSignatureLength():
        return list(tensor.ShapeSignatureAsNumpy())
    return list(tensor.ShapeAsNumpy()) if tensor.ShapeLength() else []


def _dtype(tensor: Any) -> DType:
    """The type of the values: integers with a scale stand for floats."""
    parameters = tensor.Quantization()
    if parameters is not None and parameters.ScaleLength():
        return DType.FLOAT32
    name = type_name(tensor.Type())
    # Texts and integers of few bits are nothing that a model of Keras takes; labels go with both.
    return DType(name) if name in _KNOWN_TYPES else DType.INT64
