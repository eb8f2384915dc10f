"""Seeded inputs: pictures and texts of no meaning, one sample each, by input name."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Sample: TypeAlias = dict[str, Array]
"""Arrays by the model's input names, each with a batch of one."""

CALIBRATION_SAMPLES = 32
TEST_SAMPLES = 64
"""The numbers of calibration and test samples, drawn alike from different seeds."""

CALIBRATION_SEED, TEST_SEED = 1, 2

FEWEST_WORDS = 32
FRESH = 0.35
"""The weight of the new picture in a variation of another."""


def picture(generator: np.random.Generator, side: int) -> Array:
    """Draw a smooth picture: random, but as strong in each octave of frequencies as photographs.

    Those fall off about as 1/f (D. J. Field, 1987); here with an exponent between 1 and 2. The
    colors have most of their structure in common. Contrast and colors differ by picture.

    Args:
        generator: Draws.
        side: Height and width in pixels.

    Returns:
        (side, side, 3) float32 in [-1, 1], as MobileNetV2 takes them.
    """
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    frequency[0, 0] = np.inf
    shape = (2, 3, *frequency.shape)
    real, imaginary = generator.standard_normal(shape) / frequency ** generator.uniform(1, 2)
    spectrum = real + 1j * imaginary
    pixels = np.fft.irfft2(0.7 * spectrum[:1] + 0.3 * spectrum, s=(side, side))
    pixels *= generator.uniform(0.2, 0.6) / pixels.std()
    pixels += generator.normal(0, 0.3, (3, 1, 1))
    return np.clip(pixels, -1, 1).transpose(1, 2, 0).astype(np.float32)


def variation(generator: np.random.Generator, of: Array) -> Array:
    """Draw a picture that is like another one, mixed with a new one.

    Args:
        generator: Draws.
        of: The other one.
    """
    mixed = (1 - FRESH / 2) * of + FRESH * picture(generator, len(of))
    return np.clip(mixed, -1, 1).astype(np.float32)


def text(generator: np.random.Generator, vocabulary: int, length: int) -> Sample:
    """Draw random words, as BERT takes them: at least `FEWEST_WORDS`, in two segments.

    Args:
        generator: Draws.
        vocabulary: Token ids are below; 0 is padding alone.
        length: Tokens with padding.

    Returns:
        int32 token ids, segment ids and padding mask, (1, length) each.
    """
    words = generator.integers(min(FEWEST_WORDS, length), length, endpoint=True)
    place = np.arange(length)
    mask = place < words
    arrays = {
        "token_ids": generator.integers(1, vocabulary, length) * mask,
        "segment_ids": (place >= words // 2) & mask,
        "padding_mask": mask,
    }
    return {name: values.astype(np.int32)[None] for name, values in arrays.items()}


def stacked(samples: list[Sample]) -> Sample:
    """Samples as one batch."""
    return {name: np.concatenate([sample[name] for sample in samples]) for name in samples[0]}
