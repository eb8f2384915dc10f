"""Read PNG and JPEG files as pixels from 0 to 255, and bring them to the size of an input."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_pillow
from litert_ir.backends.model_failures import brief
from litert_ir.errors import SamplesError
from litert_ir.errors.interruption import reraise_interruption

SUFFIXES = (".png", ".jpg", ".jpeg")
"""The names of images end so, in small letters or capitals."""

_FORMATS = ("PNG", "JPEG")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's name of the pixels, by the number of channels."""
_DEEP = ("I", "F")
"""The beginnings of Pillow's names of pixels with more than 8 bits a channel."""

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def is_image(path: Path) -> bool:
    """Tell whether a file's name is that of an image."""
    return path.suffix.lower() in SUFFIXES


def read_pixels(path: Path, channels: int) -> Pixels:
    """Read an image, as Keras' `load_img` does.

    Grey is the weighted sum of ITU-R 601, transparency is dropped where the input has no channel
    for it, and the orientation in EXIF data is left alone.

    Args:
        path: A PNG or JPEG file, by its content.
        channels: 1 for grey, 3 for red, green and blue, 4 with transparency.

    Returns:
        The pixels ``(height, width, channels)``.

    Raises:
        SamplesError: When it is no such file, damaged, too large, or has more than 8 bits a
            channel.
        MissingDependencyError: When Pillow is not installed.
    """
    mode, image = _decoded(path, channels)
    if mode.startswith(_DEEP):
        raise SamplesError(
            "An image has more than 8 bits a channel.",
            where=str(path),
            expected="pixels from 0 to 255",
            received=f"pixels of the kind {mode}",
            advice="convert it, or give the values in an .npz",
        )
    return image.reshape(*image.shape[:2], channels)


def no_image(path: Path, received: str) -> SamplesError:
    """The error for a file that is no image, or a damaged one."""
    return SamplesError(
        "An image cannot be read.",
        where=str(path),
        expected="a whole PNG or JPEG file",
        received=received,
        advice="mend it, or take it out of the folder",
    )


def _decoded(path: Path, channels: int) -> tuple[str, Pixels]:
    """Return Pillow's name of the pixels in a file, and them in the form of some channels."""
    pillow = load_pillow()
    try:
        with warnings.catch_warnings(action="ignore"):  # of Pillow, on odd palettes
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            with pillow.open(path, formats=_FORMATS) as image:
                return image.mode, np.asarray(image.convert(_MODES[channels]), np.uint8)
    except Exception as error:  # decoders raise what they like on damaged files
        reraise_interruption(error)
        raise no_image(path, brief(error)) from error


def resized(pixels: NDArray[Any], height: int, width: int) -> Floats:
    """Resize an image bilinearly, without antialiasing, to any aspect ratio.

    This is `keras.ops.image.resize` with its defaults, and so what
    `keras.utils.image_dataset_from_directory` and `keras.layers.Resizing` do.

    Args:
        pixels: ``(height, width, channels)``.
        height: The height to give it, in pixels.
        width: The width.
    """
    rows = _blended(pixels.astype(np.float32), height)
    return _blended(rows.swapaxes(0, 1), width).swapaxes(0, 1)


def _blended(lines: Floats, count: int) -> Floats:
    """Interpolate between neighbours along the first axis; the centres of pixels are at halves."""
    old = lines.shape[0]
    if count == old:
        return lines
    places = (np.arange(count, dtype=np.float32) + np.float32(0.5)) * np.float32(old / count)
    places -= np.float32(0.5)
    below = np.floor(places)
    share = (places - below).astype(np.float32)[:, None, None]
    first = lines[np.clip(below, 0, old - 1).astype(np.intp)]
    second = lines[np.clip(below + 1, 0, old - 1).astype(np.intp)]
    blended: Floats = first + (second - first) * share
    return blended
