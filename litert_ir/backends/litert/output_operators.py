"""Give outputs of a LiteRT file an operator of their own, where none writes them at run time.

`CompiledModel` hands the kernels the caller's memory for the outputs. What is no operator's result
stays as that memory was: an input that is returned, a constant, one tensor under two names, and
what the interpreter computes once, when it prepares the file, such as the shape of a static tensor.
So does what a kernel finds out the size of as it runs: it writes to memory of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from litert_ir.backends.litert.additions import Kernel, add_tensor, new_operator
from litert_ir.backends.litert.files import has_data
from litert_ir.backends.litert.schema import operator_name, type_number

_OF_SHAPES = ("SHAPE", "RANK")
"""Operators that read the shape of their input alone."""
_OF_ANY_SIZE = ("IF", "TOPK_V2", "UNIQUE", "WHERE", "WHILE")
"""Operators whose results have sizes that depend on values: always, as their subgraphs have, or,
of TOPK_V2, where the input was resized."""
_SIZES: Mapping[str, tuple[int, ...]] = {
    "ARG_MAX": (1,),
    "ARG_MIN": (1,),
    "BATCH_TO_SPACE_ND": (1, 2),
    "BROADCAST_TO": (1,),
    "CONV_3D_TRANSPOSE": (0,),
    "EXPAND_DIMS": (1,),
    "FILL": (0,),
    "MEAN": (1,),
    "MIRROR_PAD": (1,),
    "MULTINOMIAL": (1,),
    "ONE_HOT": (1,),
    "PAD": (1,),
    "PADV2": (1,),
    "RANDOM_STANDARD_NORMAL": (0,),
    "RANDOM_UNIFORM": (0,),
    "RANGE": (0, 1, 2),
    "REDUCE_ALL": (1,),
    "REDUCE_ANY": (1,),
    "REDUCE_MAX": (1,),
    "REDUCE_MIN": (1,),
    "REDUCE_PROD": (1,),
    "RESHAPE": (1,),
    "RESIZE_BILINEAR": (1,),
    "RESIZE_NEAREST_NEIGHBOR": (1,),
    "RFFT2D": (1,),
    "SCATTER_ND": (2,),
    "SEGMENT_SUM": (1,),
    "SLICE": (1, 2),
    "SPACE_TO_BATCH_ND": (1, 2),
    "SPARSE_TO_DENSE": (1,),
    "SPLIT": (0,),
    "SPLIT_V": (1, 2),
    "STRIDED_SLICE": (1, 2, 3),
    "SUM": (1,),
    "TILE": (1,),
    "TRANSPOSE": (1,),
    "TRANSPOSE_CONV": (0,),
    "UNSORTED_SEGMENT_MAX": (1, 2),
    "UNSORTED_SEGMENT_MIN": (1, 2),
    "UNSORTED_SEGMENT_PROD": (1, 2),
    "UNSORTED_SEGMENT_SUM": (1, 2),
}
"""Operands whose values say of what size the results are: where these are no constants, most of
the kernels find that out as they run. Source: `Prepare` in tensorflow/lite/kernels."""


def with_own_operators(model: Any, outputs: Sequence[int]) -> list[int]:
    """Append a copy for each output that no operator writes as the file runs, in place.

    The operator is a CAST to the type that the tensor has: it takes every element type but uint64,
    every shape, constants too, copies NaN, infinities and zeros of both signs as they are, and no
    part of the runtime leaves it out. uint64 has a BITCAST. Its input's size is known when it is
    prepared, as the runtime does that anew behind a kernel that finds out a size.

    Args:
        model: A `ModelT`.
        outputs: Indices of tensors of its first subgraph, in the order of the file's outputs.

    Returns:
        Indices of tensors in that order, which differ from each other.
    """
    graph = model.subgraphs[0]
    written = _written(model, graph) - {int(index) for index in graph.inputs}
    own: list[int] = []
    for index in map(int, outputs):
        own.append(index if index in written and index not in own else _copied(model, index))
    return own


def give_outputs_operators(model: Any) -> bool:
    """Give each output that lacks one an operator of its own, in place.

    Args:
        model: A `ModelT`; its first signature, if any, is of its first subgraph.

    Returns:
        Whether there was any without one.
    """
    before = len(model.subgraphs[0].tensors)
    _set_outputs(model, with_own_operators(model, model.subgraphs[0].outputs))
    return len(model.subgraphs[0].tensors) > before


def take_copies_of_outputs(model: Any) -> bool:
    """Replace outputs by the tensors that they copy, in place; inverse of `give_outputs_operators`.

    Args:
        model: A `ModelT`.

    Returns:
        Whether there was any.
    """
    graph = model.subgraphs[0]
    used = {int(index) for operator in graph.operators or () for index in operator.inputs}
    rim = {int(index) for index in graph.outputs} - used
    copies = [each for each in graph.operators or () if _is_copy(model, each, rim)]
    source = {int(each.outputs[0]): int(each.inputs[0]) for each in copies}
    if not copies:
        return False
    graph.operators = [each for each in graph.operators if int(each.outputs[0]) not in source]
    _set_outputs(model, [source.get(int(index), int(index)) for index in graph.outputs])
    return True


def _is_copy(model: Any, operator: Any, rim: set[int]) -> bool:
    """Tell whether an operator copies one of its inputs to one of these tensors."""
    if operator_name(model, operator) not in ("CAST", "BITCAST"):
        return False
    source, result = int(operator.inputs[0]), int(operator.outputs[0])
    tensors = model.subgraphs[0].tensors
    return result in rim and tensors[source].type == tensors[result].type


def _set_outputs(model: Any, outputs: Sequence[int]) -> None:
    """Make these tensors the outputs; those of the signature have the same order."""
    model.subgraphs[0].outputs = outputs
    for signature in (model.signatureDefs or ())[:1]:
        for entry, index in zip(signature.outputs, outputs, strict=True):
            entry.tensorIndex = index


def _written(model: Any, graph: Any) -> set[int]:
    """The tensors that operators compute from values, rather than from constants and shapes."""
    values = {int(index) for index in graph.inputs}
    written: set[int] = set()
    for operator in graph.operators or ():
        name = operator_name(model, operator)
        # Some operators without inputs read a variable, or draw numbers.
        inputs = {int(index) for index in operator.inputs}
        if name not in _OF_SHAPES and (not inputs or inputs & values):
            outputs = {int(index) for index in operator.outputs}
            values |= outputs
            if not _finds_out_sizes(model, graph, name, operator):
                written |= outputs
    return written


def _finds_out_sizes(model: Any, graph: Any, name: str, operator: Any) -> bool:
    """Tell whether a kernel may determine the sizes of its results only as it runs."""
    operands = [int(index) for index in operator.inputs]
    said = [operands[place] for place in _SIZES.get(name, ()) if place < len(operands)]
    return name in _OF_ANY_SIZE or any(
        index >= 0 and not has_data(model, graph.tensors[index]) for index in said
    )


def _copied(model: Any, index: int) -> int:
    """A new tensor of the first subgraph with the values of another one, behind all operators."""
    graph = model.subgraphs[0]
    result = copy.copy(graph.tensors[index])
    result.buffer, result.isVariable = 0, False
    copied = add_tensor(graph, result)
    graph.operators = [*(graph.operators or ()), _copying(model, result.type, index, copied)]
    return copied


def _copying(model: Any, dtype: int, source: int, result: int) -> Any:
    if dtype == type_number("uint64"):
        return new_operator(model, Kernel.BITCAST, [source], [result])
    types = {"inDataType": dtype, "outDataType": dtype}
    return new_operator(model, Kernel.CAST, [source], [result], **types)
