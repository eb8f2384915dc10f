"""Classifiers of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_hub import models

from tests.hub.families.family import Family
from tests.hub.families.image_backbones import (
    csp_net,
    hg_net,
    mit,
    mobile_net,
    mobile_net_v5,
    res_net,
    res_net_with_bottlenecks,
)

SIDE = 32
"""Pixels of an image's side."""

SHAPE = (SIDE, SIDE, 3)


def _classifier(cls: Any, backbone: Any, side: int, **options: Any) -> Any:
    convert = cls.preprocessor_cls.image_converter_cls(image_size=(side, side), scale=1 / 255)
    return cls(
        backbone=backbone,
        num_classes=3,
        preprocessor=cls.preprocessor_cls(image_converter=convert),
        **options,
    )


def classifier(
    prefix: str, make: Callable[[], Any], *, side: int = SIDE, variant: str = "", **options: Any
) -> Family:
    """A classifier.

    Args:
        prefix: How the classes of the model begin.
        make: Makes the backbone.
        side: Pixels of an image's side.
        variant: See `Family`.
        options: For the task.
    """
    cls = getattr(models, f"{prefix}ImageClassifier")
    return Family(
        cls=cls,
        variant=variant,
        build=lambda: _classifier(cls, make(), side, **options),
        inputs={"images": (side, side, 3)},
    )


def _dense_net() -> Any:
    return models.DenseNetBackbone(
        stackwise_num_repeats=[1, 2, 1], compression_ratio=0.5, growth_rate=4, image_shape=SHAPE
    )


def _deit() -> Any:
    return models.DeiTBackbone(
        image_shape=SHAPE,
        patch_size=8,
        num_layers=2,
        num_heads=2,
        hidden_dim=16,
        intermediate_dim=32,
    )


def _vit() -> Any:
    return models.ViTBackbone(
        image_shape=SHAPE,
        patch_size=(8, 8),
        num_layers=2,
        num_heads=2,
        hidden_dim=16,
        mlp_dim=32,
    )


def _vgg() -> Any:
    return models.VGGBackbone(
        stackwise_num_repeats=[1, 2, 1], stackwise_num_filters=[4, 8, 8], image_shape=SHAPE
    )


def _xception() -> Any:
    return models.XceptionBackbone(
        stackwise_conv_filters=[[8, 16], [32, 32], [32, 32]],
        stackwise_pooling=[False, True, False],
    )


def _efficient_net() -> Any:
    return models.EfficientNetBackbone(
        width_coefficient=1.0,
        depth_coefficient=1.0,
        stackwise_kernel_sizes=[3, 5],
        stackwise_num_repeats=[1, 2],
        stackwise_input_filters=[8, 8],
        stackwise_output_filters=[8, 16],
        stackwise_expansion_ratios=[1, 4],
        stackwise_strides=[1, 2],
        stackwise_block_types=["v1", "v1"],
        stackwise_squeeze_and_excite_ratios=[0.25, 0.25],
        include_stem_padding=True,
        use_depth_divisor_as_min_depth=True,
        cap_round_filter_decrease=True,
        stem_conv_padding="valid",
        dropout=0,
        projection_activation=None,
    )


def _efficient_net_v2() -> Any:
    return models.EfficientNetBackbone(
        width_coefficient=1.0,
        depth_coefficient=1.0,
        stackwise_kernel_sizes=[3, 3],
        stackwise_num_repeats=[1, 2],
        stackwise_input_filters=[8, 8],
        stackwise_output_filters=[8, 16],
        stackwise_expansion_ratios=[1, 4],
        stackwise_strides=[1, 2],
        stackwise_block_types=["fused", "unfused"],
        stackwise_squeeze_and_excite_ratios=[0.0, 0.25],
        stackwise_force_input_filters=[0, 0],
        stackwise_nores_option=[False, False],
    )


def _swin() -> Any:
    return models.SwinTransformerBackbone(
        image_shape=SHAPE, embed_dim=8, depths=(2, 1), num_heads=(2, 4), window_size=4
    )


FAMILIES: tuple[Family, ...] = (
    classifier("CSPNet", csp_net),
    classifier("DeiT", _deit),
    classifier("DenseNet", _dense_net),
    classifier("EfficientNet", _efficient_net),
    classifier("EfficientNet", _efficient_net_v2, variant="v2"),
    classifier("HGNetV2", hg_net),
    classifier("MiT", mit),
    classifier("MobileNet", mobile_net),
    classifier("MobileNetV5", mobile_net_v5),
    classifier("ResNet", lambda: res_net(use_pre_activation=True)),
    classifier("ResNet", res_net_with_bottlenecks, variant="vd"),
    classifier("SwinTransformer", _swin),
    classifier("VGG", _vgg, pooling="flatten"),
    classifier("ViT", _vit),
    classifier("Xception", _xception, side=48),
)
