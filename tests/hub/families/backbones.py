"""Backbones without a task: encoders of texts, of images, of both in two towers."""

from __future__ import annotations

from typing import Any

from keras_hub import models
from keras_hub.src.models.rqvae.rqvae_backbone import RQVAEBackbone
from keras_hub.src.models.vae.vae_backbone import VAEBackbone

from tests.hub.families.family import LENGTH, Family
from tests.hub.families.texts import HEADS, TABLE, TEXT

SIDE = 32
FRAMES = 2
"""Images of a film."""

PICTURE = {"images": (SIDE, SIDE, 3)}
SEGMENTED = {**TEXT, "segment_ids": (LENGTH,)}
_TEXT_ALONE = {"max_sequence_length": LENGTH}
_XLNET = {"vocabulary_size": 10, **HEADS}
_TOWER = {"num_layers": 2, "num_heads": 2, "hidden_dim": 16, "intermediate_dim": 32}
_VISION = {**_TOWER, "patch_size": 16, "image_shape": (SIDE, SIDE, 3)}
_WORDS = {**_TOWER, "vocabulary_size": 64, "embedding_dim": 16, "max_sequence_length": LENGTH}
_DINO = {**_TOWER, "layer_scale_init_value": 1.0, "num_register_tokens": 4}
_FILM = {
    "image_shape": (8, 8, 3),
    "num_frames": FRAMES,
    "patch_size": 4,
    "hidden_dim": 16,
    "intermediate_dim": 32,
    "num_heads": 2,
    "num_spatial_layers": 1,
    "num_temporal_layers": 1,
    "num_auxiliary_layers": 1,
}


def _electra() -> Any:
    return models.ElectraBackbone(vocab_size=10, embedding_dim=8, **HEADS, **TABLE)


def _two_towers(prefix: str, **options: Any) -> Any:
    vision = getattr(models, f"{prefix}VisionEncoder")(**_VISION, name="vision_encoder")
    text = getattr(models, f"{prefix}TextEncoder")(**_WORDS, name="text_encoder")
    backbone = getattr(models, f"{prefix}Backbone")
    return backbone(vision_encoder=vision, text_encoder=text, **options)


def two_towers(prefix: str, **options: Any) -> Family:
    """Similarities of all images of a batch to all its texts."""
    return Family(
        cls=getattr(models, f"{prefix}Backbone"),
        build=lambda: _two_towers(prefix, **options),
        sizes=_TEXT_ALONE,
        inputs={**PICTURE, "token_ids": (LENGTH,)},
    )


def _dino_v3() -> Any:
    return models.DINOV3Backbone(
        patch_size=16, use_gated_mlp=False, image_shape=(SIDE, SIDE, 3), **_DINO
    )


def _dino_v2() -> Any:
    return models.DINOV2Backbone(
        patch_size=16, use_swiglu_ffn=True, image_shape=(SIDE, SIDE, 3), **_DINO
    )


def _vit_det() -> Any:
    return models.ViTDetBackbone(
        image_shape=(SIDE, SIDE, 3),
        patch_size=4,
        hidden_size=16,
        num_layers=2,
        global_attention_layer_indices=[1],
        intermediate_dim=32,
        num_heads=2,
        num_output_channels=8,
        window_size=3,
    )


def _video_prism(*, reads: bool) -> Any:
    words = {"vocabulary_size": 20, "num_text_layers": 1, "attention_logit_soft_cap": 50.0}
    return models.VideoPrismBackbone(
        **_FILM, **(words if reads else {"vocabulary_size": 0, "num_text_layers": 0})
    )


def _vae() -> Any:
    return VAEBackbone(
        [32] * 2, [1] * 2, [32] * 2, [1] * 2, sampler_method="mode", image_shape=(None, None, 3)
    )


def _rq_vae() -> Any:
    return RQVAEBackbone(
        input_dim=16,
        encoder_layer_dims=[32, 16],
        output_dim=8,
        decoder_layer_dims=[16, 32],
        num_embeddings=4,
        num_quantizers=2,
    )


FAMILIES: tuple[Family, ...] = (
    Family(
        cls=models.ElectraBackbone,
        build=_electra,
        sizes=_TEXT_ALONE,
        inputs={"token_ids": (LENGTH,), "segment_ids": (LENGTH,), "padding_mask": (LENGTH,)},
    ),
    Family(
        cls=models.XLNetBackbone,
        build=lambda: models.XLNetBackbone(**_XLNET),
        sizes=_TEXT_ALONE,
        inputs=SEGMENTED,
    ),
    two_towers("CLIP", projection_dim=8),
    two_towers("MetaCLIP2", projection_dim=8),
    two_towers("SigLIP"),
    Family(
        cls=models.CLIPTextEncoder,
        build=lambda: models.CLIPTextEncoder(**_WORDS),
        sizes=_TEXT_ALONE,
        inputs={"token_ids": (LENGTH,)},
    ),
    Family(
        cls=models.CLIPVisionEncoder,
        build=lambda: models.CLIPVisionEncoder(**_VISION),
        inputs=PICTURE,
    ),
    Family(cls=models.DINOV2Backbone, build=_dino_v2, inputs=PICTURE),
    Family(
        cls=models.DINOV3Backbone,
        build=_dino_v3,
        inputs={"pixel_values": (SIDE, SIDE, 3)},
    ),
    Family(cls=models.ViTDetBackbone, build=_vit_det, inputs=PICTURE),
    Family(
        cls=models.VideoPrismBackbone,
        build=lambda: _video_prism(reads=False),
        inputs={"pixel_values": (FRAMES, 8, 8, 3)},
    ),
    Family(
        cls=models.VideoPrismBackbone,
        variant="text",
        build=lambda: _video_prism(reads=True),
        sizes=_TEXT_ALONE,
        inputs={"pixel_values": (FRAMES, 8, 8, 3), **TEXT},
    ),
    Family(
        cls=VAEBackbone,
        build=_vae,
        sizes={"image_size": (SIDE, SIDE)},
        inputs=PICTURE,
    ),
    Family(
        cls=RQVAEBackbone,
        build=_rq_vae,
        inputs={"inputs": (16,)},
        vague=("quantization_loss",),
    ),
)
