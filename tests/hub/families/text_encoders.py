"""Classifiers of texts, masked language models and embedders."""

from __future__ import annotations

from tests.hub.families.family import LENGTH, Family, Shapes
from tests.hub.families.texts import GROUPED_HEADS, HEADS, TABLE, TEXT, Sizes, text_family
from tests.hub.families.vocabularies import (
    GEMMA_3_TOKENS,
    Vocabulary,
    byte_pairs,
    pieces_like_albert,
    pieces_like_deberta,
    pieces_like_gemma,
    words,
)

MASKED = 4
"""Masked tokens of a sample."""

TOKENS: Shapes = {"token_ids": (LENGTH,)}
SEGMENTS: Shapes = {"segment_ids": (LENGTH,)}
NO_SEGMENTS: Shapes = {}

_ROBERTA = byte_pairs("<s>", "<pad>", "</s>", "<mask>")
_ESM = words("<pad>", "<unk>", "<cls>", "<eos>", "<mask>")
_QWEN = byte_pairs("<|im_end|>", "<|endoftext|>", "!")
_ALBERT = {"embedding_dim": 8, **HEADS, **TABLE}
_ROFORMER = {**HEADS, "head_size": 8}
_F_NET = {"num_layers": 2, "hidden_dim": 16, "intermediate_dim": 32, **TABLE}
_GEMMA = {**GROUPED_HEADS, "head_dim": 8, "image_size": 16}


def classifier(
    prefix: str,
    vocabulary: Vocabulary,
    sizes: Sizes,
    inputs: Shapes = TEXT,
    *,
    kind: str = "TextClassifier",
) -> Family:
    """A classifier of texts."""
    options = {"num_classes": 3}
    return text_family(prefix, kind, vocabulary, sizes, options=options, inputs=inputs)


def masked(
    prefix: str,
    vocabulary: Vocabulary,
    sizes: Sizes,
    inputs: Shapes = TEXT,
    segments: Shapes = NO_SEGMENTS,
    *,
    kind: str = "MaskedLM",
) -> Family:
    """A masked language model."""
    return text_family(
        prefix,
        kind,
        vocabulary,
        sizes,
        lengths={"sequence_length": LENGTH, "mask_selection_length": MASKED},
        inputs={**inputs, "mask_positions": (MASKED,), **segments},
    )


def embedder(prefix: str, vocabulary: Vocabulary, sizes: Sizes, inputs: Shapes = TEXT) -> Family:
    """An embedder of texts."""
    return text_family(prefix, "TextEmbedder", vocabulary, sizes, inputs=inputs)


_BERT_INPUTS = {**TEXT, **SEGMENTS}
_UNPADDED = {**TOKENS, **SEGMENTS}

FAMILIES: tuple[Family, ...] = (
    classifier("Bert", words(), {**HEADS, **TABLE}, _BERT_INPUTS),
    classifier("Albert", pieces_like_albert, _ALBERT, _BERT_INPUTS),
    classifier("DebertaV3", pieces_like_deberta, {**HEADS, **TABLE}),
    classifier("DistilBert", words(), {**HEADS, **TABLE}),
    classifier("Roberta", _ROBERTA, {**HEADS, **TABLE}),
    classifier("XLMRoberta", pieces_like_albert, {**HEADS, **TABLE}),
    classifier("RoformerV2", words(), _ROFORMER, _UNPADDED),
    classifier("ESM", _ESM, HEADS, TOKENS, kind="ProteinClassifier"),
    classifier("FNet", pieces_like_albert, _F_NET, _UNPADDED),
    masked("Bert", words(), {**HEADS, **TABLE}, TEXT, SEGMENTS),
    masked("Albert", pieces_like_albert, _ALBERT, TEXT, SEGMENTS),
    masked("DebertaV3", pieces_like_deberta, {**HEADS, **TABLE}),
    masked("DistilBert", words(), {**HEADS, **TABLE}),
    masked("Roberta", _ROBERTA, {**HEADS, **TABLE}),
    masked("XLMRoberta", pieces_like_albert, {**HEADS, **TABLE}),
    masked("RoformerV2", words(), _ROFORMER, TOKENS, SEGMENTS),
    masked("ESM", _ESM, HEADS, TOKENS, kind="MaskedPLM"),
    masked("FNet", pieces_like_albert, _F_NET, TOKENS, SEGMENTS),
    embedder("Bert", words(), {**HEADS, **TABLE}, _BERT_INPUTS),
    embedder("XLMRoberta", pieces_like_albert, {**HEADS, **TABLE}),
    embedder("Qwen3", _QWEN, {**GROUPED_HEADS, "head_dim": 8}),
    embedder("Gemma3", pieces_like_gemma(*GEMMA_3_TOKENS), _GEMMA),
)
