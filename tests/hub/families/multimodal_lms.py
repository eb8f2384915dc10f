"""Language models that are shown an image: PaliGemma, PARSeq, BLIP-2, Qwen 3.5."""

from __future__ import annotations

from typing import Any

from keras_hub import layers, models

import litert_ir as lir
from tests.hub.families.causal_lms import LINEAR_ATTENTION
from tests.hub.families.family import LENGTH, Family, Refused
from tests.hub.families.seq2seq_and_audio import LENGTHS, TEXTS
from tests.hub.families.texts import HEADS, TEXT
from tests.hub.families.vocabularies import pieces_like_gemma, pieces_like_t5

SIDE = 16
LABEL = 12
"""Characters of a line of text in an image."""

QUERIES = 4
"""Tokens that stand for an image."""

_OPT_TOKENS = ("<s>", "<pad>", "</s>", "\u010a", "Ġ", "t", "h", "e", "<image>", "Ġt", "he")
_CONCRETE_GRID = Refused(
    error=lir.errors.UnsupportedTaskError,
    says="image_grid_thw say how many patches an image has",
    reason="the numbers in image_grid_thw decide shapes, so that it cannot be an input of a file",
)


def _pali_gemma() -> Any:
    tokenizer = models.PaliGemmaTokenizer(**pieces_like_gemma()())
    converter = layers.PaliGemmaImageConverter(image_size=(SIDE, SIDE))
    backbone = models.PaliGemmaBackbone(
        vocabulary_size=tokenizer.vocabulary_size(),
        image_size=SIDE,
        num_layers=2,
        num_query_heads=2,
        num_key_value_heads=1,
        hidden_dim=16,
        intermediate_dim=32,
        head_dim=8,
        vit_patch_size=4,
        vit_num_layers=2,
        vit_num_heads=2,
        vit_hidden_dim=8,
        vit_intermediate_dim=16,
    )
    preprocessor = models.PaliGemmaCausalLMPreprocessor(tokenizer, converter, LENGTH)
    return models.PaliGemmaCausalLM(backbone=backbone, preprocessor=preprocessor)


def _parseq() -> Any:
    encoder = models.ViTBackbone(
        image_shape=(16, 32, 3),
        patch_size=(4, 8),
        num_layers=2,
        num_heads=2,
        hidden_dim=16,
        mlp_dim=32,
        use_class_token=False,
    )
    backbone = models.PARSeqBackbone(
        image_encoder=encoder,
        vocabulary_size=97,
        max_label_length=LABEL,
        num_decoder_heads=2,
        num_decoder_layers=1,
        decoder_hidden_dim=16,
        decoder_mlp_dim=32,
    )
    preprocessor = models.PARSeqCausalLMPreprocessor(
        image_converter=layers.PARSeqImageConverter(image_size=(16, 32)),
        tokenizer=models.PARSeqTokenizer(),
        sequence_length=LABEL,
    )
    return models.PARSeqCausalLM(backbone=backbone, preprocessor=preprocessor)


def _blip2_text() -> Any:
    return _blip2_opt(None, None)


def _blip2_image() -> Any:
    return _blip2_opt(*_blip2_encoders())


def _blip2_encoders() -> tuple[Any, Any]:
    from keras_hub.src.models.blip2.blip2_qformer import BLIP2QFormer
    from keras_hub.src.models.blip2.blip2_vision_encoder import BLIP2VisionEncoder

    encoder = BLIP2VisionEncoder(
        image_size=SIDE,
        patch_size=8,
        use_patch_bias=True,
        use_class_token=True,
        use_mha_bias=True,
        use_mlp_bias=True,
        dropout_rate=0.0,
        layer_norm_epsilon=1e-5,
        initializer_range=0.02,
        **HEADS,
    )
    former = BLIP2QFormer(
        num_query_tokens=QUERIES,
        num_layers=2,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        vision_dim=16,
        cross_attention_frequency=2,
        dropout=0.0,
        layer_norm_epsilon=1e-5,
    )
    return encoder, former


