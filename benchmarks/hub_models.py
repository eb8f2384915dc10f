"""Real KerasHub tasks with random weights. Importing this module imports KerasHub."""

from __future__ import annotations

import keras
import keras_hub

from benchmarks.shapes import EncoderShape, LanguageModelShape


def gemma_causal_lm(shape: LanguageModelShape) -> keras.Model:
    """Build a Gemma without a preprocessor.

    Args:
        shape: The sizes; the sequence is left open.

    Returns:
        A functional task of int32 token ids and padding mask (batch=?, sequence=?) to float32
        logits (batch=?, sequence=?, vocabulary).
    """
    backbone = keras_hub.models.GemmaBackbone(
        vocabulary_size=shape.vocabulary,
        num_layers=shape.layers,
        num_query_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        hidden_dim=shape.width,
        intermediate_dim=2 * shape.mlp_width,  # of the gate and of what it opens, together
        head_dim=shape.head_width,
    )
    return keras_hub.models.GemmaCausalLM(backbone=backbone)


def bert_text_classifier(shape: EncoderShape) -> keras.Model:
    """Build a classifier of two classes without a preprocessor.

    Args:
        shape: The sizes; the sequence is the longest one.

    Returns:
        A functional task of int32 token ids, segment ids and padding mask (batch=?,
        sequence=?) to float32 logits (batch=?, 2).
    """
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=shape.vocabulary,
        num_layers=shape.layers,
        num_heads=shape.heads,
        hidden_dim=shape.width,
        intermediate_dim=shape.mlp_width,
        max_sequence_length=shape.sequence,
    )
    return keras_hub.models.BertTextClassifier(backbone=backbone, num_classes=2)
