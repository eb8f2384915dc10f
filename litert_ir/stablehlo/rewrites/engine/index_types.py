"""Positions in int32, the one type that all of LiteRT's kernels take."""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_FITTING = frozenset({"int8", "int16", "uint8", "uint16"})
"""Types whose values fit int32."""


def in_int32(indices: Value, sizes: tuple[int, ...], rewriter: Rewriter) -> Value | None:
    """Convert positions in dimensions of some sizes to int32; those out of range stay so.

    Args:
        indices: Positions in one dimension, or vectors of one in each along the last dimension.
        sizes: Of the dimensions.
        rewriter: Makes the operations.

    Returns:
        None for types that LiteRT does not compare in.
    """
    dtype, kind = dtype_of(indices), tensor_type(shape_of(indices), "int32")
    maker, known = producer(indices), rewriter.known_array(indices)
    if dtype == "int32":
        return indices
    if known is not None:
        return rewriter.constant(np.clip(known, -1, np.array(sizes)).astype(np.int32))
    if dtype == "int64" and maker is not None and maker.name == "stablehlo.convert":
        (converted,) = maker.operands
        if dtype_of(converted) == "int32":
            return converted
    if dtype in _FITTING:
        return rewriter.op("stablehlo.convert", [indices], kind)
    if dtype != "int64":
        return None
    before = rewriter.constant(np.array(-1, np.int64))
    behind = rewriter.constant(np.array(sizes if len(sizes) > 1 else sizes[0], np.int64))
    limited = rewriter.op("tfl.maximum", [indices, before], indices.type)
    limited = rewriter.op("tfl.minimum", [limited, behind], indices.type)
    return rewriter.op("stablehlo.convert", [limited], kind)
