"""Store weights that a model holds in 16 bits as float16, which a file dequantizes when it loads.

LiteRT's kernels take float32. DEQUANTIZE makes it of float16, once for a constant; of bfloat16 it
does not (TensorFlow Lite's `kernels/dequantize.cc`, ai-edge-litert 2.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litert_ir.backends.litert.additions import Kernel, add_tensor, new_operator
from litert_ir.backends.litert.schema import new_table, type_number
from litert_ir.stablehlo.weights.evaluate import Parameters, evaluate_chunks
from litert_ir.stablehlo.weights.expressions import (
    Binary,
    Convert,
    Pad,
    Unary,
    WeightExpr,
)
from litert_ir.stablehlo.weights.parameters import parameters_of, sources_of
from litert_ir.stablehlo.weights.simplify import converted
from litert_ir.stablehlo.writing.payloads import external_tensors

_STORED, _COMPUTED = "float16", "float32"
_VERSION = 3
"""The first version of DEQUANTIZE that takes float16."""


def store_halves(
    model: Any, weights: Sequence[WeightExpr], halves: frozenset[int], parameters: Parameters
) -> tuple[WeightExpr, ...]:
    """Store big weights as float16 that depend on 16-bit variables alone.

    What only moves the numbers of variables is exact, apart from bfloat16 ones below 2**-14 in
    magnitude, which are off by 2**-25 at most. What is computed from 16-bit variables, such as
    a kernel with a normalization folded in, is rounded by 2**-11 of its value at most, and
    stays float32 where it is beyond float16.

    Args:
        model: A `ModelT` whose external buffers have indices of ``weights`` as offsets; it is
            changed: each such tensor becomes the output of a DEQUANTIZE operator.
        weights: The expressions of the big weights.
        halves: Indices of the variables to keep in 16 bits.
        parameters: Gives the variables; read for weights that are computed.

    Returns:
        The expressions of what the external buffers then hold.
    """
    kept = {
        index: users
        for index, users in external_tensors(model, weights).items()
        if _is_half(weights[index], halves) and _fits(weights[index], parameters)
    }
    if kept:
        _dequantize(model, {id(tensor) for users in kept.values() for tensor in users})
    return tuple(
        converted(weight, _STORED) if index in kept else weight
        for index, weight in enumerate(weights)
    )


def _is_half(weight: WeightExpr, halves: frozenset[int]) -> bool:
    found = parameters_of(weight)
    return weight.dtype == _COMPUTED and bool(found) and found <= halves


def _fits(weight: WeightExpr, parameters: Parameters) -> bool:
    """Tell whether all numbers of a weight are finite in float16; variables are known to be."""
    if not _is_computed(weight):
        return True
    chunks = evaluate_chunks(converted(weight, _STORED), parameters)
    return all(np.isfinite(np.frombuffer(chunk, np.float16)).all() for chunk in chunks)


def _is_computed(weight: WeightExpr) -> bool:
    """Tell whether an expression computes more than a permutation of variables' numbers."""
    if isinstance(weight, Unary | Binary | Pad):
        return True
    if isinstance(weight, Convert) and weight.dtype not in (_STORED, _COMPUTED):
        return True
    return any(map(_is_computed, sources_of(weight)))


def _dequantize(model: Any, chosen: set[int]) -> None:
    for graph in model.subgraphs:
        added = []
        for index, tensor in enumerate(list(graph.tensors)):
            if id(tensor) in chosen:
                stored = add_tensor(graph, _split_off(tensor))
                added.append(
                    new_operator(model, Kernel.DEQUANTIZE, [stored], [index], version=_VERSION)
                )
        graph.operators = [*added, *graph.operators]


def _split_off(tensor: Any) -> Any:
    """Split a float16 tensor off another one, whose buffer it takes over."""
    stored = new_table("Tensor")
    stored.name, stored.shape = (tensor.name or b"") + b"/float16", tensor.shape
    stored.type, stored.externalBuffer = type_number(_STORED), tensor.externalBuffer
    stored.hasRank = tensor.hasRank
    tensor.buffer = tensor.externalBuffer = 0
    return stored
