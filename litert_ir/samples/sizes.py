"""Find the sizes of samples that a user gives, before there is a plan for the samples to fit."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import SamplesError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.dimensions import StaticShapes
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import TensorSpec, admits
from litert_ir.samples.forms import flat_leaves, stands_for_array
from litert_ir.samples.rows import rows_of
from litert_ir.samples.sample_files import StoredSamples

MOST_SEEN = 8
"""The number of samples, from the first one on, whose sizes are read."""

MOST_ROWS = 256
"""The most rows of an array of samples: more than the batch of any model."""
MOST_HELD = 1 << 22
"""The most elements of a sample whose data are kept: 16 MB of floats."""


@attrs.frozen
class Outline:
    """The shape of an array in a sample.

    Attributes:
        shape: Its shape.
        array: The array itself, if a model can be run on it.
    """

    shape: tuple[int, ...]
    array: NDArray[Any] | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen
class SampleSizes:
    """The shapes of samples, nested as the samples are; calling it with a signature flattens them.

    It keeps the data of the first sample of each source, unless they are large, and can be pickled
    for another process.

    Attributes:
        outlines: The samples, with an `Outline` in place of each array.
        wholes: The first rows of sources that may be arrays of many samples; see `rows_of`.
        files: Stored sources, which are read by the names of the inputs.
    """

    outlines: tuple[Any, ...] = ()
    wholes: tuple[Any, ...] = attrs.field(default=(), eq=False)
    files: tuple[StoredSamples, ...] = ()

    @classmethod
    def of(cls, *sources: Any) -> SampleSizes:
        """Read the sizes of the first samples of each source.

        A source that cannot be read here, or only once, is left out: executing the plan reads it
        and raises its error.

        Args:
            sources: In the forms of a representative dataset; None for none.
        """
        read = [_source(source) for source in sources]
        wholes = map(_whole, read)
        return cls(
            outlines=tuple(outline for source in read for outline in _outlines(source)),
            wholes=tuple(whole for whole in wholes if whole is not None),
            files=tuple(source for source in sources if isinstance(source, StoredSamples)),
        )

    def __call__(self, signature: Signature) -> tuple[StaticShapes, ...]:
        """Return the shapes of the samples that fit a signature, in the order of its inputs."""
        fitting = self._fitting(signature)
        return tuple(dict.fromkeys(tuple(leaf.shape for leaf in flat) for flat in fitting))

    def sample(self, signature: Signature) -> tuple[NDArray[Any], ...] | None:
        """Return the first sample that fits a signature, flat; None where its data are not kept."""
        first = next(iter(self._fitting(signature)), ())
        arrays = tuple(leaf.array for leaf in first if leaf.array is not None)
        return arrays if arrays and len(arrays) == len(first) else None

    def _fitting(self, signature: Signature) -> Iterator[tuple[Outline, ...]]:
        """Yield the samples that fit a signature, flat."""
        taker = _Inputs(signature)
        stored = (outline for file in self.files for outline in _stored(taker, file))
        cut = (outline for whole in self.wholes for outline in _first_row(taker, whole))
        found = (_flat(taker, outline) for outline in (*self.outlines, *cut, *stored))
        return (flat for flat in found if flat is not None)


@attrs.frozen
class _Inputs:
    """The inputs that samples are for while there is no plan."""

    signature: Signature

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The flat inputs."""
        return self.signature.tensors


def _source(source: Any) -> Any:
    """Return an iterable source; None for one that is read elsewhere, or not at all."""
    if isinstance(source, str | os.PathLike | StoredSamples | Iterator):
        return None
    try:
        return source() if callable(source) else source
    except Exception as error:  # noqa: BLE001  (a dataset's code may raise anything; see `of`)
        reraise_interruption(error)
        return None


def _outlines(samples: Any) -> Iterator[Any]:
    if not isinstance(samples, Iterable) or isinstance(samples, Mapping):
        return
    try:
        first = itertools.islice(samples, MOST_SEEN)
        yield from [_outline(item, with_data=not at) for at, item in enumerate(first)]
    except Exception as error:  # noqa: BLE001  (as above)
        reraise_interruption(error)
        return


def _whole(samples: Any) -> Any:
    """Return the first rows of possible arrays of many samples; None for others."""
    try:
        head = _head(samples)
    except Exception as error:  # noqa: BLE001  (as above)
        reraise_interruption(error)
        return None
    return head if _elements(head) <= MOST_HELD else None


def _elements(head: Any) -> int:
    """Count the numbers in nested arrays."""
    if isinstance(head, np.ndarray):
        return head.size
    items = head.values() if isinstance(head, Mapping) else head or ()
    return sum(map(_elements, items))


def _head(value: Any) -> Any:
    if stands_for_array(value):
        array = np.asarray(value)
        return array[:MOST_ROWS] if array.ndim else None
    items = value.values() if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping | list | tuple):
        return None
    heads = list(map(_head, items))
    if any(head is None for head in heads):
        return None
    return dict(zip(value, heads, strict=True)) if isinstance(value, Mapping) else heads


def _first_row(taker: _Inputs, whole: Any) -> Iterator[Any]:
    """Yield the first sample of arrays, if they are for these inputs."""
    for row in itertools.islice(rows_of(taker, whole) or (), 1):
        yield _outline(row, with_data=True)


def _stored(taker: _Inputs, file: StoredSamples) -> Iterator[Any]:
    """Yield the first sample of a file, if it is for these inputs."""
    try:
        for sample in itertools.islice(file.for_inputs(taker.inputs), 1):
            yield _outline(sample, with_data=True)
    except SamplesError:
        return


def _outline(sample: Any, *, with_data: bool) -> Any:
    """Replace each array and each list of numbers in a sample by its outline."""
    if isinstance(sample, Mapping):
        return {key: _outline(item, with_data=with_data) for key, item in sample.items()}
    if isinstance(sample, list | tuple) and not stands_for_array(sample):
        items = [_outline(item, with_data=with_data) for item in sample]
        return tuple(items) if isinstance(sample, tuple) else items
    shape = tuple(np.shape(sample))
    is_held = with_data and math.prod(shape) <= MOST_HELD
    return Outline(shape, np.asarray(sample) if is_held else None)


def _flat(taker: _Inputs, outline: Any) -> tuple[Outline, ...] | None:
    """Return the leaves of a sample, or of its first member where it has labels."""
    labelled = isinstance(outline, tuple) and len(outline) > 1
    readings = (outline, outline[0]) if labelled else (outline,)
    found = (_leaves(taker, flat_leaves(taker, reading) or ()) for reading in readings)
    return next((leaves for leaves in found if leaves is not None), None)


def _leaves(taker: _Inputs, leaves: tuple[Any, ...]) -> tuple[Outline, ...] | None:
    found = tuple(leaf for leaf in leaves if isinstance(leaf, Outline))
    if not found or len(found) < len(taker.inputs):
        return None
    pairs = zip(taker.inputs, found, strict=True)
    fits = all(admits(spec.sizes, leaf.shape) and 0 not in leaf.shape for spec, leaf in pairs)
    return found if fits else None
