"""Segmenters of what they are pointed at, or told of: SAM and SAM 3."""

from __future__ import annotations

from typing import Any

from keras_hub import layers, models

from tests.hub.families.family import Family, FixedBatch
from tests.hub.families.samples import always, below, between

POINTS, BOXES = 3, 2
"""What SAM is prompted with."""

WORDS = 32
"""Tokens that SAM 3 reads."""

SIDE = 28

_LABELS_FOR_MASKS = FixedBatch(
    1,
    "its backbone passes the labels of the boxes for their mask, which attention takes in a batch "
    "of 1 alone",
)


def _sam() -> Any:
    encoder = models.ViTDetBackbone(
        hidden_size=16,
        num_layers=2,
        intermediate_dim=32,
        num_heads=2,
        global_attention_layer_indices=[1],
        patch_size=16,
        num_output_channels=16,
        window_size=2,
        image_shape=(64, 64, 3),
    )
    prompts = layers.SAMPromptEncoder(
        hidden_size=16,
        image_embedding_size=(4, 4),
        input_image_size=(64, 64),
        mask_in_channels=16,
    )
    masks = layers.SAMMaskDecoder(
        num_layers=1,
        hidden_size=16,
        intermediate_dim=32,
        num_heads=2,
        embedding_dim=16,
        num_multimask_outputs=3,
        iou_head_depth=2,
        iou_head_hidden_dim=8,
    )
    backbone = models.SAMBackbone(image_encoder=encoder, prompt_encoder=prompts, mask_decoder=masks)
    converter = layers.SAMImageConverter(image_size=(64, 64))
    return models.SAMImageSegmenter(
        backbone=backbone, preprocessor=models.SAMImageSegmenterPreprocessor(converter)
    )


def _sam_3() -> Any:
    from keras_hub.src.models.sam3 import (
        sam3_detr_decoder,
        sam3_detr_encoder,
        sam3_geometry_encoder,
        sam3_mask_decoder,
        sam3_text_encoder,
        sam3_vision_encoder,
    )

    small = {"num_layers": 1, "hidden_dim": 16, "intermediate_dim": 32, "num_heads": 2}
    images = {"image_shape": (SIDE, SIDE, 3), "patch_size": 14}
    backbone = models.SAM3PromptableConceptBackbone(
        vision_encoder=sam3_vision_encoder.SAM3VisionEncoder(
            fpn_hidden_dim=16,
            fpn_scale_factors=[4.0, 2.0, 1.0, 0.5],
            pretrain_image_shape=(42, 42, 3),
            window_size=2,
            global_attn_indexes=[0],
            **images,
            **small,
        ),
        text_encoder=sam3_text_encoder.SAM3TextEncoder(
            vocabulary_size=32, embedding_dim=16, **small
        ),
        geometry_encoder=sam3_geometry_encoder.SAM3GeometryEncoder(roi_size=7, **small),
        detr_encoder=sam3_detr_encoder.SAM3DetrEncoder(**small),
        detr_decoder=sam3_detr_decoder.SAM3DetrDecoder(num_queries=8, **images, **small),
        mask_decoder=sam3_mask_decoder.SAM3MaskDecoder(
            num_upsampling_stages=3, hidden_dim=16, num_heads=2
        ),
    )
    return models.SAM3PromptableConceptImageSegmenter(backbone=backbone, preprocessor=None)


FAMILIES: tuple[Family, ...] = (
    Family(
        cls=models.SAMImageSegmenter,
        build=_sam,
        sizes={"sizes": {"points": POINTS, "boxes": BOXES, "masks": 1}},
        inputs={
            "images": (64, 64, 3),
            "points": (POINTS, 2),
            "labels": (POINTS,),
            "boxes": (BOXES, 2, 2),
            "masks": (1, 16, 16, 1),
        },
        draws={"points": between(0, 64), "boxes": between(0, 64)},
    ),
    Family(
        cls=models.SAM3PromptableConceptImageSegmenter,
        build=_sam_3,
        sizes={"max_sequence_length": WORDS, "sizes": {"boxes": 1}},
        inputs={
            "boxes": (1, 5),
            "pixel_values": (SIDE, SIDE, 3),
            "token_ids": (WORDS,),
            "padding_mask": (WORDS,),
            "box_labels": (1,),
        },
        draws={"boxes": always([0, 0.4, 0.5, 0.3, 0.4]), "box_labels": below(2)},
        batch=_LABELS_FOR_MASKS,
    ),
)
