"""Find tables of positions, whose number of rows limits a length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from litert_ir.backends import loaded
from litert_ir.backends.keras.layers import layer_paths, own_weights, paths_by_id

MOST_TABLES = 8
_NOT_A_TABLE = ("kernel", "bias", "gamma", "beta", "recurrent_kernel")
"""Names of weights that Keras' layers multiply or add; their first dimensions are not positions."""


@attrs.frozen
class Table:
    """A weight that may hold a row for each position.

    Attributes:
        rows: The number of rows.
        layer: The path of the layer that has it.
        is_known: Whether that layer is a position embedding.
    """

    rows: int
    layer: str
    is_known: bool = False

    @property
    def source(self) -> str:
        """Format the table as the source of a bound in a plan."""
        return f"the position table of {self.layer!r}"


def tables_of(model: Any) -> tuple[Table, ...]:
    """List the tables of a model, those of position embeddings first, then by size."""
    found = dict.fromkeys([*_known(model), *_likely(model)])
    first = {(table.rows, table.layer) for table in found if table.is_known}
    tables = [t for t in found if t.is_known or (t.rows, t.layer) not in first]
    return tuple(sorted(tables, key=lambda table: (not table.is_known, table.rows)))[:MOST_TABLES]


def _known(model: Any) -> Iterator[Table]:
    """Yield the tables of KerasHub's layer; a model that has it has imported KerasHub."""
    keras_hub = loaded("keras_hub")
    if keras_hub is None:
        return
    for path, layer in layer_paths(model):
        if isinstance(layer, keras_hub.layers.PositionEmbedding):
            yield Table(int(layer.sequence_length), path, is_known=True)


def _likely(model: Any) -> Iterator[Table]:
    paths = paths_by_id(model)
    for layer, weights in own_weights(model):
        for weight in weights:
            rows = _rows(weight)
            if rows > 1 and weight.name not in _NOT_A_TABLE:
                yield Table(rows, paths[id(layer)])


def _rows(weight: Any) -> int:
    """Return the first dimension of a table, or the second where the first is a batch of one."""
    shape = tuple(weight.shape)
    if len(shape) == 3 and shape[0] == 1:
        return int(shape[1])
    return int(shape[0]) if len(shape) == 2 else 0
