"""Replace identity matrices that a TensorFlow graph holds as kernels by named constants."""

from __future__ import annotations

import math

from litert_ir.stablehlo.mlir.creation import before
from litert_ir.stablehlo.mlir.interfaces import Module, Value
from litert_ir.stablehlo.mlir.values import (
    array_of,
    dtype_of,
    is_static,
    producer,
    shape_of,
)
from litert_ir.stablehlo.mlir.walk import operations
from litert_ir.stablehlo.rewrites.canonicalize.identity_matrices import IDENTITY, is_identity_matrix

_CONVOLUTIONS = frozenset({"tf.Conv2D", "tf.Conv3D"})
_FLOATS = frozenset({"float16", "float32"})


def name_identities(module: Module) -> None:
    """Replace identity matrices that are the kernels of convolutions, in place.

    Keras extracts patches with them. For 32 x 32 pixels of three features one has 38 MB, which each
    pass would read and print again.

    Before: ``%w = tf.Const dense<...>``, ``tf.Conv2D(%x, %w)``
    After: ``%w = stablehlo.custom_call @litert_ir.identity()``, ``tf.Conv2D(%x, %w)``
    """
    for op in operations(module):
        if op.name in _CONVOLUTIONS and _is_identity(op.operands[1]):
            kernel = op.operands[1]
            target = {"call_target_name": IDENTITY}
            op.operands[1] = before(op).value("stablehlo.custom_call", [], kernel.type, target)
            maker = producer(kernel)
            if next(iter(kernel.uses), None) is None and maker is not None:
                maker.erase()


def _is_identity(kernel: Value) -> bool:
    maker = producer(kernel)
    if maker is None or maker.name != "tf.Const" or not is_static(kernel):
        return False
    shape = shape_of(kernel)
    if dtype_of(kernel) not in _FLOATS or math.prod(shape[:-1]) != shape[-1]:
        return False
    elements = array_of(maker.attributes["value"], shape, dtype_of(kernel))
    return is_identity_matrix(elements)
