"""Examples of patterns of TensorFlow's ops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from litert_ir.stablehlo.rewrites.tensorflow_ops.sampling_matrices import (
    Kernel,
    Sampling,
    area_matrix,
    bicubic_matrix,
)
from tests.stablehlo.rewrites.example import Array, Reference, function
from tests.stablehlo.rewrites.tensorflow_calls import call, example, integers


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


_AXIS = integers("a", 1)
_IMAGE = "(tensor<1x4x4x3xf32>, tensor<2xi32>) -> tensor<1x8x8x3xf32>"
_SIZE = integers("s", [8, 8])
_SAMPLING = "align_corners = false, half_pixel_centers = true"
_SAME = "(tensor<2x4x6xf32>) -> tensor<2x4x6xf32>"
_ALONG = "(tensor<2x4x6xf32>, tensor<i32>) -> tensor<2x4x6xf32>"
RENAMED = (
    example("rename_op", "Relu", call("Relu", "%x", _SAME), lambda x: np.maximum(x, 0)),
    example(
        "tf_top_k",
        "TopKV2",
        call(
            "TopKV2",
            "%x, %k",
            "(tensor<4x5xf32>, tensor<i32>) -> (tensor<4x2xf32>, tensor<4x2xi64>)",
            constants=integers("k", 2),
        ),
        lambda x: (-np.sort(-x)[:, :2], np.argsort(-x)[:, :2]),
    ),
    example("rename_softmax", "Softmax", call("Softmax", "%x", _SAME), _softmax),
    example(
        "leaky_relu",
        "LeakyRelu",
        call("LeakyRelu", "%x", _SAME, attributes="alpha = 0.2 : f32"),
        lambda x: np.where(x > 0, x, np.float32(0.2) * x),
    ),
    example(
        "cumulate",
        "Cumsum",
        call(
            "Cumsum",
            "%x, %a",
            _ALONG,
            constants=_AXIS,
            attributes="exclusive = false, reverse = true",
        ),
        lambda x: x[:, ::-1].cumsum(axis=1)[:, ::-1],
    ),
    example(
        "arg_extreme",
        "ArgMin",
        call(
            "ArgMin",
            "%x, %a",
            "(tensor<2x4x6xf32>, tensor<i32>) -> tensor<2x6xi32>",
            constants=_AXIS,
        ),
        lambda x: x.argmin(axis=1).astype(np.int32),
    ),
    example(
        "reverse",
        "ReverseV2",
        call(
            "ReverseV2",
            "%x, %a",
            "(tensor<2x4x6xf32>, tensor<2xi32>) -> tensor<2x4x6xf32>",
            constants=integers("a", [0, 2]),
        ),
        lambda x: x[::-1, :, ::-1],
    ),
    example(
        "gather",
        "GatherV2",
        call(
            "GatherV2",
            "%x, %i, %a",
            "(tensor<2x4x6xf32>, tensor<3xi32>, tensor<i32>) -> tensor<2x3x6xf32>",
            constants=_AXIS,
        ),
        lambda x, i: x[:, i],
    ),
    example(
        "pack",
        "Pack",
        call(
            "Pack",
            "%x, %y",
            "(tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x2x4xf32>",
            attributes="axis = 1 : i64",
        ),
        lambda x, y: np.stack([x, y], axis=1),
    ),
    example(
        "unpack",
        "Unpack",
        call(
            "Unpack",
            "%x",
            "(tensor<2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)",
            attributes="axis = 0 : i64",
        ),
        lambda x: (x[0], x[1]),
    ),
    example(
        "rename_split",
        "Split",
        call(
            "Split",
            "%a, %x",
            "(tensor<i32>, tensor<2x4xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>)",
            constants=_AXIS,
        ),
        lambda x: (x[:, :2], x[:, 2:]),
    ),
    example(
        "split",
        "SplitV",
        call(
            "SplitV",
            "%x, %s, %a",
            "(tensor<2x4xf32>, tensor<2xi32>, tensor<i32>) -> (tensor<2x1xf32>, tensor<2x3xf32>)",
            constants=_AXIS + integers("s", [1, 3]),
        ),
        lambda x: (x[:, :1], x[:, 1:]),
    ),
    example(
        "mirror_pad",
        "MirrorPad",
        call(
            "MirrorPad",
            "%x, %p",
            "(tensor<2x4xf32>, tensor<2x2xi32>) -> tensor<2x7xf32>",
            constants=integers("p", [[0, 0], [2, 1]]),
            attributes='mode = "REFLECT"',
        ),
        lambda x: np.pad(x, ((0, 0), (2, 1)), mode="reflect"),
    ),
    example(
        "one_hot",
        "OneHot",
        call(
            "OneHot",
            "%i, %d, %on, %off",
            "(tensor<5xi32>, tensor<i32>, tensor<f32>, tensor<f32>) -> tensor<5x4xf32>",
            constants=integers("d", 4)
            + """%on = stablehlo.constant dense<2.0> : tensor<f32>
            %off = stablehlo.constant dense<-1.0> : tensor<f32>""",
            attributes="axis = -1 : i64",
        ),
        lambda i: np.where(i[:, None] == np.arange(4), 2, -1).astype(np.float32),
    ),
)
IMAGES = (
    example(
        "rearrange_depth",
        "SpaceToDepth",
        call(
            "SpaceToDepth",
            "%x",
            "(tensor<1x4x4x3xf32>) -> tensor<1x2x2x12xf32>",
            attributes="block_size = 2 : i64",
        ),
        _space_to_depth,
    ),
    example(
        "rearrange_batch",
        "SpaceToBatchND",
        call(
            "SpaceToBatchND",
            "%x, %b, %p",
            "(tensor<1x4x4x3xf32>, tensor<2xi32>, tensor<2x2xi32>) -> tensor<4x2x2x3xf32>",
            constants=integers("b", [2, 2]) + integers("p", [[0, 0], [0, 0]]),
        ),
        _blocks_to_batch,
    ),
    example(
        "select_index",
        "torch_index_select",
        function(
            "%x: tensor<4x5xf32>, %i: tensor<3xi32>",
            "tensor<4x3xf32>",
            """%0 = "stablehlo.torch_index_select"(%x, %i) {dim = 1 : i64, batch_dims = 0 : i64} :
                (tensor<4x5xf32>, tensor<3xi32>) -> tensor<4x3xf32>
            return %0 : tensor<4x3xf32>""",
        ),
        lambda x, i: x[:, i],
    ),
    example(
        "resize_bilinear",
        "ResizeBilinear",
        call("ResizeBilinear", "%x, %s", _IMAGE, constants=_SIZE, attributes=_SAMPLING),
        _resized(lambda: Sampling(kernel=Kernel.TRIANGLE, antialias=False, scale=2.0).matrix(4, 8)),
    ),
    example(
        "resize_bicubic",
        "ResizeBicubic",
        call("ResizeBicubic", "%x, %s", _IMAGE, constants=_SIZE, attributes=_SAMPLING),
        _resized(lambda: bicubic_matrix(4, 8, align_corners=False, half_pixel_centers=True)),
    ),
    example(
        "resize_area",
        "ResizeArea",
        call("ResizeArea", "%x, %s", _IMAGE, constants=_SIZE, attributes="align_corners = false"),
        _resized(lambda: area_matrix(4, 8)),
    ),
    example(
        "scale_and_translate",
        "ScaleAndTranslate",
        call(
            "ScaleAndTranslate",
            "%x, %s, %f, %t",
            "(tensor<1x4x4x3xf32>, tensor<2xi32>, tensor<2xf32>, tensor<2xf32>)"
            " -> tensor<1x8x8x3xf32>",
            constants=_SIZE
            + """%f = stablehlo.constant dense<2.0> : tensor<2xf32>
            %t = stablehlo.constant dense<0.0> : tensor<2xf32>""",
            attributes='kernel_type = "lanczos3", antialias = true',
        ),
        _resized(lambda: Sampling(kernel=Kernel.LANCZOS3, antialias=True, scale=2.0).matrix(4, 8)),
    ),
    example(
        "extract_patches",
        "ExtractImagePatches",
        call(
            "ExtractImagePatches",
            "%x",
            "(tensor<1x4x4x3xf32>) -> tensor<1x2x2x12xf32>",
            attributes="ksizes = [1, 2, 2, 1], strides = [1, 2, 2, 1], rates = [1, 1, 1, 1], "
            'padding = "VALID"',
        ),
        _space_to_depth,
    ),
    example(
        "extract_patches",
        "ExtractImagePatches that overlap",
        call(
            "ExtractImagePatches",
            "%x",
            "(tensor<1x4x4x3xf32>) -> tensor<1x4x4x6xf32>",
            attributes="ksizes = [1, 1, 2, 1], strides = [1, 1, 1, 1], rates = [1, 1, 1, 1], "
            'padding = "SAME"',
        ),
        lambda x: np.concatenate([x, np.pad(x[:, :, 1:], [(0, 0), (0, 0), (0, 1), (0, 0)])], -1),
        after={"stablehlo.pad": 1, "stablehlo.slice": 2, "stablehlo.concatenate": 1},
    ),
    example(
        "resize_nearest",
        "ResizeNearestNeighbor",
        call("ResizeNearestNeighbor", "%x, %s", _IMAGE, constants=_SIZE, attributes=_SAMPLING),
        _nearest,
    ),
)
EXAMPLES = (*RENAMED, *IMAGES)
