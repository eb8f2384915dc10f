"""Language models that read one text and write another one, or write down what they hear."""

from __future__ import annotations

from typing import Any

from keras_hub import layers, models

from tests.hub.families.family import LENGTH, Family
from tests.hub.families.texts import HEADS, TABLE, text_family
from tests.hub.families.vocabularies import (
    byte_pairs,
    pieces_like_gemma,
    pieces_like_llama,
    pieces_like_t5,
)

READ, WRITTEN = 12, 10
"""Tokens of the text that is read, and of the one that is written."""

SECOND = 4000
"""Values of a short sound."""

LENGTHS = {"encoder_sequence_length": READ, "decoder_sequence_length": WRITTEN}
DECODER = {"decoder_token_ids": (WRITTEN,), "decoder_padding_mask": (WRITTEN,)}
TEXTS = {"encoder_token_ids": (READ,), "encoder_padding_mask": (READ,), **DECODER}


def _gemma_sizes() -> dict[str, Any]:
    one = {
        "hidden_dim": 16,
        "intermediate_dim": 32,
        "num_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "layer_types": ["sliding_attention", "full_attention"],
    }
    both = {f"{side}_{name}": one[name] for side in ("encoder", "decoder") for name in one}
    return {
        **both,
        "dropout_rate": 0.0,
        "rms_norm_eps": 1e-6,
        "query_pre_attn_scalar": 1.0,
        "attention_bias": False,
        "hidden_activation": "gelu_approximate",
        "sliding_window": 4,
        "cross_attention_hidden_size": 16,
    }


_T5_GEMMA = {
    **_gemma_sizes(),
    "tie_word_embeddings": False,
    "final_logit_softcapping": 30.0,
    "attn_logit_softcapping": 50.0,
}


def _t5_gemma_2() -> Any:
    backbone = models.T5Gemma2Backbone(
        vocabulary_size=20, tie_word_embeddings=True, use_query_key_norm=True, **_gemma_sizes()
    )
    return models.T5Gemma2Seq2SeqLM(backbone=backbone)


def _ed_rec() -> Any:
    backbone = models.EdRecBackbone(
        vocab_size=10,
        num_layers_enc=2,
        num_layers_dec=2,
        num_heads=2,
        hidden_dim=16,
        intermediate_dim=32,
        dropout=0.0,
    )
    return models.EdRecSeq2SeqLM(backbone=backbone)


def _moonshine() -> Any:
    preprocessor = models.MoonshineAudioToTextPreprocessor(
        audio_converter=layers.MoonshineAudioConverter(do_normalize=False),
        tokenizer=models.MoonshineTokenizer(**pieces_like_llama()),
        decoder_sequence_length=WRITTEN,
    )
    backbone = models.MoonshineBackbone(
        vocabulary_size=10,
        hidden_dim=32,
        filter_dim=32,
        encoder_num_layers=2,
        decoder_num_layers=2,
        encoder_num_heads=4,
        decoder_num_heads=4,
        intermediate_dim=64,
    )
    return models.MoonshineAudioToText(backbone=backbone, preprocessor=preprocessor)


def _whisper() -> Any:
    return models.WhisperBackbone(
        vocabulary_size=10, max_encoder_sequence_length=24, max_decoder_sequence_length=20, **HEADS
    )


def seq2seq(prefix: str, *rest: Any) -> Family:
    """A model with a preprocessor; see `text_family`."""
    return text_family(prefix, "Seq2SeqLM", *rest, lengths=LENGTHS, inputs=TEXTS)


FAMILIES: tuple[Family, ...] = (
    seq2seq("Bart", byte_pairs("<s>", "<pad>", "</s>", "<mask>"), {**HEADS, **TABLE}),
    seq2seq("T5", pieces_like_t5, HEADS),
    seq2seq("T5Gemma", pieces_like_gemma(), _T5_GEMMA),
    Family(
        cls=models.T5Gemma2Seq2SeqLM,
        build=_t5_gemma_2,
        sizes={"sizes": LENGTHS},
        inputs=TEXTS,
    ),
    Family(
        cls=models.EdRecSeq2SeqLM,
        build=_ed_rec,
        sizes={"max_sequence_length": LENGTH},
        inputs=dict.fromkeys(TEXTS, (LENGTH,)),
    ),
    Family(
        cls=models.MoonshineAudioToText,
        build=_moonshine,
        sizes={"sizes": {"audio_length": SECOND}},
        inputs={"encoder_input_values": (SECOND, 1), "encoder_padding_mask": (SECOND,), **DECODER},
    ),
    Family(
        cls=models.WhisperBackbone,
        build=_whisper,
        sizes={"sizes": {"decoder_sequence_length": WRITTEN}},
        inputs={"encoder_features": (24, 80), **DECODER},
    ),
)
