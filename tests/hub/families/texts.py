"""Tasks on texts, made of a tokenizer, a backbone and a preprocessor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_hub import models

from tests.hub.families.family import LENGTH, Family
from tests.hub.families.vocabularies import Vocabulary

TEXT = {"token_ids": (LENGTH,), "padding_mask": (LENGTH,)}

Sizes = Mapping[str, Any]

HEADS = {"num_layers": 1, "num_heads": 2, "hidden_dim": 16, "intermediate_dim": 32}
"""Sizes of a transformer."""

GROUPED_HEADS = {
    "num_layers": 1,
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "hidden_dim": 16,
    "intermediate_dim": 32,
}
"""Sizes of a transformer whose heads share keys and values."""

TABLE = {"max_sequence_length": 32}
"""The rows of a position table, more than a sample has tokens."""


def task_class(name: str) -> Any:
    """A public class of KerasHub's."""
    return getattr(models, name)


def text_task(
    prefix: str, kind: str, vocabulary: Vocabulary, sizes: Sizes, options: Sizes, **lengths: int
) -> Any:
    """A task with its preprocessor, as a preset would hold it.

    Args:
        prefix: How the classes of the model begin.
        kind: The rest of the task's name.
        vocabulary: For the tokenizer.
        sizes: For the backbone.
        options: For the task.
        lengths: For the preprocessor.
    """
    task = task_class(prefix + kind)
    tokenizer = task_class(f"{prefix}Tokenizer")(**vocabulary())
    backbone = task.backbone_cls(vocabulary_size=tokenizer.vocabulary_size(), **sizes)
    preprocessor = task.preprocessor_cls(tokenizer, **lengths)
    return task(backbone=backbone, preprocessor=preprocessor, **options)


def text_family(
    prefix: str,
    kind: str,
    vocabulary: Vocabulary,
    sizes: Sizes,
    *,
    options: Sizes | None = None,
    lengths: Mapping[str, int] | None = None,
    **rest: Any,
) -> Family:
    """A family whose sizes its preprocessor says; see `text_task` and `Family`."""
    given = {"sequence_length": LENGTH} if lengths is None else lengths
    return Family(
        cls=task_class(prefix + kind),
        build=lambda: text_task(prefix, kind, vocabulary, sizes, options or {}, **given),
        **{"inputs": TEXT, **rest},
    )
