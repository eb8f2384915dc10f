"""Small real KerasHub tasks, with preprocessors where a vocabulary is all that they need."""

from __future__ import annotations

import functools
import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import keras_hub

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "quick", "brown", "fox", ".")
LONGEST = 24
"""Rows of the position tables."""

models = keras_hub.models


def bert_classifier(sequence_length: int | None = None) -> Any:
    """A BERT of two layers.

    Args:
        sequence_length: Of its preprocessor; None for no preprocessor.
    """
    keras.utils.set_random_seed(3)
    backbone = models.BertBackbone(
        vocabulary_size=len(WORDS),
        num_layers=2,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=LONGEST,
    )
    preprocessor = None
    if sequence_length is not None:
        preprocessor = models.BertTextClassifierPreprocessor(
            models.BertTokenizer(vocabulary=list(WORDS)), sequence_length=sequence_length
        )
    return models.BertTextClassifier(backbone, num_classes=2, preprocessor=preprocessor)


@functools.cache
def gpt2_causal_lm() -> Any:
    """A GPT-2 of one layer, without a preprocessor."""
    keras.utils.set_random_seed(3)
    backbone = models.GPT2Backbone(
        vocabulary_size=16,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=LONGEST,
    )
    return models.GPT2CausalLM(backbone)


@functools.cache
def bart_seq_2_seq_lm() -> Any:
    """A BART of one layer, without a preprocessor."""
    keras.utils.set_random_seed(3)
    backbone = models.BartBackbone(
        vocabulary_size=16,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=LONGEST,
    )
    return models.BartSeq2SeqLM(backbone)


class UnbuiltLM(keras.Model):  # type: ignore[misc]  # keras has no types
    """A language model that says nothing of its inputs, and has no variables yet.

    It is no CausalLM of KerasHub's: once one of those was functional, Keras takes all for it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embedding = keras.layers.Embedding(16, 8)
        self.head = keras.layers.Dense(16)
        self.built_for: dict[str, tuple[int | None, ...]] = {}

    def build(self, input_shape: dict[str, tuple[int | None, ...]]) -> None:
        self.built_for = dict(input_shape)
        self.embedding.build(input_shape["token_ids"])
        self.head.build((*input_shape["token_ids"], 8))
        self.built = True

    def call(self, inputs: dict[str, Any]) -> Any:
        mask = keras.ops.cast(inputs["padding_mask"], "float32")
        return self.head(self.embedding(inputs["token_ids"]) * mask[..., None])


class AudioClassifier(keras_hub.models.Task):  # type: ignore[misc]  # it has no types
    """A task of a kind that KerasHub does not have."""

    def __init__(self) -> None:
        inputs = keras.Input((8,))
        super().__init__(inputs=inputs, outputs=keras.layers.Dense(2)(inputs))
        self.backbone = None
        self.preprocessor = None
