"""The positions of the nearest elements, which JAX takes when it resizes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def nearest_places(before: int, after: int) -> NDArray[Any]:
    """Return the position among ``before`` elements that is nearest to each of ``after`` ones.

    `jax.image.resize` computes ``(place + 0.5) * before / after``, and XLA evaluates it with the
    inverse of ``after``: rounding decides between two elements that are equally near.
    """
    ratio = np.float32(before) * (np.float32(1) / np.float32(after))
    return ((np.arange(after, dtype=np.float32) + np.float32(0.5)) * ratio).astype(np.int32)