def _blip2_opt(encoder: Any, former: Any) -> Any:
    from keras_hub.src.models.blip2.blip2_custom_opt import BLIP2CustomOPT

    language_model = BLIP2CustomOPT(
        vocabulary_size=len(_OPT_TOKENS),
        num_query_tokens=QUERIES if encoder else 0,
        qformer_hidden_dim=8,
        max_sequence_length=32,
        dropout=0.0,
        language_projection=None,
        **HEADS,
    )
    backbone = models.BLIP2Backbone(
        vision_encoder=encoder, qformer=former, language_model=language_model
    )
    tokenizer = models.BLIP2OPTTokenizer(
        vocabulary={token: number for number, token in enumerate(_OPT_TOKENS)},
        merges=["Ġ t", "h e"],
    )
    preprocessor = models.BLIP2CausalLMPreprocessor(
        tokenizer=tokenizer,
        sequence_length=LENGTH,
        image_converter=layers.BLIP2ImageConverter(image_size=(SIDE, SIDE)) if encoder else None,
    )
    return models.BLIP2CausalLM(backbone=backbone, preprocessor=preprocessor)


def _blip2_t5() -> Any:
    from keras_hub.src.models.blip2.blip2_flan_t5_lm import BLIP2FlanT5

    encoder, former = _blip2_encoders()
    language_model = BLIP2FlanT5(
        vocabulary_size=11,
        key_value_dim=8,
        num_query_tokens=QUERIES,
        qformer_hidden_dim=8,
        dropout=0.0,
        **HEADS,
    )
    backbone = models.BLIP2Backbone(
        vision_encoder=encoder, qformer=former, language_model=language_model
    )
    preprocessor = models.BLIP2Seq2SeqLMPreprocessor(
        tokenizer=models.BLIP2FlanT5Tokenizer(**pieces_like_t5()),
        image_converter=layers.BLIP2ImageConverter(image_size=(SIDE, SIDE)),
        **LENGTHS,
    )
    return models.BLIP2Seq2SeqLM(backbone=backbone, preprocessor=preprocessor)


def _qwen_3_5() -> Any:
    from keras_hub.src.models.qwen3_5.qwen3_5_vision_encoder import Qwen3_5VisionEncoder

    encoder = Qwen3_5VisionEncoder(
        depth=1,
        hidden_size=16,
        num_heads=2,
        intermediate_size=32,
        in_channels=3,
        patch_size=4,
        temporal_patch_size=2,
        spatial_merge_size=2,
        out_hidden_size=16,
        num_position_embeddings=64,
    )
    backbone = models.Qwen3_5Backbone(
        vocabulary_size=30,
        intermediate_dim=32,
        vision_encoder=encoder,
        mrope_section=[1, 1, 1],
        **LINEAR_ATTENTION,
    )
    return models.Qwen3_5CausalLM(backbone=backbone, preprocessor=None)


IMAGE = {"images": (SIDE, SIDE, 3)}

FAMILIES: tuple[Family, ...] = (
    Family(
        cls=models.PaliGemmaCausalLM,
        build=_pali_gemma,
        inputs={**TEXT, **IMAGE, "response_mask": (LENGTH,)},
    ),
    Family(
        cls=models.PARSeqCausalLM,
        build=_parseq,
        inputs={"token_ids": (LABEL,), "padding_mask": (LABEL,), "images": (16, 32, 3)},
    ),
    Family(cls=models.BLIP2CausalLM, build=_blip2_text, inputs=TEXT),
    Family(
        cls=models.BLIP2CausalLM,
        variant="images",
        build=_blip2_image,
        inputs={**TEXT, **IMAGE},
    ),
    Family(cls=models.BLIP2Seq2SeqLM, build=_blip2_t5, inputs={**TEXTS, **IMAGE}),
    Family(
        cls=models.Qwen3_5CausalLM,
        variant="images",
        build=_qwen_3_5,
        sizes={
            "max_sequence_length": LENGTH,
            "sizes": {"images": 1, "vision_tokens": 4},
        },
        inputs={},
        refused=_CONCRETE_GRID,
    ),
)
