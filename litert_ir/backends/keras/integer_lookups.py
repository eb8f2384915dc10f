"""Let lookups of integers search sorted keys while models are traced: files have no tables.

A search halves the keys with each step, so that ten thousand of them take 14 steps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.keras.layers import all_layers

_TABLE = "lookup_table"
_KEYS = "int64"

_UNCHECKED = "num_oov_indices"
"""0 of them makes a layer check that all inputs are known, which a file cannot; 1 does not, and
the value of unknown ones is the table's default all the same."""


@contextlib.contextmanager
def searching_integers(model: Any) -> Iterator[None]:
    """Replace the tables of `keras.layers.IntegerLookup` by searches.

    The replacements stand in the layers' ``__dict__`` meanwhile. What a layer does beside the
    lookup, such as masking and counting, is left to it, but for the check of `_UNCHECKED`.

    Args:
        model: The model.
    """
    layers = [layer for layer in all_layers(model) if _is_lookup(layer)]
    originals = [(vars(layer)[_TABLE], vars(layer)[_UNCHECKED]) for layer in layers]
    try:
        for layer, (table, count) in zip(layers, originals, strict=True):
            vars(layer).update({_TABLE: _Search.of(table), _UNCHECKED: max(1, count)})
        yield
    finally:
        for layer, (table, count) in zip(layers, originals, strict=True):
            vars(layer).update({_TABLE: table, _UNCHECKED: count})


def _is_lookup(layer: Any) -> bool:
    is_one = isinstance(layer, load_keras().layers.IntegerLookup)
    return is_one and vars(layer)[_TABLE].key_dtype == _KEYS


@attrs.frozen(eq=False)
class _Search:
    """A table that supports lookups alone.

    Attributes:
        keys: Sorted, (2**n,) int64; the largest int64 fills it up.
        values: (2**n,) int64.
        default: The value of what is no key.
    """

    keys: NDArray[np.int64]
    values: NDArray[np.int64]
    default: int

    @classmethod
    def of(cls, table: Any) -> _Search:
        """Copy a table of TensorFlow's."""
        with load_tensorflow().init_scope():
            keys, values = (tensor.numpy() for tensor in table.export())
            default = int(table.default_value.numpy())
        order, size = np.argsort(keys), 1 << max(0, len(keys) - 1).bit_length()
        filler = size - len(keys)
        return cls(
            np.pad(keys[order], (0, filler), constant_values=np.iinfo(np.int64).max),
            np.pad(values[order], (0, filler), constant_values=default),
            default,
        )

    def lookup(self, inputs: Any) -> Any:
        """The value of each element, int64, in the shape of the inputs."""
        tf = load_tensorflow()
        position, step = tf.zeros_like(inputs, tf.int32), len(self.keys) // 2
        while step:
            is_above = tf.gather(self.keys, position + (step - 1)) < inputs
            position = tf.where(is_above, position + step, position)
            step //= 2
        found = tf.equal(tf.gather(self.keys, position), inputs)
        default = tf.constant(self.default, tf.int64)
        return tf.where(found, tf.gather(self.values, position), default)
