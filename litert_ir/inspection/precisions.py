"""Recognize the precision of a file's operators from the types of their weights and activations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence

import attrs

from litert_ir.inspection.contents import FileContents, Operator, Subgraph, Tensor
from litert_ir.inspection.operator_layers import FileLayers
from litert_ir.ir.quantization import Precision

_LOOKUPS = frozenset({"EMBEDDING_LOOKUP", "GATHER"})
_WITH_WEIGHTS = _LOOKUPS | {
    "BATCH_MATMUL",
    "BIDIRECTIONAL_SEQUENCE_LSTM",
    "BIDIRECTIONAL_SEQUENCE_RNN",
    "CONV_2D",
    "CONV_3D",
    "CONV_3D_TRANSPOSE",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "LSTM",
    "RNN",
    "SVDF",
    "TRANSPOSE_CONV",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "UNIDIRECTIONAL_SEQUENCE_RNN",
}
"""Operators whose largest constant is a weight."""
_CONVERSIONS = frozenset({"CAST", "DEQUANTIZE", "QUANTIZE"})
_REAL = frozenset({"float32", "float16", "bfloat16", "float64"})
_HALF = frozenset({"float16", "bfloat16"})
_INTEGERS = frozenset({"int2", "int4", "int8", "uint8", "int16"})


@attrs.frozen(kw_only=True)
class PrecisionUse:
    """The operators with weights of one precision.

    Attributes:
        precision: The precision, by the names of recipes' precisions where there is one.
        operators: Their number.
        weight_bytes: The bytes of their weights.
        layers: The paths of their layers.
    """

    precision: str
    operators: int
    weight_bytes: int
    layers: tuple[str, ...] = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class QuantizationFacts:
    """The quantization of a file.

    Attributes:
        precision: That of its operators with weights: one name, or ``mixed``.
        uses: The precisions of these operators, that of the most bytes first.
        per_tensor: The number of tensors with one scale.
        per_channel: The number of tensors with a scale for each slice along an axis.
        blockwise: The number of tensors with scales for blocks.
        float_layers: Where other layers are quantized, the layers whose weights are floats.
        float_operators: Where activations are integers, the number of operators that compute on
            floats; conversions are left out.
    """

    precision: str
    uses: tuple[PrecisionUse, ...]
    per_tensor: int
    per_channel: int
    blockwise: int
    float_layers: tuple[str, ...]
    float_operators: int

    @property
    def summary(self) -> str:
        """The precision as text; of a mixed file, the shares of the weights' bytes."""
        if len(self.uses) < 2:
            return self.precision
        total = max(1, sum(use.weight_bytes for use in self.uses))
        shares = (f"{100 * use.weight_bytes / total:.1f} % {use.precision}" for use in self.uses)
        return f"{', '.join(shares)} of the weights' bytes"

    @property
    def main_precision(self) -> str:
        """The precision of the most bytes of weights, with ``mostly`` where there are others."""
        if len(self.uses) < 2:
            return self.precision
        return f"mostly {self.uses[0].precision}"

    @property
    def is_quantized(self) -> bool:
        """Tell whether any tensor stands for real values by integers, or is of 16 bits."""
        scaled = self.per_tensor or self.per_channel or self.blockwise
        return bool(scaled) or any(use.precision != Precision.FLOAT.value for use in self.uses)


def quantization_of(contents: FileContents, layers: FileLayers) -> QuantizationFacts:
    """Recognize how a file is quantized."""
    uses = tuple(_uses(contents, layers))
    scales = [t.scales for graph in contents.subgraphs for t in graph.tensors if t.scales]
    in_float = [use for use in uses if use.precision == Precision.FLOAT.value]
    return QuantizationFacts(
        precision=_overall(contents, uses),
        uses=uses,
        per_tensor=sum(len(each.scales) == 1 for each in scales),
        per_channel=sum(len(each.scales) > 1 for each in scales),
        blockwise=sum(each.block_size is not None for each in scales),
        float_layers=in_float[0].layers if in_float and len(uses) > 1 else (),
        float_operators=_float_operators(contents),
    )


