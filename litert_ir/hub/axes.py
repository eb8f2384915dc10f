"""Define the axes of KerasHub's inputs, and the rule that decides each of their sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litert_ir.hub.size_sources import (
    IMAGE_HEIGHT,
    IMAGE_WIDTH,
    Origin,
    SizeRule,
    in_model,
    in_preprocessor,
    number_at,
)
from litert_ir.ir.task import SizeSource

DEFAULT_MASK_SELECTION_LENGTH = 96
"""The default number of masked tokens, as in the preprocessors of KerasHub's masked language
models.
"""

DEFAULT_AUDIO_SECONDS = 10
SAMPLES_PER_SECOND = 16_000
"""The sample rate of KerasHub's audio converters, for models that take a waveform of any length."""

SEQUENCE = "sequence_length"
ENCODER_SEQUENCE = "encoder_sequence_length"
DECODER_SEQUENCE = "decoder_sequence_length"
SEQUENCES = (SEQUENCE, ENCODER_SEQUENCE, DECODER_SEQUENCE)
AUDIO_LENGTH = "audio_length"

Axes = tuple[str | None, ...]
"""The size name of each axis after the batch; None for an axis that the model fixes."""

AXES: Mapping[str, Axes] = {
    "mask_positions": ("mask_selection_length",),
    "vision_indices": ("vision_tokens",),
    "audio_indices": ("audio_tokens",),
    "encoder_token_ids": (ENCODER_SEQUENCE,),
    "encoder_padding_mask": (ENCODER_SEQUENCE,),
    "decoder_token_ids": (DECODER_SEQUENCE,),
    "decoder_padding_mask": (DECODER_SEQUENCE,),
    "encoder_features": ("audio_frames",),
    "encoder_input_values": (AUDIO_LENGTH,),
    "input_features": ("audio_clips", "audio_frames"),
    "input_features_mask": ("audio_clips", "audio_frames"),
    "audio_mel": ("audio_clips", "audio_frames"),
    "audio_mel_mask": ("audio_clips", "audio_frames"),
    "pixel_position_ids": ("images", "image_patches"),
    "points": ("points",),
    "labels": ("points",),
    "boxes": ("boxes",),
    "box_labels": ("boxes",),
    "masks": ("masks", "mask_height", "mask_width"),
}
"""The axes by input name; further axes are fixed by the model."""


def _table(*places: str) -> tuple[str, ...]:
    """Return the attributes that may hold the number of rows of a position table."""
    return tuple(f"{place}max_sequence_length" for place in ("", "backbone.", *places))


def _patches(model: Any) -> int | None:
    """Count the patches of an image that is not resized to a square, as the converter does."""
    tokens = number_at(model, "preprocessor.image_converter.max_soft_tokens")
    pooled = number_at(model, "preprocessor.image_converter.pooling_kernel_size")
    return tokens * pooled**2 if tokens and pooled else None


def _patches_of_square(model: Any) -> int | None:
    side = number_at(model, "backbone.vision_encoder.image_size")
    patch = number_at(model, "backbone.vision_encoder.patch_size")
    return (side // patch) ** 2 if side and patch else None


def _patch_values(model: Any) -> int | None:
    patch = number_at(model, "backbone.vision_encoder.patch_size")
    return 3 * patch**2 if patch else None


def _mask_side(item: int) -> Origin:
    """Return the mask size of SAM: four times the size of its image embedding."""
    path = "backbone.prompt_encoder.image_embedding_size"

    def read(model: Any) -> int | None:
        side = number_at(model, path, item)
        return 4 * side if side else None

    return Origin(SizeSource.MODEL, f"4 x {path}", read)


TEXT_RULES = (
    SizeRule(
        name=SEQUENCE,
        origins=(
            in_preprocessor("sequence_length"),
            in_model("backbone.max_label_length"),
            in_model("text_encoder.max_sequence_length"),
        ),
        limits=_table("text_encoder.", "clip_l.", "backbone.text_encoder."),
    ),
    SizeRule(
        name=ENCODER_SEQUENCE,
        origins=(in_preprocessor("encoder_sequence_length"),),
        limits=_table(),
    ),
    SizeRule(
        name=DECODER_SEQUENCE,
        origins=(in_preprocessor("decoder_sequence_length"),),
        limits=("max_decoder_sequence_length", *_table()),
    ),
    SizeRule(
        name="mask_selection_length",
        origins=(in_preprocessor("mask_selection_length"),),
        default=DEFAULT_MASK_SELECTION_LENGTH,
    ),
)
IMAGE_RULES = (
    SizeRule(name=IMAGE_HEIGHT, origins=(in_preprocessor("image_size", 0),)),
    SizeRule(name=IMAGE_WIDTH, origins=(in_preprocessor("image_size", 1),)),
    SizeRule(name="images", origins=(in_preprocessor("max_images_per_prompt"),), default=1),
    SizeRule(
        name="image_patches",
        origins=(
            Origin(SizeSource.PREPROCESSOR, "preprocessor.image_converter", _patches),
            Origin(SizeSource.MODEL, "backbone.vision_encoder", _patches_of_square),
        ),
    ),
    SizeRule(
        name="patch_values",
        origins=(Origin(SizeSource.MODEL, "backbone.vision_encoder.patch_size", _patch_values),),
    ),
    SizeRule(
        name="vision_tokens",
        origins=(
            in_preprocessor("num_vision_tokens_per_image"),
            in_model("backbone.num_vision_tokens_per_image"),
        ),
        per="images",
    ),
)
PROMPT_RULES = (
    SizeRule(name="points", default=1),
    SizeRule(name="boxes", default=1),
    SizeRule(name="masks", default=1),
    SizeRule(name="mask_height", origins=(_mask_side(0),)),
    SizeRule(name="mask_width", origins=(_mask_side(1),)),
)
AUDIO_RULES = (
    SizeRule(name=AUDIO_LENGTH, default=DEFAULT_AUDIO_SECONDS * SAMPLES_PER_SECOND),
    SizeRule(name="audio_frames", origins=(in_model("max_encoder_sequence_length"),)),
    SizeRule(
        name="audio_clips",
        origins=(
            in_preprocessor("max_audio_clips_per_prompt"),
            in_preprocessor("max_audios_per_prompt"),
        ),
        default=1,
    ),
    SizeRule(
        name="audio_tokens",
        origins=(
            in_preprocessor("num_audio_tokens_per_audio"),
            in_preprocessor("num_audio_tokens_per_clip"),
            in_model("backbone.num_audio_tokens_per_clip"),
        ),
        per="audio_clips",
    ),
)
RULES: Mapping[str, SizeRule] = {
    rule.name: rule for rule in (*TEXT_RULES, *IMAGE_RULES, *PROMPT_RULES, *AUDIO_RULES)
}
"""The rule for each size, by its name."""
