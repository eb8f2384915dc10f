"""Cut arrays whose first axes are the samples, as those of an ``.npz``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.ir.tensor import TensorSpec
from litert_ir.samples.forms import Sample, TakesInputs, flat_leaves, stands_for_array

Array = NDArray[Any]


@attrs.frozen
class Rows:
    """Samples of one batch each, cut from arrays.

    Attributes:
        arrays: The arrays, in the order of the inputs.
        batch: The number of rows of one sample; None for all of them.
    """

    arrays: Sample
    batch: int | None

    def __len__(self) -> int:
        if self.batch is None or not self.arrays:
            return 1
        return len(self.arrays[0]) // self.batch

    def __iter__(self) -> Iterator[list[Array]]:
        if self.batch is None:
            yield list(self.arrays)
            return
        for start in range(0, len(self) * self.batch, self.batch):
            yield [array[start : start + self.batch] for array in self.arrays]


def rows_of(taker: TakesInputs, source: Any) -> Rows | None:
    """Return the samples in arrays of the inputs' ranks; None where the source has other forms.

    The source may be an array for a single input, a dict by name, the nested structure of the
    inputs, or for several inputs a list in their order: none of these can be an iterable of
    samples. One sample has as many rows as the static batch, else one. Arrays with different
    numbers of rows, or for inputs without a common batch, are one sample.

    Args:
        taker: The plan or file whose inputs the samples are for.
        source: The samples as the user gave them.
    """
    leaves = _leaves(taker, source)
    if leaves is None or not all(map(_has_rank, taker.inputs, leaves)):
        return None
    arrays = tuple(map(np.asarray, leaves))
    batch = _batch_of(taker.inputs)
    alike = batch is not None and len({len(array) for array in arrays}) == 1
    return Rows(arrays, batch if alike else None)


def _leaves(taker: TakesInputs, source: Any) -> tuple[Any, ...] | None:
    if isinstance(source, Mapping):
        return flat_leaves(taker, source)
    if stands_for_array(source):
        return (source,) if len(taker.inputs) == 1 else None
    if isinstance(source, list | tuple) and len(source) == len(taker.inputs) > 1:
        return tuple(source)
    return None


def _has_rank(spec: TensorSpec, leaf: Any) -> bool:
    return stands_for_array(leaf) and np.ndim(leaf) == len(spec.shape)


def _batch_of(inputs: Sequence[TensorSpec]) -> int | None:
    """Return the number of rows that all inputs take at once; None where they share no batch."""
    leading = {spec.sizes[0] if spec.sizes else 0 for spec in inputs}
    if len(leading) != 1:
        return None
    (size,) = leading
    return 1 if size is None else size or None
