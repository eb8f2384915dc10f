"""Exclude the fill value of masked positions from the calibrated range of attention scores.

Masked scores are set to a value such as -1e9, so that softmax maps them to 0. With it in the
calibrated range of 256 steps, all other scores would fall into one step. A lower bound somewhat
below the smallest score has the same effect: masked scores saturate there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.file_quantizer import Ranges
from litert_ir.backends.litert.files import has_data
from litert_ir.backends.litert.schema import operator_name, type_name

_SELECTS = ("SELECT", "SELECT_V2")
_MASKING = -1e3
"""The value below which a constant is a mask's: scores are products of vectors of order one."""

_MARGIN = math.log(2**15)
"""The margin below the smallest score at which the softmax is below one step of an int16 result."""


def ranges_of_scores(model: Any, ranges: Ranges) -> Ranges:
    """Raise the lower bounds of the ranges of masked scores to just below the scores.

    Args:
        model: The `ModelT` of the float file; its buffers have their data.
        ranges: From a `Calibrator`.
    """
    changed = dict(ranges)
    for masked in _masked(model):
        scores = ranges.get(masked.scores)
        if scores and masked.result in ranges:
            changed[masked.result] = {
                **ranges[masked.result],
                "min": np.asarray(scores["min"]) - _MARGIN,
                "max": np.asarray(scores["max"]),
            }
    return changed


@attrs.frozen
class _Masked:
    """A SELECT between scores and a mask's constant, which is the operand of a softmax.

    Attributes:
        scores: The name of the scores' tensor.
        result: The name of its result.
    """

    scores: str
    result: str


def _masked(model: Any) -> Iterator[_Masked]:
    for graph in model.subgraphs:
        kinds = [(operator_name(model, each), each) for each in graph.operators or ()]
        softmaxed = {int(op.inputs[0]) for kind, op in kinds if kind == "SOFTMAX"}
        for kind, operator in kinds:
            if kind in _SELECTS and int(operator.outputs[0]) in softmaxed:
                yield from _choice(model, graph, operator)


def _choice(model: Any, graph: Any, operator: Any) -> Iterator[_Masked]:
    _, *values = (graph.tensors[index] for index in operator.inputs)
    numbers = [tensor for tensor in values if _is_mask(model, tensor)]
    scores = [tensor for tensor in values if not has_data(model, tensor)]
    if len(numbers) == len(scores) == 1:
        result = graph.tensors[operator.outputs[0]].name.decode()
        yield _Masked(scores[0].name.decode(), result)


def _is_mask(model: Any, tensor: Any) -> bool:
    """Return whether a constant holds large negative floats only."""
    data = model.buffers[tensor.buffer].data
    if data is None or not len(data) or type_name(tensor.type) != "float32":
        return False
    return bool(np.all(np.asarray(data).view(np.float32) < _MASKING))
