"""Examples of patterns of TensorFlow's ops."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from litert_ir.conversion.stablehlo.rewrites.sampling_matrices import (
    Kernel,
    Sampling,
    area_matrix,
    bicubic_matrix,
)
from tests.conversion.stablehlo.rewrites.example import Array, Example, Reference, function

_KINDS = {"x": "tensor<2x4x6xf32>", "y": "tensor<2x4x6xf32>"}


def _call(
    name: str, operands: str, kinds: str, *, constants: str = "", attributes: str = ""
) -> str:
    """A custom call of a TensorFlow op; its first operand is an argument."""
    inputs, result = kinds.split(" -> ")
    given = [item for item in operands.split(", ") if f"{item} = " not in constants]
    types = inputs.strip("()").split(", ")
    arguments = ", ".join(
        f"{name}: {kind}"
        for name, kind in zip(operands.split(", "), types, strict=True)
        if name in given
    )
    count = result.count("tensor")
    many = f"%0:{count}" if count > 1 else "%0"
    values = ", ".join(f"%0#{index}" for index in range(count)) if count > 1 else "%0"
    body = f"""{constants}
    {many} = stablehlo.custom_call @tf.{name}({operands}) {{{attributes}}} : {kinds}
    return {values} : {result.strip("()")}"""
    return function(arguments, result, body)


def _integers(name: str, values: Any) -> str:
    array = np.asarray(values)
    shape = "x".join([*map(str, array.shape), "i32"])
    return f"%{name} = stablehlo.constant dense<{array.tolist()}> : tensor<{shape}>\n"


def _example(
    pattern: str, op: str, before: str, after: dict[str, int], reference: Reference, *inputs: Array
) -> Example:
    return Example(
        name=f"tf.{op}",
        patterns=(pattern,),
        before=before,
        after=after,
        reference=reference,
        inputs=inputs or None,
    )


def _inverse_erf(x: Array) -> Array:
    """By halving the interval 50 times."""
    low, high = np.full(x.shape, -3.0), np.full(x.shape, 3.0)
    for _ in range(50):
        middle = (low + high) / 2
        below = np.vectorize(math.erf)(middle) < x
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low.astype(np.float32)


def _resized(matrix: Callable[[], Array]) -> Reference:
    """Rows and columns times a matrix."""
    return lambda x: np.einsum("yh,bhwc,xw->byxc", matrix(), x, matrix())


def _space_to_depth(x: Array) -> Array:
    blocks = x.reshape(1, 2, 2, 2, 2, 3).transpose(0, 1, 3, 2, 4, 5)
    return np.asarray(blocks.reshape(1, 2, 2, 12))


def _blocks_to_batch(x: Array) -> Array:
    return np.concatenate([x[:, i::2, j::2] for i in range(2) for j in range(2)])


def _softmax(x: Array) -> Array:
    exponentials = np.exp(x)
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def _nearest(x: Array) -> Array:
    return x.repeat(2, axis=1).repeat(2, axis=2)


_PRODUCTS = {"stablehlo.dot_general": 2, "stablehlo.transpose": 2}
_AXIS = _integers("a", 1)
_IMAGE = "(tensor<1x4x4x3xf32>, tensor<2xi32>) -> tensor<1x8x8x3xf32>"
_SIZE = _integers("s", [8, 8])
_SAMPLING = "align_corners = false, half_pixel_centers = true"
_SAME = "(tensor<2x4x6xf32>) -> tensor<2x4x6xf32>"
_ALONG = "(tensor<2x4x6xf32>, tensor<i32>) -> tensor<2x4x6xf32>"
RENAMED = (
    _example(
        "rename_op", "Relu", _call("Relu", "%x", _SAME), {"tfl.relu": 1}, lambda x: np.maximum(x, 0)
    ),
    _example(
        "rename_softmax", "Softmax", _call("Softmax", "%x", _SAME), {"tfl.softmax": 1}, _softmax
    ),
    _example(
        "leaky_relu",
        "LeakyRelu",
        _call("LeakyRelu", "%x", _SAME, attributes="alpha = 0.2 : f32"),
        {"tfl.leaky_relu": 1},
        lambda x: np.where(x > 0, x, np.float32(0.2) * x),
    ),
    _example(
        "cumulate",
        "Cumsum",
        _call(
            "Cumsum",
            "%x, %a",
            _ALONG,
            constants=_AXIS,
            attributes="exclusive = false, reverse = true",
        ),
        {"tfl.cumsum": 1},
        lambda x: x[:, ::-1].cumsum(axis=1)[:, ::-1],
    ),
    _example(
        "arg_extreme",
        "ArgMin",
        _call(
            "ArgMin",
            "%x, %a",
            "(tensor<2x4x6xf32>, tensor<i32>) -> tensor<2x6xi32>",
            constants=_AXIS,
        ),
        {"tfl.arg_min": 1},
        lambda x: x.argmin(axis=1).astype(np.int32),
    ),
    _example(
        "reverse",
        "ReverseV2",
        _call(
            "ReverseV2",
            "%x, %a",
            "(tensor<2x4x6xf32>, tensor<2xi32>) -> tensor<2x4x6xf32>",
            constants=_integers("a", [0, 2]),
        ),
        {"tfl.reverse_v2": 2},
        lambda x: x[::-1, :, ::-1],
    ),
    _example(
        "gather",
        "GatherV2",
        _call(
            "GatherV2",
            "%x, %i, %a",
            "(tensor<2x4x6xf32>, tensor<3xi32>, tensor<i32>) -> tensor<2x3x6xf32>",
            constants=_AXIS,
        ),
        {"tfl.gather": 1},
        lambda x, i: x[:, i],
    ),
    _example(
        "pack",
        "Pack",
        _call(
            "Pack",
            "%x, %y",
            "(tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x2x4xf32>",
            attributes="axis = 1 : i64",
        ),
        {"tfl.pack": 1},
        lambda x, y: np.stack([x, y], axis=1),
    ),
    _example(
        "unpack",
        "Unpack",
        _call(
            "Unpack",
            "%x",
            "(tensor<2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)",
            attributes="axis = 0 : i64",
        ),
        {"tfl.unpack": 1},
        lambda x: (x[0], x[1]),
    ),
    _example(
        "rename_split",
        "Split",
        _call(
            "Split",
            "%a, %x",
            "(tensor<i32>, tensor<2x4xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>)",
            constants=_AXIS,
        ),
        {"tfl.split": 1},
        lambda x: (x[:, :2], x[:, 2:]),
    ),
    _example(
        "split",
        "SplitV",
        _call(
            "SplitV",
            "%x, %s, %a",
            "(tensor<2x4xf32>, tensor<2xi32>, tensor<i32>) -> (tensor<2x1xf32>, tensor<2x3xf32>)",
            constants=_AXIS + _integers("s", [1, 3]),
        ),
        {"tfl.split_v": 1},
        lambda x: (x[:, :1], x[:, 1:]),
    ),
    _example(
        "mirror_pad",
        "MirrorPad",
        _call(
            "MirrorPad",
            "%x, %p",
            "(tensor<2x4xf32>, tensor<2x2xi32>) -> tensor<2x7xf32>",
            constants=_integers("p", [[0, 0], [2, 1]]),
            attributes='mode = "REFLECT"',
        ),
        {"tfl.mirror_pad": 1},
        lambda x: np.pad(x, ((0, 0), (2, 1)), mode="reflect"),
    ),
    _example(
        "one_hot",
        "OneHot",
        _call(
            "OneHot",
            "%i, %d, %on, %off",
            "(tensor<5xi32>, tensor<i32>, tensor<f32>, tensor<f32>) -> tensor<5x4xf32>",
            constants=_integers("d", 4)
            + """%on = stablehlo.constant dense<2.0> : tensor<f32>
            %off = stablehlo.constant dense<-1.0> : tensor<f32>""",
            attributes="axis = -1 : i64",
        ),
        {"tfl.one_hot": 1},
        lambda i: np.where(i[:, None] == np.arange(4), 2, -1).astype(np.float32),
    ),
)
IMAGES = (
    _example(
        "rearrange_depth",
        "SpaceToDepth",
        _call(
            "SpaceToDepth",
            "%x",
            "(tensor<1x4x4x3xf32>) -> tensor<1x2x2x12xf32>",
            attributes="block_size = 2 : i64",
        ),
        {"tfl.space_to_depth": 1},
        _space_to_depth,
    ),
    _example(
        "rearrange_batch",
        "SpaceToBatchND",
        _call(
            "SpaceToBatchND",
            "%x, %b, %p",
            "(tensor<1x4x4x3xf32>, tensor<2xi32>, tensor<2x2xi32>) -> tensor<4x2x2x3xf32>",
            constants=_integers("b", [2, 2]) + _integers("p", [[0, 0], [0, 0]]),
        ),
        {"tfl.space_to_batch_nd": 1},
        _blocks_to_batch,
    ),
    _example(
        "select_index",
        "torch_index_select",
        function(
            "%x: tensor<4x5xf32>, %i: tensor<3xi32>",
            "tensor<4x3xf32>",
            """%0 = "stablehlo.torch_index_select"(%x, %i) {dim = 1 : i64, batch_dims = 0 : i64} :
                (tensor<4x5xf32>, tensor<3xi32>) -> tensor<4x3xf32>
            return %0 : tensor<4x3xf32>""",
        ),
        {"tfl.gather": 1},
        lambda x, i: x[:, i],
    ),
    _example(
        "resize_bilinear",
        "ResizeBilinear",
        _call("ResizeBilinear", "%x, %s", _IMAGE, constants=_SIZE, attributes=_SAMPLING),
        {"tfl.resize_bilinear": 1},
        _resized(lambda: Sampling(kernel=Kernel.TRIANGLE, antialias=False, scale=2.0).matrix(4, 8)),
    ),
    _example(
        "resize_bicubic",
        "ResizeBicubic",
        _call("ResizeBicubic", "%x, %s", _IMAGE, constants=_SIZE, attributes=_SAMPLING),
        _PRODUCTS,
        _resized(lambda: bicubic_matrix(4, 8, align_corners=False, half_pixel_centers=True)),
    ),
    _example(
        "resize_area",
        "ResizeArea",
        _call("ResizeArea", "%x, %s", _IMAGE, constants=_SIZE, attributes="align_corners = false"),
        _PRODUCTS,
        _resized(lambda: area_matrix(4, 8)),
    ),
    _example(
        "scale_and_translate",
        "ScaleAndTranslate",
        _call(
            "ScaleAndTranslate",
            "%x, %s, %f, %t",
            "(tensor<1x4x4x3xf32>, tensor<2xi32>, tensor<2xf32>, tensor<2xf32>)"
            " -> tensor<1x8x8x3xf32>",
            constants=_SIZE
            + """%f = stablehlo.constant dense<2.0> : tensor<2xf32>
            %t = stablehlo.constant dense<0.0> : tensor<2xf32>""",
            attributes='kernel_type = "lanczos3", antialias = true',
        ),
        _PRODUCTS,
        _resized(lambda: Sampling(kernel=Kernel.LANCZOS3, antialias=True, scale=2.0).matrix(4, 8)),
    ),
    _example(
        "extract_patches",
        "ExtractImagePatches",
        _call(
            "ExtractImagePatches",
            "%x",
            "(tensor<1x4x4x3xf32>) -> tensor<1x2x2x12xf32>",
            attributes="ksizes = [1, 2, 2, 1], strides = [1, 2, 2, 1], rates = [1, 1, 1, 1], "
            'padding = "VALID"',
        ),
        {"tfl.space_to_depth": 1},
        _space_to_depth,
    ),
    _example(
        "extract_patches",
        "ExtractImagePatches that overlap",
        _call(
            "ExtractImagePatches",
            "%x",
            "(tensor<1x4x4x3xf32>) -> tensor<1x4x4x6xf32>",
            attributes="ksizes = [1, 1, 2, 1], strides = [1, 1, 1, 1], rates = [1, 1, 1, 1], "
            'padding = "SAME"',
        ),
        {"stablehlo.pad": 1, "stablehlo.slice": 2, "stablehlo.concatenate": 1},
        lambda x: np.concatenate([x, np.pad(x[:, :, 1:], [(0, 0), (0, 0), (0, 1), (0, 0)])], -1),
    ),
    _example(
        "resize_nearest",
        "ResizeNearestNeighbor",
        _call("ResizeNearestNeighbor", "%x, %s", _IMAGE, constants=_SIZE, attributes=_SAMPLING),
        {"tfl.resize_nearest_neighbor": 1},
        _nearest,
    ),
)
COMPOSED = (
    _example(
        "bucketize",
        "Bucketize",
        _call(
            "Bucketize",
            "%x",
            "(tensor<2x6xf32>) -> tensor<2x6xi32>",
            attributes="boundaries = [-0.5 : f32, 0.0 : f32, 0.5 : f32]",
        ),
        {
            "stablehlo.reshape": 2,
            "stablehlo.broadcast_in_dim": 2,
            "stablehlo.compare": 1,
            "stablehlo.convert": 1,
            "tfl.sum": 1,
        },
        lambda x: np.digitize(x, [-0.5, 0.0, 0.5]).astype(np.int32),
    ),
    _example(
        "find_bound",
        "UpperBound",
        _call(
            "UpperBound",
            "%r, %x",
            "(tensor<1x4xf32>, tensor<1x6xf32>) -> tensor<1x6xi32>",
            constants="%r = stablehlo.constant dense<[[-1.0, 0.0, 0.5, 2.0]]> : tensor<1x4xf32>",
        ),
        {
            "stablehlo.reshape": 2,
            "stablehlo.broadcast_in_dim": 2,
            "stablehlo.compare": 1,
            "stablehlo.convert": 1,
            "tfl.sum": 1,
        },
        lambda x: np.searchsorted([-1.0, 0.0, 0.5, 2.0], x, side="right").astype(np.int32),
    ),
    _example(
        "find_in_top",
        "InTopKV2",
        _call(
            "InTopKV2",
            "%x, %i, %k",
            "(tensor<4x5xf32>, tensor<4xi32>, tensor<i32>) -> tensor<4xi1>",
            constants=_integers("k", 2),
        ),
        {
            "tfl.gather": 1,
            "stablehlo.reshape": 1,
            "stablehlo.broadcast_in_dim": 2,
            "stablehlo.compare": 2,
            "stablehlo.convert": 1,
            "tfl.sum": 1,
        },
        lambda x, i: (x > x[np.arange(4), i][:, None]).sum(axis=1) < 2,
    ),
    _example(
        "cross_product",
        "Cross",
        _call("Cross", "%x, %y", "(tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>"),
        {"tfl.gather": 4, "stablehlo.multiply": 2, "stablehlo.subtract": 1},
        np.cross,
    ),
    _example(
        "invert_erf",
        "Erfinv",
        _call("Erfinv", "%x", "(tensor<2x6xf32>) -> tensor<2x6xf32>"),
        {"chlo.erf_inv": 1},
        _inverse_erf,
        np.linspace(-0.95, 0.95, 12, dtype=np.float32).reshape(2, 6),
    ),
    _example(
        "put_on_diagonal",
        "MatrixDiagV3",
        _call(
            "MatrixDiagV3",
            "%x, %k, %r, %c, %f",
            "(tensor<2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<f32>)"
            " -> tensor<2x3x3xf32>",
            constants=_integers("k", 0)
            + _integers("r", -1)
            + _integers("c", -1)
            + "%f = stablehlo.constant dense<0.0> : tensor<f32>",
        ),
        {"tfl.matrix_diag": 1},
        lambda x: x[:, :, None] * np.eye(3, dtype=np.float32),
    ),
)
EXAMPLES = (*RENAMED, *IMAGES, *COMPOSED)
