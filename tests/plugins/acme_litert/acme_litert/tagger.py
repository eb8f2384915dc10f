"""A task: a model with a preprocessor, as KerasHub's tasks have one."""

from __future__ import annotations

from types import SimpleNamespace

import keras


class Tagger(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """A tag for each token of a text."""

    def __init__(self, vocabulary: int, tags: int, sequence_length: int) -> None:
        token_ids = keras.Input((None,), dtype="int32", name="token_ids")
        x = keras.layers.Embedding(vocabulary, 8)(token_ids)
        x = keras.layers.Conv1D(8, 3, padding="same")(x)
        super().__init__({"token_ids": token_ids}, keras.layers.Dense(tags)(x))
        self.preprocessor = SimpleNamespace(sequence_length=sequence_length)


def tagger() -> Tagger:
    """Make a small one."""
    return Tagger(vocabulary=20, tags=5, sequence_length=12)
