"""Values for the inputs of KerasHub's models, such as their preprocessors would make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import litert_ir as lir

Array = NDArray[Any]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]
"""Draws values of a shape, which begins with the batch."""


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Standard normal values."""
    return rng.standard_normal(shape)


def flags(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Zeros and ones."""
    return rng.integers(0, 2, shape)


def below(bound: int) -> Draw:
    """Whole numbers from 0."""
    return lambda rng, shape: rng.integers(0, bound, shape)


def between(low: float, high: float) -> Draw:
    """Uniform values."""
    return lambda rng, shape: rng.uniform(low, high, shape)


def always(value: Any) -> Draw:
    """The same values for every sample."""
    return lambda rng, shape: np.broadcast_to(np.asarray(value), shape)  # noqa: ARG005


def images(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Images that differ in colour and contrast, not by noise alone."""
    ones = (1,) * (len(shape) - 2)
    colour = 2 * rng.standard_normal((shape[0], *ones, shape[-1]))
    return (rng.standard_normal(shape) + colour) * rng.uniform(0.3, 2, (shape[0], *ones, 1))


def leading(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Masks of texts that fill at least half of their length."""
    lengths = rng.integers(max(shape[1] // 2, 1), shape[1] + 1, shape[0])
    return np.arange(shape[1]) < lengths[:, None]


def trailing(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Masks of texts that come after others."""
    return np.logical_not(leading(rng, shape))


def counting(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:  # noqa: ARG001
    """0, 1, 2, ... for every sample."""
    return np.broadcast_to(np.arange(shape[1]), shape)


def grid(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:  # noqa: ARG001
    """Columns and rows of the patches of square images."""
    side = round(shape[-2] ** 0.5)
    columns, rows = np.meshgrid(np.arange(side), np.arange(side))
    return np.broadcast_to(np.stack([columns, rows], axis=-1).reshape(-1, 2), shape)


def positions(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Rising positions in a text, without its beginning; they fit a text one longer than they."""
    span = np.arange(1, max(shape[1] + 1, 12))
    chosen = [np.sort(rng.choice(span, shape[1], replace=False)) for _ in range(shape[0])]
    return np.stack(chosen)


BY_NAME: Mapping[str, Draw] = {
    "mask_positions": positions,
    "vision_indices": positions,
    "audio_indices": positions,
    "position_ids": counting,
    "pixel_position_ids": grid,
    "padding_mask": leading,
    "encoder_padding_mask": leading,
    "decoder_padding_mask": leading,
    "response_mask": trailing,
    "input_features_mask": always(0),
    "audio_mel_mask": always(1),
    "segment_ids": flags,
    "labels": flags,
    "num_steps": always(5),
    "guidance_scale": always(7.0),
}
"""What inputs of these names hold, in whatever model."""


def sample(
    plan: lir.ExportPlan, batch: int, *, tokens: int, draws: Mapping[str, Draw], seed: int
) -> dict[str, Array]:
    """Values for all inputs of a plan, by name.

    Args:
        plan: The plan.
        batch: How many samples.
        tokens: Token ids lie below this.
        draws: How values are drawn for inputs that differ from `BY_NAME`.
        seed: Of the random numbers.
    """
    rng = np.random.default_rng(seed)
    known = {**BY_NAME, **draws}
    found = {}
    for spec in plan.inputs:
        draw = known.get(spec.name) or _by_kind(spec, tokens)
        sizes = (batch, *(size or 1 for size in spec.sizes[1:]))
        found[spec.name] = draw(rng, sizes).astype(spec.dtype.value)
    return found


def _by_kind(spec: lir.TensorSpec, tokens: int) -> Draw:
    if spec.name.endswith("token_ids"):
        return below(tokens)
    if not spec.dtype.is_floating:
        return flags
    return images if len(spec.sizes) > 3 and spec.sizes[-1] == 3 else normal
