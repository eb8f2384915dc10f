"""Tell an error that a layer adds by rounding from a departure, by the precision of its tensors."""

from __future__ import annotations

from collections.abc import Iterable

from litert_ir.explanation.file_graph import FileGraph, GraphOperator
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import Precision
from litert_ir.ir.stored_types import Rounding
from litert_ir.ir.tensor import DType

LIMITS = {
    Precision.FLOAT: 1e-4,
    Precision.FLOAT16_WEIGHTS: 2e-3,
    Precision.DYNAMIC_RANGE: 0.03,
    Precision.WEIGHT_ONLY_INT8: 0.03,
    Precision.WEIGHT_ONLY_INT4: 0.25,
    Precision.INTEGER: 0.06,
    Precision.INTEGER_16X8: 0.03,
}
"""The largest relative error that rounding adds in one layer.

Measured on MobileNetV2 and on KerasHub's BERT with random weights: float up to 5e-7, float16 3e-4,
int8 weights 0.009, int4 weights 0.1, int8 with activations 0.013, and 0.044 for an output whose
range few samples had shown, int16 activations 0.008. Functions that LiteRT's kernels approximate
are up to 1e-5 off in float.
"""

_COMPUTED = {DType.FLOAT16: 5e-3, DType.BFLOAT16: 0.04}
"""The same for models that compute in half precision: five times the gap between 1 and the next."""

_ROUNDED = {Rounding.INT8: 0.06, Rounding.FLOAT8: 0.15}
"""The same for layers that Keras quantized, which round their inputs and the file's do not."""

_WEIGHTS = {
    "float16": Precision.FLOAT16_WEIGHTS,
    "bfloat16": Precision.FLOAT16_WEIGHTS,
    "int8": Precision.DYNAMIC_RANGE,
    "uint8": Precision.DYNAMIC_RANGE,
    "int4": Precision.WEIGHT_ONLY_INT4,
    "uint4": Precision.WEIGHT_ONLY_INT4,
    "int2": Precision.WEIGHT_ONLY_INT4,
}
_ACTIVATIONS = {
    "int8": Precision.INTEGER,
    "uint8": Precision.INTEGER,
    "int16": Precision.INTEGER_16X8,
}


def model_limit(plan: ExportPlan) -> float:
    """Return the largest relative error of one layer by the model's own rounding."""
    found = [_COMPUTED[dtype] for dtype in plan.model.compute_dtypes if dtype in _COMPUTED]
    found += [_ROUNDED[item.rounding] for item in plan.stored if item.rounding]
    found += [LIMITS[item.precision] for item in plan.stored if not item.exact]
    return max(found, default=LIMITS[Precision.FLOAT])


def precision_of(
    graph: FileGraph, operators: Iterable[GraphOperator], precisions: Iterable[Precision]
) -> Precision:
    """Return the precision of operators that rounds most, by the types of their tensors.

    Args:
        graph: The graph that they are in.
        operators: The operators.
        precisions: Those of the file, which hold for operators that run other graphs, as loops do.
    """
    found = {Precision.FLOAT}
    for operator in operators:
        found |= set(precisions) if operator.runs_graphs else set()
        for index in (*operator.inputs, *operator.outputs):
            tensor = graph.tensors[index]
            if tensor.is_quantized or tensor.dtype in ("float16", "bfloat16"):
                types = _WEIGHTS if tensor.is_constant else _ACTIVATIONS
                found.add(types.get(tensor.dtype, Precision.FLOAT))
    return max(found, key=lambda precision: LIMITS[precision])
