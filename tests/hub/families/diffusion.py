"""Steps of the diffusion of images."""

from __future__ import annotations

from typing import Any

from keras_hub import models

import litert_ir as lir
from tests.hub.families.family import LENGTH, Family, Refused
from tests.hub.families.samples import below, between
from tests.hub.families.vocabularies import byte_pairs_of_words

SIDE = 16
TEXT, PATCHES = 8, 16
"""Tokens and patches that Flux takes."""

STEPS = 5
"""Of a schedule; KerasHub's scheduler computes it once, whatever num_steps is later."""

_UNSCHEDULED = Refused(
    error=lir.errors.UnsupportedTaskError,
    says="configure_scheduler",
    reason="its schedule is made from num_steps as a Python number, and kept: configure it first",
)


def _stable_diffusion_3(task: Any, *, scheduled: bool) -> Any:
    from keras_hub.src.models.vae.vae_backbone import VAEBackbone

    vocabulary = byte_pairs_of_words("<|endoftext|>", "<|startoftext|>")()
    tokenizers = [
        models.CLIPTokenizer(**vocabulary, pad_with_end_token=True),
        models.CLIPTokenizer(**vocabulary),
    ]
    preprocessors = [models.CLIPPreprocessor(one, sequence_length=LENGTH) for one in tokenizers]
    backbone = models.StableDiffusion3Backbone(
        mmdit_patch_size=2,
        mmdit_hidden_dim=16,
        mmdit_num_layers=1,
        mmdit_num_heads=2,
        mmdit_position_size=4,
        mmdit_qk_norm=None,
        mmdit_dual_attention_indices=None,
        vae=VAEBackbone([32] * 4, [1] * 4, [32] * 4, [1] * 4, sampler_method="mode"),
        clip_l=_clip("clip_l", 16, "quick_gelu"),
        clip_g=_clip("clip_g", 32, "gelu"),
        image_shape=(SIDE, SIDE, 3),
    )
    if scheduled:
        backbone.configure_scheduler(STEPS)
    preprocessor = models.StableDiffusion3TextToImagePreprocessor(*preprocessors)
    return task(backbone=backbone, preprocessor=preprocessor)


def _clip(name: str, width: int, activation: str) -> Any:
    return models.CLIPTextEncoder(
        vocabulary_size=20,
        embedding_dim=width,
        hidden_dim=width,
        num_layers=2,
        num_heads=2,
        intermediate_dim=2 * width,
        intermediate_activation=activation,
        intermediate_output_index=-2,
        max_sequence_length=2 * LENGTH,
        name=name,
    )


def _flux() -> Any:
    backbone = models.FluxBackbone(
        input_channels=16,
        hidden_size=64,
        mlp_ratio=2.0,
        num_heads=2,
        depth=1,
        depth_single_blocks=1,
        axes_dim=[8, 12, 12],
        theta=10_000,
        use_bias=True,
        guidance_embed=True,
        image_shape=(PATCHES, 16),
        text_shape=(TEXT, 16),
        image_ids_shape=(PATCHES, 3),
        text_ids_shape=(TEXT, 3),
        y_shape=(16,),
    )
    return models.FluxTextToImage(backbone=backbone, preprocessor=None)


def stable_diffusion_3(task: Any, *, refused: Refused | None = None) -> Family:
    """One of the three tasks, which have the same inputs."""
    tokens = (f"clip_{size}_{sign}token_ids" for size in "lg" for sign in ("", "negative_"))
    return Family(
        cls=task,
        variant="" if refused else "scheduled",
        build=lambda: _stable_diffusion_3(task, scheduled=refused is None),
        inputs={
            "images": (SIDE, SIDE, 3),
            "latents": (SIDE // 8, SIDE // 8, 16),
            **dict.fromkeys(tokens, (LENGTH,)),
            "num_steps": (),
            "guidance_scale": (),
        },
        refused=refused,
        slow=refused is None,
    )


FAMILIES: tuple[Family, ...] = (
    stable_diffusion_3(models.StableDiffusion3TextToImage, refused=_UNSCHEDULED),
    stable_diffusion_3(models.StableDiffusion3TextToImage),
    stable_diffusion_3(models.StableDiffusion3ImageToImage),
    stable_diffusion_3(models.StableDiffusion3Inpaint),
    Family(
        cls=models.FluxTextToImage,
        build=_flux,
        inputs={
            "image": (PATCHES, 16),
            "image_ids": (PATCHES, 3),
            "text": (TEXT, 16),
            "text_ids": (TEXT, 3),
            "y": (16,),
            "timesteps": (),
            "guidance": (),
        },
        draws={
            "image_ids": below(4),
            "text_ids": below(4),
            "timesteps": between(0, 1),
            "guidance": between(1, 4),
        },
    ),
)
