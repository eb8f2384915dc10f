"""Detectors of objects, segmenters of images, estimators of depth."""

from __future__ import annotations

from typing import Any

from keras_hub import layers, models

from tests.hub.families.family import Family
from tests.hub.families.image_backbones import hg_net, mit, res_net

SIDE = 32
PATCH, SIDE_IN_PATCHES = 14, 6


def _retina_net() -> Any:
    from keras_hub.src.models.retinanet.retinanet_label_encoder import RetinaNetLabelEncoder

    backbone = models.RetinaNetBackbone(
        image_encoder=res_net((64, 16, 16), block_type="bottleneck_block"),
        min_level=3,
        max_level=4,
        use_p5=False,
    )
    anchors = layers.AnchorGenerator(
        bounding_box_format="yxyx",
        min_level=3,
        max_level=4,
        num_scales=3,
        aspect_ratios=[0.5, 1.0, 2.0],
        anchor_size=4,
    )
    converter = layers.RetinaNetImageConverter(
        bounding_box_format="yxyx", scale=1 / 255, image_size=(SIDE, 2 * SIDE)
    )
    return models.RetinaNetObjectDetector(
        backbone=backbone,
        anchor_generator=anchors,
        num_classes=5,
        bounding_box_format="yxyx",
        preprocessor=models.RetinaNetObjectDetectorPreprocessor(image_converter=converter),
        label_encoder=RetinaNetLabelEncoder(bounding_box_format="yxyx", anchor_generator=anchors),
    )


def _d_fine() -> Any:
    encoder = hg_net(
        image_shape=(None, None, 3),
        out_features=["stage1", "stage2"],
        use_lightweight_conv_block=[False, False],
    )
    backbone = models.DFineBackbone(
        backbone=encoder,
        decoder_in_channels=[16, 16],
        encoder_hidden_dim=16,
        num_denoising=10,
        num_labels=4,
        hidden_dim=16,
        learn_initial_query=False,
        num_queries=6,
        anchor_image_size=(SIDE, SIDE),
        feat_strides=[4, 8],
        num_feature_levels=2,
        encoder_in_channels=[16, 32],
        encode_proj_layers=[1],
        num_attention_heads=2,
        encoder_ffn_dim=32,
        num_encoder_layers=1,
        hidden_expansion=0.5,
        depth_multiplier=0.5,
        eval_idx=-1,
        num_decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=32,
        decoder_method="default",
        decoder_n_points=[2, 2],
        lqe_hidden_dim=16,
        num_lqe_layers=1,
        out_features=["stage1", "stage2"],
        image_shape=(None, None, 3),
        seed=0,
    )
    converter = layers.DFineImageConverter(bounding_box_format="yxyx", image_size=(SIDE, SIDE))
    return models.DFineObjectDetector(
        backbone=backbone,
        num_classes=4,
        bounding_box_format="yxyx",
        preprocessor=models.DFineObjectDetectorPreprocessor(image_converter=converter),
    )


def _deep_lab() -> Any:
    backbone = models.DeepLabV3Backbone(
        image_encoder=res_net(),
        low_level_feature_key="P2",
        spatial_pyramid_pooling_key="P4",
        dilation_rates=[2, 4],
        upsampling_size=4,
        image_shape=(SIDE, SIDE, 3),
    )
    converter = layers.DeepLabV3ImageConverter(image_size=(SIDE, SIDE))
    preprocessor = models.DeepLabV3ImageSegmenterPreprocessor(image_converter=converter)
    return models.DeepLabV3ImageSegmenter(
        backbone=backbone, num_classes=2, preprocessor=preprocessor
    )


def _seg_former() -> Any:
    backbone = models.SegFormerBackbone(image_encoder=mit(), projection_filters=16)
    converter = layers.SegFormerImageConverter(image_size=(SIDE, SIDE))
    preprocessor = models.SegFormerImageSegmenterPreprocessor(converter)
    return models.SegFormerImageSegmenter(
        backbone=backbone, num_classes=4, preprocessor=preprocessor
    )


def _bas_net() -> Any:
    from keras_hub.src.models.basnet.basnet_preprocessor import BASNetPreprocessor

    backbone = models.BASNetBackbone(
        image_encoder=res_net((64, 16, 16, 16)),
        num_classes=1,
        projection_filters=64,
        image_shape=(SIDE, SIDE, 3),
    )
    converter = layers.BASNetImageConverter(image_size=(SIDE, SIDE))
    return models.BASNetImageSegmenter(
        backbone=backbone, preprocessor=BASNetPreprocessor(image_converter=converter)
    )


def _depth_anything() -> Any:
    side = SIDE_IN_PATCHES * PATCH
    encoder = models.DINOV2Backbone(
        patch_size=PATCH,
        num_layers=4,
        hidden_dim=16,
        num_heads=2,
        intermediate_dim=32,
        layer_scale_init_value=1.0,
        num_register_tokens=0,
        image_shape=(side, side, 3),
        apply_layernorm=True,
    )
    backbone = models.DepthAnythingBackbone(
        image_encoder=encoder,
        reassemble_factors=[4, 2, 1, 0.5],
        neck_hidden_dims=[8, 8, 16, 16],
        fusion_hidden_dim=16,
        head_hidden_dim=8,
        head_in_index=-1,
        feature_keys=["stage1", "stage2", "stage3", "stage4"],
    )
    converter = layers.DepthAnythingImageConverter(image_size=(side, side))
    return models.DepthAnythingDepthEstimator(
        backbone=backbone,
        depth_estimation_type="metric",
        max_depth=10.0,
        preprocessor=models.DepthAnythingDepthEstimatorPreprocessor(converter),
    )


SQUARE = {"images": (SIDE, SIDE, 3)}

FAMILIES: tuple[Family, ...] = (
    Family(
        cls=models.RetinaNetObjectDetector,
        build=_retina_net,
        inputs={"images": (SIDE, 2 * SIDE, 3)},
    ),
    Family(cls=models.DFineObjectDetector, build=_d_fine, inputs=SQUARE, slow=True),
    Family(cls=models.DeepLabV3ImageSegmenter, build=_deep_lab, inputs=SQUARE),
    Family(cls=models.SegFormerImageSegmenter, build=_seg_former, inputs=SQUARE),
    Family(cls=models.BASNetImageSegmenter, build=_bas_net, inputs=SQUARE),
    Family(
        cls=models.DepthAnythingDepthEstimator,
        build=_depth_anything,
        inputs={"images": (SIDE_IN_PATCHES * PATCH, SIDE_IN_PATCHES * PATCH, 3)},
    ),
)
