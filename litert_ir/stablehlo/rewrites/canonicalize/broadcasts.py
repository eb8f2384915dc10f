"""Lower implicit broadcasting (CHLO) to explicit StableHLO."""

from __future__ import annotations

from litert_ir.stablehlo.mlir.enumerations import direction_attribute, direction_of
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    integers,
    is_static,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.literals import is_splat
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_ELEMENTWISE = (
    "add",
    "and",
    "atan2",
    "compare",
    "complex",
    "divide",
    "maximum",
    "minimum",
    "multiply",
    "or",
    "power",
    "remainder",
    "select",
    "shift_left",
    "shift_right_arithmetic",
    "shift_right_logical",
    "subtract",
    "xor",
)
_CHLO = "chlo.broadcast_"


@pattern(*(_CHLO + name for name in _ELEMENTWISE))
def broadcast_explicitly(op: Operation, rewriter: Rewriter) -> bool:
    """Lower an operation that broadcasts implicitly to one of operands with equal shapes.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
          %0 = chlo.broadcast_add %x, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
          %0 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
          %1 = stablehlo.add %x, %0 : tensor<2x3xf32>
          return %1 : tensor<2x3xf32>
        }
    """
    if not is_static(op.results[0]):
        return False
    shape = shape_of(op.results[0])
    operands = [_broadcast(operand, shape, op, rewriter) for operand in op.operands]
    attributes = {}
    if op.name == "chlo.broadcast_compare":
        attributes["comparison_direction"] = direction_attribute(direction_of(op))
    name = "stablehlo." + op.name.removeprefix(_CHLO)
    return rewriter.replace(op, rewriter.op(name, operands, op.results[0].type, attributes))


def _broadcast(value: Value, shape: tuple[int, ...], op: Operation, rewriter: Rewriter) -> Value:
    """The value in the shape of the result; splat constants stay splat constants."""
    own = shape_of(value)
    if own == shape:
        return value
    array = rewriter.array(value)
    if array is not None and is_splat(array):
        return rewriter.splat_constant(array.reshape(-1)[0], shape)
    dimensions = integers(op, "broadcast_dimensions")
    if len(dimensions) != len(own) or not own:
        dimensions = tuple(range(len(shape) - len(own), len(shape)))
    kind = tensor_type(shape, dtype_of(value))
    attributes = {"broadcast_dimensions": dimensions}
    return rewriter.op("stablehlo.broadcast_in_dim", [value], kind, attributes)


@pattern("stablehlo.dynamic_broadcast_in_dim")
def broadcast_statically(op: Operation, rewriter: Rewriter) -> bool:
    """Canonicalize a broadcast to a computed shape that turned out to be static.

    Before:
        func.func @main(%x: tensor<3xf32>, %shape: tensor<2xi32>) -> tensor<2x3xf32> {
          %0 = stablehlo.dynamic_broadcast_in_dim %x, %shape, dims = [1] : (tensor<3xf32>,
              tensor<2xi32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<3xf32>, %shape: tensor<2xi32>) -> tensor<2x3xf32> {
          %0 = stablehlo.broadcast_in_dim %x, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }
    """
    if not is_static(op.results[0]):
        return False
    attributes = {"broadcast_dimensions": integers(op, "broadcast_dimensions")}
    name = "stablehlo.broadcast_in_dim"
    return rewriter.replace(op, rewriter.op(name, [op.operands[0]], op.results[0].type, attributes))
