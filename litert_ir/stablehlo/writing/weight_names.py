"""Name the tensors of big weights after the Keras variables that they are computed from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from litert_ir.stablehlo.weights.expressions import Parameter, WeightExpr
from litert_ir.stablehlo.weights.parameters import parameters_of


def name_weights(model: Any, weights: Sequence[WeightExpr], named: Mapping[Parameter, str]) -> None:
    """Rename tensors, in place; the scopes in which a converter found the weights say less.

    A weight of several variables, such as a kernel with a scale folded in, is called by the
    largest one.

    Args:
        model: A `ModelT` whose external buffers have indices of ``weights`` as offsets.
        weights: The expressions of the external buffers.
        named: The paths of the parameters that are variables.
    """
    paths = {parameter.index: path for parameter, path in named.items()}
    sizes = {parameter.index: math.prod(parameter.shape) for parameter in named}
    offsets = {buffer.id: int(buffer.offset) for buffer in model.externalBuffers or ()}
    used: dict[str, int] = {}
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            if not tensor.externalBuffer:
                continue
            made_of = parameters_of(weights[offsets[tensor.externalBuffer]]) & sizes.keys()
            if made_of:
                path = paths[min(made_of, key=lambda index: (-sizes[index], index))]
                tensor.name = _numbered(path, used).encode()


def _numbered(path: str, used: dict[str, int]) -> str:
    count = used[path] = used.get(path, -1) + 1
    return f"{path}_{count}" if count else path
