"""Cases of attention layers, and of rotary and causal masks around them."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from tests.stablehlo.sweep.case import layer, model, op
from tests.stablehlo.sweep.drawing import flags, floats, integers


def _multi_head(*arguments: Any, **options: Any) -> Any:
    def attend(query: Any, value: Any) -> Any:
        return layers.MultiHeadAttention(*arguments, **options)(query, value)

    return attend


def _grouped(**options: Any) -> Any:
    def attend(query: Any, value: Any) -> Any:
        return layers.GroupQueryAttention(4, 4, 2, **options)(query, value)

    return attend


def _masked(query: Any, value: Any, mask: Any) -> Any:
    return layers.MultiHeadAttention(2, 4)(query, value, attention_mask=mask)


def _with_scores(query: Any, value: Any) -> Any:
    return layers.MultiHeadAttention(2, 4)(query, value, return_attention_scores=True)


def _causal_self(x: Any) -> Any:
    return layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)


def _of_tokens(ids: Any) -> Any:
    x = layers.Embedding(10, 8, mask_zero=True)(ids)
    return layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)


def _attention(query: Any, value: Any, query_mask: Any, value_mask: Any) -> Any:
    return layers.Attention()([query, value], mask=[query_mask, value_mask])


def _causal_attention(query: Any, value: Any) -> Any:
    return layers.Attention(use_scale=True)([query, value], use_causal_mask=True)


def _dot_product(query: Any, key: Any, value: Any) -> Any:
    return ops.dot_product_attention(query, key, value, is_causal=True)


def _rotary(x: Any) -> Any:
    """Rotary position embedding, as language models have it."""
    length, size = ops.shape(x)[1], x.shape[-1]
    frequency = 1.0 / (10.0 ** (ops.arange(0, size, 2, dtype="float32") / size))
    angle = ops.arange(length, dtype="float32")[:, None] * frequency[None, :]
    sine, cosine = ops.sin(angle), ops.cos(angle)
    left, right = ops.split(x, 2, axis=-1)
    return ops.concatenate([left * cosine - right * sine, right * cosine + left * sine], axis=-1)


_QUERY, _VALUE, _HEADS = floats(5, 8), floats(7, 8), floats(6, 2, 4)
CASES = (
    layer("attention", layers.Attention, _QUERY, _VALUE),
    layer("attention_with_keys", layers.Attention, _QUERY, _VALUE, _VALUE),
    layer("attention_concat", lambda: layers.Attention(score_mode="concat"), _QUERY, _VALUE),
    model("attention_masked", _attention, _QUERY, _VALUE, flags(5), flags(7)),
    model("attention_causal", _causal_attention, _QUERY, _VALUE),
    layer("additive_attention", layers.AdditiveAttention, _QUERY, _VALUE),
    model("multi_head", _multi_head(2, 4), _QUERY, _VALUE),
    model("multi_head_big", _multi_head(4, 40), floats(5, 160), floats(7, 160)),
    model("multi_head_value_dim", _multi_head(2, 4, value_dim=3), _QUERY, _VALUE),
    model("multi_head_output_shape", _multi_head(2, 4, output_shape=5), _QUERY, _VALUE),
    model("multi_head_without_bias", _multi_head(2, 4, use_bias=False), _QUERY, _VALUE),
    model("multi_head_masked", _masked, _QUERY, _VALUE, flags(5, 7)),
    model("multi_head_scores", _with_scores, _QUERY, _VALUE),
    model("multi_head_causal", _causal_self, floats(6, 8)),
    model("multi_head_of_any_length", _multi_head(2, 4), floats(None, 8), floats(None, 8)),
    model("multi_head_of_tokens", _of_tokens, integers(4, 6)),
    model(
        "multi_head_of_images",
        _multi_head(2, 4, attention_axes=(1, 2)),
        floats(3, 3, 8),
        floats(3, 3, 8),
    ),
    model("group_query", _grouped(), _QUERY, _VALUE),
    model("group_query_gated", _grouped(use_gate=True), _QUERY, _VALUE),
    model("group_query_window", _grouped(sliding_window=3), floats(6, 8), floats(6, 8)),
    op("ops_dot_product_attention", _dot_product, _HEADS, _HEADS, _HEADS),
    op("rotary_positions", _rotary, floats(6, 8)),
    op("rotary_positions_of_any_length", _rotary, floats(None, 8)),
)
