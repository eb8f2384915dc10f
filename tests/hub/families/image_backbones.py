"""Convolutional backbones that several families share, and those whose sizes are many."""

from __future__ import annotations

from typing import Any

from keras_hub import models

ANY_SIZE = (None, None, 3)


def res_net(filters: tuple[int, ...] = (64, 16, 16), **options: Any) -> Any:
    """A ResNet of basic blocks for images of any size."""
    return models.ResNetBackbone(
        **{
            "input_conv_filters": [64],
            "input_conv_kernel_sizes": [7],
            "stackwise_num_filters": list(filters),
            "block_type": "basic_block",
            "stackwise_num_blocks": [1] * len(filters),
            "stackwise_num_strides": [1, *[2] * (len(filters) - 1)],
            "use_pre_activation": False,
            "image_shape": ANY_SIZE,
            **options,
        }
    )


def res_net_with_bottlenecks() -> Any:
    """A ResNet with three convolutions in front, for images of any size."""
    return models.ResNetBackbone(
        input_conv_filters=[8, 8, 16],
        input_conv_kernel_sizes=[3, 3, 3],
        stackwise_num_filters=[64, 16],
        stackwise_num_blocks=[1, 2],
        stackwise_num_strides=[1, 2],
        block_type="bottleneck_block_vd",
        image_shape=ANY_SIZE,
    )


def csp_net() -> Any:
    """A CSPNet for images of any size."""
    return models.CSPNetBackbone(
        stem_filters=8,
        stem_kernel_size=3,
        stem_strides=1,
        stackwise_strides=2,
        stackwise_depth=[1, 2],
        stackwise_num_filters=[16, 24],
        image_shape=ANY_SIZE,
        down_growth=True,
        bottle_ratio=(0.5, 1.0),
        block_ratio=(1.0, 0.5),
        expand_ratio=(2.0, 1.0),
        block_type="dark_block",
        stage_type="csp",
    )


def hg_net(**options: Any) -> Any:
    """An HGNetV2."""
    return models.HGNetV2Backbone(
        **{
            "depths": [1, 1],
            "embedding_size": 8,
            "hidden_sizes": [16, 32],
            "stem_channels": [3, 8, 8],
            "hidden_act": "relu",
            "use_learnable_affine_block": True,
            "apply_downsample": [False, True],
            "stackwise_stage_filters": [[8, 8, 16, 1, 1, 3], [16, 8, 32, 1, 1, 3]],
            "use_lightweight_conv_block": [False, True],
            "image_shape": (32, 32, 3),
            **options,
        }
    )


def mit() -> Any:
    """A mix transformer."""
    return models.MiTBackbone(
        layerwise_depths=[1, 1],
        image_shape=(32, 32, 3),
        hidden_dims=[8, 16],
        num_layers=2,
        layerwise_num_heads=[1, 2],
        layerwise_sr_ratios=[4, 2],
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=[7, 3],
        layerwise_strides=[4, 2],
    )


def mobile_net() -> Any:
    """A MobileNet v4."""
    return models.MobileNetBackbone(
        stackwise_expansion=[[8, 16], [24]],
        stackwise_num_blocks=[2, 1],
        stackwise_num_filters=[[8, 8], [16]],
        stackwise_kernel_size=[[3, 3], [5]],
        stackwise_num_strides=[[2, 1], [2]],
        stackwise_se_ratio=[[None, None], [0.25]],
        stackwise_activation=[["relu", "relu"], ["hard_swish"]],
        stackwise_padding=[[1, 1], [2]],
        output_num_filters=32,
        input_activation="hard_swish",
        output_activation="hard_swish",
        input_num_filters=8,
        image_shape=(32, 32, 3),
        depthwise_filters=8,
        depthwise_stride=2,
        depthwise_residual=False,
        squeeze_and_excite=0.5,
        last_layer_filter=24,
    )


def mobile_net_v5() -> Any:
    """A MobileNet v5 with a block of each kind: convolutions, inverted bottlenecks, attention."""
    return models.MobileNetV5Backbone(
        stackwise_block_types=[["er"], ["uir", "mqa"]],
        stackwise_num_blocks=[1, 2],
        stackwise_num_filters=[[8], [16, 16]],
        stackwise_strides=[[2], [2, 1]],
        stackwise_act_layers=[["relu"], ["relu", "relu"]],
        stackwise_exp_ratios=[[4.0], [4.0, 1.0]],
        stackwise_se_ratios=[[0.0], [0.0, 0.0]],
        stackwise_dw_kernel_sizes=[[0], [5, 3]],
        stackwise_dw_start_kernel_sizes=[[0], [0, 0]],
        stackwise_dw_end_kernel_sizes=[[0], [0, 0]],
        stackwise_exp_kernel_sizes=[[3], [0, 0]],
        stackwise_pw_kernel_sizes=[[1], [0, 0]],
        stackwise_num_heads=[[0], [0, 2]],
        stackwise_key_dims=[[0], [0, 8]],
        stackwise_value_dims=[[0], [0, 8]],
        stackwise_kv_strides=[[0], [0, 1]],
        stackwise_use_cpe=[[False], [False, False]],
        image_shape=(32, 32, 3),
        stem_size=8,
        use_msfa=False,
    )