def _overall(contents: FileContents, uses: Sequence[PrecisionUse]) -> str:
    """Return the one precision; of a file without weights, that of its activations."""
    if len(uses) == 1:
        return uses[0].precision
    if uses:
        return "mixed"
    results = (
        tensor
        for graph in contents.subgraphs
        for operator in graph.operators
        for tensor in _results(graph, operator)
    )
    types = sorted({each.dtype for each in results if each.scales is not None})
    return f"integer ({', '.join(types)} activations)" if types else Precision.FLOAT.value


def _uses(contents: FileContents, layers: FileLayers) -> list[PrecisionUse]:
    operators: defaultdict[str, list[tuple[int, Operator]]] = defaultdict(list)
    weights: defaultdict[str, dict[Hashable, int]] = defaultdict(dict)
    for graph in contents.subgraphs:
        dequantized = _dequantized(graph)
        for operator in graph.operators:
            weight = _weight(graph, operator, dequantized)
            if weight is None:
                continue
            precision = _precision(graph, operator, weight, dequantized)
            operators[precision].append((graph.index, operator))
            size = weight.region.size if weight.region else 0
            weights[precision][weight.region or (graph.index, weight.index)] = size
    found = [
        PrecisionUse(
            precision=precision,
            operators=len(used),
            weight_bytes=sum(weights[precision].values()),
            layers=tuple(
                dict.fromkeys(
                    layer
                    for graph, operator in used
                    for layer in layers.of_operator[graph, operator.index][:1]
                )
            ),
        )
        for precision, used in operators.items()
    ]
    return sorted(found, key=lambda use: (-use.weight_bytes, use.precision))


def _dequantized(graph: Subgraph) -> Mapping[int, Tensor]:
    """Return the constants behind results of DEQUANTIZE, by result."""
    return {
        result: graph.tensors[source]
        for operator in graph.operators
        if operator.name == "DEQUANTIZE"
        for source, result in zip(operator.inputs, operator.outputs, strict=False)
        if graph.tensors[source].is_constant
    }


def _weight(
    graph: Subgraph, operator: Operator, dequantized: Mapping[int, Tensor]
) -> Tensor | None:
    if operator.name not in _WITH_WEIGHTS:
        return None
    tensors = (dequantized.get(index, graph.tensors[index]) for index in operator.inputs)
    constants = [each for each in tensors if each.is_constant and _is_number(each)]
    return max(constants, key=lambda each: each.elements, default=None)


def _is_number(tensor: Tensor) -> bool:
    """Tell whether a constant holds real values, rather than positions or sizes."""
    return tensor.dtype in _REAL or (tensor.scales is not None and tensor.dtype in _INTEGERS)


def _precision(
    graph: Subgraph, operator: Operator, weight: Tensor, dequantized: Mapping[int, Tensor]
) -> str:
    if weight.dtype in _HALF:
        return Precision.FLOAT16_WEIGHTS.value
    if weight.dtype in _REAL:
        return Precision.FLOAT.value
    result = next(_results(graph, operator), None)
    if result is not None and result.dtype not in _REAL:
        return _integer(result.dtype, weight.dtype)
    apart = any(dequantized.get(index) is weight for index in operator.inputs)
    if apart or operator.name in _LOOKUPS:
        return f"weight-only ({weight.dtype} weights)"
    return f"dynamic range ({weight.dtype} weights)"


def _integer(activations: str, weights: str) -> str:
    if activations == weights:
        return f"integer ({weights} weights and activations)"
    return f"integer ({activations} activations, {weights} weights)"


def _float_operators(contents: FileContents) -> int:
    """Count the operators on floats in a file that has activations in integers."""
    operators = [
        (graph, operator)
        for graph in contents.subgraphs
        for operator in graph.operators
        if operator.name not in _CONVERSIONS
    ]
    if not any(_is_integer(graph, operator) for graph, operator in operators):
        return 0
    return sum(_is_real(graph, operator) for graph, operator in operators)


def _results(graph: Subgraph, operator: Operator) -> Iterator[Tensor]:
    return (graph.tensors[index] for index in operator.outputs)


def _is_integer(graph: Subgraph, operator: Operator) -> bool:
    return any(each.scales is not None for each in _results(graph, operator))


def _is_real(graph: Subgraph, operator: Operator) -> bool:
    return any(each.dtype in _REAL for each in _results(graph, operator))
