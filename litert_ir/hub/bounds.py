"""What values the integer inputs of KerasHub's models may have, so that random ones make sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litert_ir.hub.axes import SEQUENCE
from litert_ir.hub.sizes import number_at

_FLAGS = frozenset(
    {"padding_mask", "encoder_padding_mask", "decoder_padding_mask", "response_mask"}
    | {"vision_mask", "audio_mask", "audio_mel_mask", "box_labels"}
)
_POSITIONS = frozenset({"mask_positions", "position_ids", "vision_indices", "audio_indices"})
_TOKENS = ("token_ids", "encoder_token_ids", "decoder_token_ids")
_SEGMENTS = "segment_ids"
_PLACES = (
    *("", "backbone.", "text_encoder.", "backbone.text_encoder."),
    *("clip_l.", "backbone.clip_l."),
)
"""Where KerasHub's models keep the size of their vocabulary."""


def bound_of(model: Any, name: str, sizes: Mapping[str, int]) -> int | None:
    """What all values of an integer input are below; None where that is not known.

    Args:
        model: A KerasHub model.
        name: The input's name.
        sizes: The sizes of the inputs, by name.
    """
    if name in _FLAGS:
        return 2
    if name in _POSITIONS:
        return sizes.get(SEQUENCE)
    if name == _SEGMENTS:
        return _number(model, "num_segments") or 2
    return _number(model, "vocabulary_size") if name.endswith(_TOKENS) else None


def _number(model: Any, attribute: str) -> int | None:
    found = (number_at(model, f"{place}{attribute}") for place in _PLACES)
    return next(filter(None, found), None)
