"""Bound the input values of KerasHub's models, so that random ones are valid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litert_ir.hub.axes import SEQUENCE
from litert_ir.hub.size_sources import number_at
from litert_ir.ir.task import InputPattern, Pattern
from litert_ir.ir.tensor import is_size

_FLAGS = frozenset(
    {"padding_mask", "encoder_padding_mask", "decoder_padding_mask", "response_mask"}
    | {"vision_mask", "audio_mask", "audio_mel_mask", "box_labels"}
)
_POSITIONS = frozenset({"mask_positions", "position_ids", "vision_indices", "audio_indices"})
_OF_TEXTS: Mapping[str, Pattern] = {
    **dict.fromkeys(
        ("padding_mask", "encoder_padding_mask", "decoder_padding_mask"), Pattern.LEADING_ONES
    ),
    **dict.fromkeys(("mask_positions", "vision_indices", "audio_indices"), Pattern.INCREASING),
}
_PROMPTS: Mapping[tuple[str, tuple[int | None, ...]], Pattern] = {
    ("labels", ()): Pattern.LABELS,
    ("points", (2,)): Pattern.COORDINATES,
    ("boxes", (2, 2)): Pattern.CORNERS,
    ("boxes", (5,)): Pattern.BOXES_OF_ROWS,
}
"""By input name; those of points and boxes depend on the sizes of their shape."""
_TOKENS = ("token_ids", "encoder_token_ids", "decoder_token_ids")
_SEGMENTS = "segment_ids"
_IMAGE_SHAPES = tuple(
    f"{place}{encoder}.image_shape"
    for place in ("", "backbone.")
    for encoder in ("image_encoder", "vision_encoder")
)
_PLACES = (
    *("", "backbone.", "text_encoder.", "backbone.text_encoder."),
    *("clip_l.", "backbone.clip_l."),
)
"""Attributes in which KerasHub's models keep the size of their vocabulary."""


def bound_of(model: Any, name: str, sizes: Mapping[str, int]) -> int | None:
    """Return the exclusive bound of an integer input's values; None where it is unknown.

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


def pattern_of(model: Any, name: str, shape: Sequence[int | None]) -> InputPattern | None:
    """Return the pattern of an input's values; None where there is none or it is unknown.

    Prompted segmenters take points and boxes in pixels (SAM), or boxes as shares of the image, each
    with the index of its sample in the batch (SAM 3).

    Args:
        model: A KerasHub model.
        name: The input's name.
        shape: The input's shape, with the batch.
    """
    if name in _OF_TEXTS:
        return InputPattern(name, _OF_TEXTS[name])
    side = _image_side(model)
    found = None if side is None else _PROMPTS.get((name, _last(name, shape)))
    return None if found is None else InputPattern(name, found, side or 1)


def _last(name: str, shape: Sequence[int | None]) -> tuple[int | None, ...]:
    """Return the trailing sizes that distinguish prompts of one name."""
    return tuple(shape[2:]) if name in ("points", "boxes") else ()


def _image_side(model: Any) -> int | None:
    """Return the smaller side of a segmenter's images; None for other models."""
    for path in _IMAGE_SHAPES:
        found = model
        for part in path.split("."):
            found = getattr(found, part, None)
        if isinstance(found, tuple) and all(map(is_size, found[:2])):
            return int(min(found[:2]))
    return None


def _number(model: Any, attribute: str) -> int | None:
    found = (number_at(model, f"{place}{attribute}") for place in _PLACES)
    return next(filter(None, found), None)
