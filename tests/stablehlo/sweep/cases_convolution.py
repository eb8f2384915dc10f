"""Cases of convolutions and transposed convolutions."""

from __future__ import annotations

from typing import Any

from keras import Sequential, layers

from tests.stablehlo.sweep.case import Case, layer
from tests.stablehlo.sweep.drawing import floats

_LINE, _PLANE, _SPACE = floats(12, 4), floats(9, 8, 4), floats(6, 5, 4, 2)


_PADDED = {"strides": 2, "padding": "same", "output_padding": 1}


def _line(name: str, kind: Any, *arguments: Any, **options: Any) -> Case:
    return layer(name, lambda: kind(*arguments, **options), _LINE)


def _plane(name: str, kind: Any, *arguments: Any, **options: Any) -> Case:
    return layer(name, lambda: kind(*arguments, **options), _PLANE)


def _space(name: str, kind: Any, *arguments: Any, **options: Any) -> Case:
    return layer(name, lambda: kind(*arguments, **options), _SPACE)


def _block() -> Any:
    """Convolution, batch norm and activation, as they stand in most networks."""
    return Sequential(
        [
            layers.Conv2D(8, 3, padding="same", use_bias=False),
            *(layers.BatchNormalization(), layers.ReLU(6.0)),
            layers.DepthwiseConv2D(3, padding="same", strides=2, use_bias=False),
            *(layers.BatchNormalization(), layers.Activation("silu"), layers.Conv2D(4, 1)),
        ]
    )


def _normalized(channels: int) -> Any:
    convolution = layers.Conv2D(channels, 3, use_bias=False)
    return Sequential([convolution, layers.BatchNormalization(), layers.ReLU()])


