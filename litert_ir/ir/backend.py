"""The Keras backends on which plans are made."""

from __future__ import annotations

import enum


class ConvertibleBackend(enum.StrEnum):
    """The Keras backends whose models can be planned and converted in the same process.

    More strategies take models on TensorFlow, which is therefore the first one.
    """

    TENSORFLOW = "tensorflow"
    JAX = "jax"

    @property
    def display_name(self) -> str:
        """The name in sentences."""
        return "TensorFlow" if self is ConvertibleBackend.TENSORFLOW else "JAX"
