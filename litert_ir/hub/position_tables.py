"""Find the sequence length that a model's learned position table allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends import loaded
from litert_ir.backends.keras.layers import all_layers
from litert_ir.hub.size_sources import number_at


def rows_of_table(model: Any, paths: Sequence[str]) -> tuple[int, str] | None:
    """Find the number of rows of a position table, and the attribute that holds it.

    Models with rotary or relative positions have such attributes as well, but no table.

    Args:
        model: A KerasHub model.
        paths: Attributes that may hold the number, in order.
    """
    rows = _rows(model) if paths else frozenset()
    for path in paths:
        number = number_at(model, path)
        if number in rows:
            return number, path
    return None


def _rows(model: Any) -> frozenset[int]:
    keras_hub = loaded("keras_hub")
    if keras_hub is None:
        return frozenset()
    table = keras_hub.layers.PositionEmbedding
    return frozenset(
        int(layer.sequence_length) for layer in all_layers(model) if isinstance(layer, table)
    )