CONV_1D = (
    _line("conv1d", layers.Conv1D, 5, 3),
    _line("conv1d_same", layers.Conv1D, 5, 3, padding="same", activation="relu"),
    _line("conv1d_causal", layers.Conv1D, 5, 3, padding="causal"),
    _line("conv1d_causal_dilated", layers.Conv1D, 5, 3, padding="causal", dilation_rate=2),
    _line("conv1d_strided", layers.Conv1D, 5, 3, strides=2),
    _line("conv1d_strided_same", layers.Conv1D, 5, 4, strides=3, padding="same"),
    _line("conv1d_dilated", layers.Conv1D, 5, 3, dilation_rate=2),
    _line("conv1d_dilated_same", layers.Conv1D, 5, 3, dilation_rate=3, padding="same"),
    _line("conv1d_groups", layers.Conv1D, 6, 3, groups=2),
    _line("conv1d_channels_first", layers.Conv1D, 5, 3, data_format="channels_first"),
    layer("conv1d_big", lambda: layers.Conv1D(80, 3, padding="causal"), floats(6, 80)),
    layer("conv1d_of_any_length", lambda: layers.Conv1D(5, 3, padding="same"), floats(None, 4)),
)
CONV_2D = (
    _plane("conv2d", layers.Conv2D, 5, 3),
    _plane("conv2d_same", layers.Conv2D, 5, 3, padding="same", activation="relu"),
    _plane("conv2d_1x1", layers.Conv2D, 5, 1, use_bias=False),
    _plane("conv2d_strided", layers.Conv2D, 5, 3, strides=2),
    _plane("conv2d_strided_same", layers.Conv2D, 5, 3, strides=2, padding="same"),
    _plane("conv2d_oblong", layers.Conv2D, 5, (1, 4), strides=(2, 1), padding="same"),
    _plane("conv2d_even_kernel", layers.Conv2D, 5, 4, padding="same"),
    _plane("conv2d_dilated", layers.Conv2D, 5, 3, dilation_rate=2),
    _plane("conv2d_dilated_same", layers.Conv2D, 5, 3, dilation_rate=(2, 3), padding="same"),
    _plane("conv2d_groups", layers.Conv2D, 6, 3, groups=2),
    _plane("conv2d_depthwise_by_groups", layers.Conv2D, 8, 3, groups=4, padding="same"),
    _plane("conv2d_channels_first", layers.Conv2D, 5, 3, data_format="channels_first"),
    layer("conv2d_big", lambda: layers.Conv2D(48, 3, padding="same"), floats(6, 6, 48)),
    layer("conv2d_big_groups", lambda: layers.Conv2D(96, 3, groups=2), floats(6, 6, 96)),
    layer("conv2d_batch_norm_big", lambda: _normalized(48), floats(5, 5, 48)),
    layer("conv2d_of_any_size", lambda: layers.Conv2D(5, 3, padding="same"), floats(None, None, 4)),
    layer("conv2d_batch_norm_block", _block, _PLANE),
)
CONV_3D = (
    _space("conv3d", layers.Conv3D, 3, 2),
    _space("conv3d_same", layers.Conv3D, 3, 3, padding="same", activation="relu"),
    _space("conv3d_strided_same", layers.Conv3D, 3, 3, strides=2, padding="same"),
    _space("conv3d_dilated", layers.Conv3D, 3, 2, dilation_rate=2),
    _space("conv3d_groups", layers.Conv3D, 4, 2, groups=2),
    _space("conv3d_channels_first", layers.Conv3D, 3, 2, data_format="channels_first"),
    layer("conv3d_big", lambda: layers.Conv3D(32, 3, padding="same"), floats(3, 3, 3, 32)),
)
DEPTHWISE = (
    _line("depthwise_conv1d", layers.DepthwiseConv1D, 3),
    _line("depthwise_conv1d_multiplier", layers.DepthwiseConv1D, 3, depth_multiplier=2),
    _line("depthwise_conv1d_strided_same", layers.DepthwiseConv1D, 3, strides=2, padding="same"),
    _line("depthwise_conv1d_dilated", layers.DepthwiseConv1D, 3, dilation_rate=2),
    _plane("depthwise_conv2d", layers.DepthwiseConv2D, 3),
    _plane("depthwise_conv2d_same", layers.DepthwiseConv2D, 3, padding="same", activation="relu6"),
    _plane("depthwise_conv2d_multiplier", layers.DepthwiseConv2D, 3, depth_multiplier=3),
    _plane("depthwise_conv2d_strided", layers.DepthwiseConv2D, 3, strides=2, padding="same"),
    _plane("depthwise_conv2d_dilated", layers.DepthwiseConv2D, 3, dilation_rate=2, padding="same"),
    layer("depthwise_conv2d_big", lambda: layers.DepthwiseConv2D(7), floats(8, 8, 400)),
    _line("separable_conv1d", layers.SeparableConv1D, 5, 3),
    _line("separable_conv1d_same", layers.SeparableConv1D, 5, 3, padding="same", strides=2),
    _plane("separable_conv2d", layers.SeparableConv2D, 5, 3),
    _plane("separable_conv2d_same", layers.SeparableConv2D, 5, 3, padding="same", strides=2),
    _plane("separable_conv2d_dilated", layers.SeparableConv2D, 5, 3, dilation_rate=2),
    _plane("separable_conv2d_multiplier", layers.SeparableConv2D, 5, 3, depth_multiplier=2),
)
TRANSPOSED = (
    _line("conv1d_transpose", layers.Conv1DTranspose, 5, 3),
    _line("conv1d_transpose_strided", layers.Conv1DTranspose, 5, 3, strides=2),
    _line("conv1d_transpose_same", layers.Conv1DTranspose, 5, 4, strides=2, padding="same"),
    _line(
        "conv1d_transpose_padded",
        *(layers.Conv1DTranspose, 5, 3),
        **_PADDED,
    ),
    _line("conv1d_transpose_dilated", layers.Conv1DTranspose, 5, 3, dilation_rate=2),
    _plane("conv2d_transpose", layers.Conv2DTranspose, 5, 3),
    _plane("conv2d_transpose_strided", layers.Conv2DTranspose, 5, 3, strides=2),
    _plane("conv2d_transpose_same", layers.Conv2DTranspose, 5, 3, strides=2, padding="same"),
    _plane("conv2d_transpose_same_unstrided", layers.Conv2DTranspose, 5, 3, padding="same"),
    _plane("conv2d_transpose_small_kernel", layers.Conv2DTranspose, 5, 2, strides=3),
    _plane("conv2d_transpose_oblong", layers.Conv2DTranspose, 5, (2, 4), strides=(1, 2)),
    _plane(
        "conv2d_transpose_padded",
        *(layers.Conv2DTranspose, 5, 3),
        **_PADDED,
    ),
    _plane("conv2d_transpose_dilated", layers.Conv2DTranspose, 5, 3, dilation_rate=2),
    layer(
        "conv2d_transpose_big", lambda: layers.Conv2DTranspose(48, 3, strides=2), floats(4, 4, 48)
    ),
    _space("conv3d_transpose", layers.Conv3DTranspose, 3, 2),
    _space("conv3d_transpose_strided", layers.Conv3DTranspose, 3, 2, strides=2),
    _space("conv3d_transpose_same", layers.Conv3DTranspose, 3, 3, strides=2, padding="same"),
)
CASES = (*CONV_1D, *CONV_2D, *CONV_3D, *DEPTHWISE, *TRANSPOSED)
