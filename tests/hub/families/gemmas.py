"""Gemma 3, 3n and 4: each with text alone, with images, with sound."""

from __future__ import annotations

from typing import Any

from keras_hub import layers, models

from tests.hub.families.family import LENGTH, Family, Shapes
from tests.hub.families.texts import TEXT, Sizes
from tests.hub.families.vocabularies import GEMMA_3_TOKENS, pieces_like_gemma

SIDE = 16
"""Pixels of an image's side."""

IMAGES, TOKENS_PER_IMAGE = 2, 4

FRAMES, MELS = 16, 8
"""Steps of a sound, and frequencies of each."""

_GEMMA_3N_TOKENS = (
    *("<start_of_image>", "<end_of_image>", "<start_of_audio>", "<end_of_audio>"),
    *("<start_of_turn>", "<end_of_turn>", "<image_soft_token>", "<audio_soft_token>"),
    *("<mask>", "[multimodal]"),
)
_GEMMA_3 = {
    "image_size": SIDE,
    "num_layers": 6,
    "num_query_heads": 2,
    "num_key_value_heads": 1,
    "hidden_dim": 8,
    "intermediate_dim": 16,
    "head_dim": 4,
    "use_sliding_window_attention": True,
    "sliding_window_size": 4,
}
"""Six layers, because every sixth attends to the whole text."""

_ONE_LAYER = {**_GEMMA_3, "num_layers": 1}
"""Enough where images or sound are mixed into the text."""

_GEMMA_3_NORMS = {
    "query_head_dim_normalize": True,
    "use_query_key_norm": True,
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
}
_GEMMA_3N = {
    "text_hidden_size": 8,
    "num_hidden_layers": 2,
    "pad_token_id": 0,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 4,
    "intermediate_size": [16, 16],
    "hidden_activation": "gelu_approximate",
    "layer_types": ["sliding_attention", "full_attention"],
    "sliding_window": 4,
    "rope_theta": 10000.0,
    "max_position_embeddings": 32,
    "vocab_size_per_layer_input": 10,
    "hidden_size_per_layer_input": 2,
    "altup_num_inputs": 2,
    "laurel_rank": 1,
}

SEEN: Shapes = {"vision_indices": (IMAGES * TOKENS_PER_IMAGE,), "vision_mask": (LENGTH,)}
HEARD: Shapes = {"audio_indices": (4,), "audio_mask": (LENGTH,)}
POSITIONED: Shapes = {**TEXT, "position_ids": (LENGTH,)}


def _gemma_3(*, sees: bool) -> Any:
    from keras_hub.src.models.gemma3.gemma3_vision_encoder import Gemma3VisionEncoder

    tokenizer = models.Gemma3Tokenizer(**pieces_like_gemma(*GEMMA_3_TOKENS)())
    encoder = Gemma3VisionEncoder(
        image_size=SIDE,
        patch_size=4,
        pool_size=2,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        output_dim=8,
    )
    backbone = models.Gemma3Backbone(
        vocabulary_size=tokenizer.vocabulary_size(),
        vision_encoder=encoder if sees else None,
        **(_ONE_LAYER if sees else _GEMMA_3),
        **_GEMMA_3_NORMS,
    )
    preprocessor = models.Gemma3CausalLMPreprocessor(
        tokenizer=tokenizer,
        image_converter=layers.Gemma3ImageConverter(image_size=(SIDE, SIDE)) if sees else None,
        sequence_length=LENGTH,
        max_images_per_prompt=IMAGES if sees else 0,
        num_vision_tokens_per_image=TOKENS_PER_IMAGE if sees else 0,
    )
    return models.Gemma3CausalLM(backbone=backbone, preprocessor=preprocessor)


def _gemma_3n_text() -> Any:
    tokenizer = models.Gemma3nTokenizer(**pieces_like_gemma(*_GEMMA_3N_TOKENS)())
    preprocessor = models.Gemma3nCausalLMPreprocessor(
        tokenizer=tokenizer,
        image_converter=None,
        audio_converter=None,
        sequence_length=LENGTH,
        max_images_per_prompt=0,
        num_vision_tokens_per_image=0,
        max_audios_per_prompt=0,
        num_audio_tokens_per_audio=0,
    )
    return _gemma_3n(preprocessor=preprocessor)


def _gemma_3n_vision() -> Any:
    from keras_hub.src.models.mobilenetv5.mobilenetv5_builder import convert_arch_def_to_stackwise

    encoder = models.MobileNetV5Backbone(
        **convert_arch_def_to_stackwise([["er_r1_k3_s1_e1_c8"]]),
        num_features=4,
        image_shape=(SIDE, SIDE, 3),
        use_msfa=False,
    )
    return _gemma_3n(vision_encoder_config=encoder.get_config(), vision_hidden_size=8)


