"""The TensorFlow ops that are legalized one to one, past the lowering to StableHLO."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from litert_ir.stablehlo.mlir.bindings import mlir_context, parse, printed
from litert_ir.stablehlo.mlir.creation import before
from litert_ir.stablehlo.mlir.functions import main_of
from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.mlir.locations import mark_padded
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    is_static,
    producer,
    properties,
    shape_of,
    text,
)
from litert_ir.stablehlo.mlir.walk import operations
from litert_ir.stablehlo.trace.modules.hidden_positions import hidden_masks
from litert_ir.stablehlo.trace.modules.named_identities import name_identities

_FLOAT = frozenset({"float32", "float16", "bfloat16"})
_TAKEN = frozenset({*_FLOAT, "int32", "int64"})
_MOST_DIMENSIONS = 4
"""The greatest rank of LiteRT's kernels that broadcast by themselves."""


Condition = Callable[[Operation], bool]


def _is_float(op: Operation) -> bool:
    return dtype_of(op.operands[0]) in _FLOAT


def _is_number(op: Operation) -> bool:
    return dtype_of(op.operands[0]) in _TAKEN


def _has_constants(*positions: int) -> Condition:
    """The condition that these operands are constants."""

    def condition(op: Operation) -> bool:
        makers = [producer(op.operands[position]) for position in positions]
        return all(maker is not None and maker.name == "tf.Const" for maker in makers)

    return condition


def _is_channels_last(op: Operation) -> bool:
    return text(op, "data_format", "NHWC") == "NHWC"


def _rank(op: Operation) -> int:
    return len(shape_of(op.operands[0]))


def _is_image(op: Operation) -> bool:
    return _rank(op) == 4 and _is_float(op)


def _has_spatial_dimensions(op: Operation) -> bool:
    return _rank(op) in (3, 4, 5) and _is_float(op)


def _has_segments(op: Operation) -> bool:
    types = [dtype_of(operand) for operand in op.operands]
    return types[0] in ("float32", "int32") and {*types[1:]} <= {"int32", "int64"}


def _has_few_dimensions(op: Operation) -> bool:
    return max(len(shape_of(operand)) for operand in op.operands) <= _MOST_DIMENSIONS


KEPT_OPS: Mapping[str, tuple[Condition, ...]] = {
    "tf.ArgMax": (_is_number, _has_constants(1)),
    "tf.ArgMin": (_is_number, _has_constants(1)),
    "tf.BatchToSpaceND": (_has_spatial_dimensions, _has_constants(1, 2)),
    "tf.BesselI0": (_is_float,),
    "tf.Bucketize": (_is_number,),
    "tf.Cross": (_is_float,),
    "tf.Cumsum": (_is_number, _has_constants(1)),
    "tf.DepthToSpace": (_is_image, _is_channels_last),
    "tf.Elu": (_is_float,),
    "tf.Erfinv": (_is_float,),
    "tf.ExtractImagePatches": (_is_image,),
    "tf.FFT2D": (),
    "tf.FloorDiv": (_is_number, _has_few_dimensions),
    "tf.FloorMod": (_is_number, _has_few_dimensions),
    "tf.GatherNd": (_is_number,),
    "tf.GatherV2": (_has_constants(2),),
    "tf.HSVToRGB": (_is_float,),
    "tf.IFFT2D": (),
    "tf.ImageProjectiveTransformV3": (_is_image,),
    "tf.InTopKV2": (_is_float,),
    "tf.LeakyRelu": (_is_float,),
    "tf.LogSoftmax": (_is_float,),
    "tf.LowerBound": (_is_number,),
    "tf.MatrixDiagV3": (_is_number, _has_constants(1, 2, 3, 4)),
    "tf.MirrorPad": (_is_number, _has_constants(1)),
    "tf.OneHot": (_has_constants(1, 2, 3),),
    "tf.Pack": (_is_number,),
    "tf.RGBToHSV": (_is_float,),
    "tf.Relu": (_is_float,),
    "tf.Relu6": (_is_float,),
    "tf.ResizeArea": (_is_image, _has_constants(1)),
    "tf.ResizeBicubic": (_is_image, _has_constants(1)),
    "tf.ResizeBilinear": (_is_image, _has_constants(1)),
    "tf.ResizeNearestNeighbor": (_is_image, _has_constants(1)),
    "tf.ReverseV2": (_is_number, _has_constants(1)),
    "tf.ScaleAndTranslate": (_is_image, _has_constants(1, 2, 3)),
    "tf.Softmax": (_is_float,),
    "tf.SpaceToBatchND": (_has_spatial_dimensions, _has_constants(1, 2)),
    "tf.SpaceToDepth": (_is_image, _is_channels_last),
    "tf.Split": (_is_number, _has_constants(0)),
    "tf.SplitV": (_is_number, _has_constants(1, 2)),
    "tf.SquaredDifference": (_is_float, _has_few_dimensions),
    "tf.Tile": (_is_number, _has_constants(1)),
    "tf.TopKV2": (_is_number, _has_constants(1)),
    "tf.Unpack": (_is_number,),
    **{
        f"tf.UnsortedSegment{name}": (_has_segments, _has_constants(2))
        for name in ("Max", "Min", "Prod", "Sum")
    },
    "tf.UpperBound": (_is_number,),
}
"""The conditions under which LiteRT has the same op; where one fails, TensorFlow lowers it."""


_PADDING_OPS = frozenset(
    f"tf.{name}"
    for name in (
        *("AvgPool", "AvgPool3D", "MaxPool", "MaxPool3D"),
        *("Conv2D", "Conv3D", "DepthwiseConv2dNative"),
    )
)


def mark(module: str) -> str:
    """See `litert_ir.stablehlo.child_steps.mark_kept_ops`."""
    with mlir_context():
        parsed = parse(module)
        name_identities(parsed)
        for op in hidden_masks(main_of(parsed)):
            _hide(op)
        for op in operations(parsed):
            if op.name in _PADDING_OPS:
                _name_padding(op)
            if op.name in KEPT_OPS and _is_kept(op):
                _hide(op)
        return printed(parsed)


def _is_kept(op: Operation) -> bool:
    is_fixed = all(map(is_static, [*op.operands, *op.results]))
    return is_fixed and all(condition(op) for condition in KEPT_OPS[op.name])


def _name_padding(op: Operation) -> None:
    """Record in an op's location that it pads by ``SAME``: the lowering makes numbers of it."""
    if text(op, "padding") == "SAME":
        mark_padded(op)


def _hide(op: Operation) -> None:
    """Replace an op by a custom call of its name, with its attributes."""
    attributes = {**properties(op), "call_target_name": op.name}
    results = [result.type for result in op.results]
    call = before(op).create("stablehlo.custom_call", op.operands, results, attributes)
    for old, new in zip(op.results, call.results, strict=True):
        old.replace_all_uses_with(new)
    op.erase()
