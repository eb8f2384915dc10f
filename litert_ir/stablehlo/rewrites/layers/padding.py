"""Keep the explicit padding of a convolution for which ``SAME`` differs at other sizes."""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.creation import before
from litert_ir.stablehlo.mlir.interfaces import Module, Operation, Value
from litert_ir.stablehlo.mlir.values import (
    constant_array,
    dtype_of,
    integer,
    integers,
    producer,
    users,
)
from litert_ir.stablehlo.mlir.walk import operations
from litert_ir.stablehlo.rewrites.engine.dynamic_sizes import varies
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_APART = "tfl.padv2"
_STRIDES = ("stride_d", "stride_h", "stride_w")


@pattern(
    "stablehlo.pad",
    after={"convolve": "Only of LiteRT's windows it is known that they move in steps of one."},
)
def keep_padding(op: Operation, rewriter: Rewriter) -> bool:
    """Keep zeros around a value of dynamic sizes apart from a convolution with strides.

    Before:
        func.func @main(%x: tensor<1x4x1xf32> {litert_ir.dynamic = [1]}) -> tensor<1x5x1xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %0 = stablehlo.pad %x, %zero, low = [0, 0, 0], high = [0, 1, 0], interior = [0, 0, 0]
              : (tensor<1x4x1xf32>, tensor<f32>) -> tensor<1x5x1xf32>
          return %0 : tensor<1x5x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x4x1xf32>) -> tensor<1x5x1xf32> {
          %c = stablehlo.constant dense<[[0, 0], [0, 1], [0, 0]]> : tensor<3x2xi32>
          %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
          %0 = "tfl.padv2"(%x, %c, %cst) : (tensor<1x4x1xf32>, tensor<3x2xi32>, tensor<f32>)
              -> tensor<1x5x1xf32>
          return %0 : tensor<1x5x1xf32>
        }

    LiteRT's converter makes one convolution of a `tfl.pad` and a strided one, with a padding
    ``SAME``, where the size at hand is even: at an odd one, ``SAME`` pads one more in front. See
    `pad_plainly`.
    """
    value, element = op.operands
    low, high = (integers(op, f"edge_padding_{end}") for end in ("low", "high"))
    if dtype_of(value) != "float32" or rewriter.splat(element) != 0 or min(*low, *high) < 0:
        return False
    if any(integers(op, "interior_padding")) or not varies(value, rewriter):
        return False
    if all(map(_is_window_without_strides, users(op.results[0]))):
        return False
    widths = rewriter.constant(np.array([low, high], np.int32).T.copy())
    zero = rewriter.constant(np.array(0, np.float32))
    return rewriter.replace(op, rewriter.op(_APART, [value, widths, zero], op.results[0].type))


def _is_window_without_strides(user: Operation) -> bool:
    """Tell whether an operation is a window of stride one: its ``SAME`` is a fixed padding."""
    strides = [integer(user, name) for name in _STRIDES if name in user.attributes]
    return set(strides) == {1}


def pad_plainly(module: Module) -> None:
    """Replace the padding that `keep_padding` made by `tfl.pad`, which more delegates support.

    Args:
        module: In the TFL dialect, after the passes that would merge it; changed in place.
    """
    for op in [item for item in operations(module) if item.name == _APART]:
        if not _is_zero(op.operands[2]):
            continue
        made = before(op).value("tfl.pad", list(op.operands)[:2], op.results[0].type)
        op.results[0].replace_all_uses_with(made)
        op.erase()


def _is_zero(value: Value) -> bool:
    op = producer(value)
    return op is not None and "value" in op.attributes and not np.any(constant_array(op))