def _gemma_3n_audio() -> Any:
    from keras_hub.src.models.gemma3n.gemma3n_audio_encoder import Gemma3nAudioEncoder

    encoder = Gemma3nAudioEncoder(
        hidden_size=4,
        input_feat_size=MELS,
        sscp_conv_channel_size=[2, 4],
        sscp_conv_kernel_size=[(1, 1), (1, 1)],
        sscp_conv_stride_size=[(2, 2), (2, 2)],
        sscp_conv_group_norm_eps=1e-5,
        num_hidden_layers=1,
        rms_norm_eps=1e-6,
        gradient_clipping=1.0,
        residual_weight=0.5,
        num_attention_heads=1,
        attention_chunk_size=2,
        num_attention_context_right=1,
        num_attention_context_left=1,
        attention_logit_cap=50.0,
        conv_kernel_size=3,
        reduction_factor=1,
    )
    return _gemma_3n(audio_encoder_config=encoder.get_config(), audio_hidden_size=4)


def _gemma_3n(preprocessor: Any = None, **encoder: Any) -> Any:
    backbone = models.Gemma3nBackbone(text_vocab_size=21, **_GEMMA_3N, **encoder)
    return models.Gemma3nCausalLM(backbone=backbone, preprocessor=preprocessor)


def _gemma_4_text() -> Any:
    return _gemma_4(_GEMMA_3, vision_encoder=None)


def _gemma_4_vision() -> Any:
    from keras_hub.src.models.gemma4.gemma4_vision_encoder import Gemma4VisionEncoder

    encoder = Gemma4VisionEncoder(
        image_size=SIDE,
        patch_size=4,
        pool_size=2,
        num_layers=1,
        num_heads=2,
        head_dim=4,
        num_key_value_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        output_dim=8,
    )
    return _gemma_4(_ONE_LAYER, vision_encoder=encoder)


def _gemma_4_audio() -> Any:
    from keras_hub.src.models.gemma4.gemma4_audio_encoder import Gemma4AudioEncoder

    encoder = Gemma4AudioEncoder(
        input_feat_size=MELS, hidden_size=8, num_heads=2, num_layers=1, output_dim=8
    )
    return _gemma_4(_ONE_LAYER, vision_encoder=None, audio_encoder=encoder)


def _gemma_4(sizes: Sizes, **encoders: Any) -> Any:
    backbone = models.Gemma4Backbone(vocabulary_size=20, **sizes, **encoders)
    return models.Gemma4CausalLM(backbone=backbone, preprocessor=None)


_TEXT_ALONE = {"max_sequence_length": LENGTH}

FAMILIES: tuple[Family, ...] = (
    Family(cls=models.Gemma3CausalLM, build=lambda: _gemma_3(sees=False), inputs=TEXT),
    Family(
        cls=models.Gemma3CausalLM,
        variant="images",
        build=lambda: _gemma_3(sees=True),
        inputs={**TEXT, "images": (IMAGES, SIDE, SIDE, 3), **SEEN},
    ),
    Family(cls=models.Gemma3nCausalLM, build=_gemma_3n_text, inputs=TEXT),
    Family(
        cls=models.Gemma3nCausalLM,
        variant="images",
        build=_gemma_3n_vision,
        sizes={**_TEXT_ALONE, "sizes": {"images": IMAGES, "vision_tokens": 8}},
        inputs={**TEXT, "images": (IMAGES, SIDE, SIDE, 3), **SEEN},
    ),
    Family(
        cls=models.Gemma3nCausalLM,
        variant="sound",
        build=_gemma_3n_audio,
        sizes={
            **_TEXT_ALONE,
            "sizes": {"audio_clips": 1, "audio_frames": FRAMES, "audio_tokens": 4},
        },
        inputs={
            **TEXT,
            "input_features": (1, FRAMES, MELS),
            "input_features_mask": (1, FRAMES),
            **HEARD,
        },
    ),
    Family(cls=models.Gemma4CausalLM, build=_gemma_4_text, sizes=_TEXT_ALONE, inputs=POSITIONED),
    Family(
        cls=models.Gemma4CausalLM,
        variant="images",
        build=_gemma_4_vision,
        sizes={**_TEXT_ALONE, "sizes": {"images": IMAGES}},
        inputs={
            **POSITIONED,
            "pixel_position_ids": (IMAGES, 16, 2),
            "pixel_values": (IMAGES, 16, 48),
            **SEEN,
        },
    ),
    Family(
        cls=models.Gemma4CausalLM,
        variant="sound",
        build=_gemma_4_audio,
        sizes={
            **_TEXT_ALONE,
            "sizes": {"audio_clips": 1, "audio_frames": FRAMES, "audio_tokens": 4},
        },
        inputs={
            **POSITIONED,
            **HEARD,
            "audio_mel": (1, FRAMES, MELS),
            "audio_mel_mask": (1, FRAMES),
        },
    ),
)
