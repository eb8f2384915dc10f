"""The sizes of the models that the benchmarks define themselves."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class EncoderShape:
    """The sizes of the transformer encoder, all in elements.

    Args:
        layers: Number of encoder blocks.
        width: Size of the residual stream; a multiple of ``heads``.
        heads: Attention heads per block.
        mlp_width: Hidden size of the feed-forward part.
        sequence: Tokens per sequence.
        vocabulary: Rows of the token embedding.
    """

    layers: int = 12
    width: int = attrs.field(default=384)
    heads: int = 6
    mlp_width: int = 1536
    sequence: int = 128
    vocabulary: int = 8000

    @width.validator
    def _width_splits_over_heads(self, _: attrs.Attribute[int], width: int) -> None:
        if width % self.heads:
            msg = f"width: expected a multiple of {self.heads} heads, received {width}"
            raise ValueError(msg)


@attrs.frozen(kw_only=True)
class LanguageModelShape:
    """The sizes of a causal language model, all in elements.

    Args:
        layers: Number of decoder blocks.
        width: Size of the residual stream.
        key_heads: Attention heads of keys and values.
        heads: Attention heads of queries; a multiple of ``key_heads``.
        head_width: Size of one head; even.
        mlp_width: Hidden size of the feed-forward part.
        sequence: Tokens per sequence.
        vocabulary: Rows of the token embedding, which is the output projection too.
    """

    layers: int
    width: int
    key_heads: int = 1
    heads: int = attrs.field()
    head_width: int = attrs.field(default=256)
    mlp_width: int
    sequence: int = 128
    vocabulary: int = 65_536

    @heads.validator
    def _heads_share_keys(self, _: attrs.Attribute[int], heads: int) -> None:
        if heads % self.key_heads:
            msg = f"heads: expected a multiple of {self.key_heads} key heads, received {heads}"
            raise ValueError(msg)

    @head_width.validator
    def _halves_rotate(self, _: attrs.Attribute[int], head_width: int) -> None:
        if head_width % 2:
            msg = f"head_width: expected an even number, received {head_width}"
            raise ValueError(msg)

    @property
    def weights(self) -> int:
        """Number of weights."""
        queries, keys = self.heads * self.head_width, self.key_heads * self.head_width
        attention = self.width * (2 * queries + 2 * keys)
        block = attention + 3 * self.width * self.mlp_width + 2 * self.width
        return self.vocabulary * self.width + self.layers * block + self.width


HALF_GB = LanguageModelShape(layers=15, width=640, heads=4, mlp_width=2048)
ONE_GB = LanguageModelShape(layers=12, width=1024, heads=4, mlp_width=4096)
TWO_GB = LanguageModelShape(layers=12, width=1536, heads=6, mlp_width=6144)
"""Of about 0.5, 1 and 2 GB (10^9 bytes) in float32; all fit into one flatbuffer (2 GiB)."""

GEMMA = LanguageModelShape(layers=8, width=640, heads=4, mlp_width=2048)
BERT = EncoderShape(layers=6, width=512, heads=8, mlp_width=2048, sequence=512, vocabulary=30_522)
"""KerasHub's tasks, of about 0.3 GB and 0.14 GB in float32."""

TINY_LM = LanguageModelShape(
    layers=2,
    width=64,
    heads=4,
    key_heads=2,
    head_width=16,
    mlp_width=128,
    sequence=16,
    vocabulary=500,
)
