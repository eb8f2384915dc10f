"""The sizes of samples that a user gives, before there is a plan for the samples to fit."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import TensorSpec, admits
from litert_ir.runtime.sample_files import SampleFile
from litert_ir.runtime.sample_forms import flat_leaves
from litert_ir.runtime.verify import Verification

MOST_SEEN = 8
"""Of so many samples the sizes are taken, from the first one on."""

FlatShapes = tuple[tuple[int, ...], ...]


@attrs.frozen
class Outline:
    """The shape of an array in a sample."""

    shape: tuple[int, ...]


@attrs.frozen
class SampleSizes:
    """The shapes of samples, nested as these are; called with a signature it gives them flat.

    It holds no data, so that it can be sent to another process.

    Attributes:
        outlines: The samples, with an `Outline` in place of each array.
    """

    outlines: tuple[Any, ...] = ()

    @classmethod
    def of(cls, *sources: Any) -> SampleSizes:
        """The sizes of the first samples of each source.

        What cannot be read here, or only once, is left out: executing the plan reads it and says
        what is wrong.

        Args:
            sources: In the forms of a representative dataset; None for none.
        """
        return cls(tuple(outline for source in sources for outline in _outlines(source)))

    def __call__(self, signature: Signature) -> tuple[FlatShapes, ...]:
        """The shapes of those samples that fit a signature, in the order of its inputs."""
        taker = _Inputs(signature)
        found = (_flat(taker, outline) for outline in self.outlines)
        return tuple(dict.fromkeys(shapes for shapes in found if shapes is not None))


@attrs.frozen
class _Inputs:
    """What samples are for while there is no plan."""

    signature: Signature

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The flat inputs."""
        return self.signature.tensors


def samples_of(verify: bool | Verification) -> Any:
    """The samples that the user wants a file to be compared on; None for none."""
    return None if isinstance(verify, bool) else verify.samples


def _outlines(source: Any) -> Iterator[Any]:
    if source is None or isinstance(source, str | os.PathLike | SampleFile | Iterator):
        return
    try:
        samples = source() if callable(source) else source
        if isinstance(samples, Iterable):
            yield from [_outline(sample) for sample in itertools.islice(samples, MOST_SEEN)]
    except Exception:  # noqa: BLE001  (a dataset's code may raise anything; see `SampleSizes.of`)
        return


def _outline(sample: Any) -> Any:
    """The sample with outlines of what has a shape, and of lists of numbers."""
    shape = getattr(sample, "shape", None)
    if shape is not None:
        return Outline(tuple(shape))
    if isinstance(sample, Mapping):
        return {key: _outline(item) for key, item in sample.items()}
    if isinstance(sample, tuple) or (isinstance(sample, list) and not _holds_numbers(sample)):
        return type(sample)(_outline(item) for item in sample)
    return Outline(np.shape(sample))


def _holds_numbers(items: Any) -> bool:
    if isinstance(items, list):
        return all(map(_holds_numbers, items))
    return isinstance(items, bool | int | float)


def _flat(taker: _Inputs, outline: Any) -> FlatShapes | None:
    """The shapes of a sample; of its first member where it is one with labels."""
    labelled = isinstance(outline, tuple) and len(outline) > 1
    readings = (outline, outline[0]) if labelled else (outline,)
    found = (_fitting(taker, flat_leaves(taker, reading) or ()) for reading in readings)
    return next((shapes for shapes in found if shapes is not None), None)


def _fitting(taker: _Inputs, leaves: tuple[Any, ...]) -> FlatShapes | None:
    shapes = tuple(leaf.shape for leaf in leaves if isinstance(leaf, Outline))
    if not shapes or len(shapes) < len(taker.inputs):
        return None
    pairs = zip(taker.inputs, shapes, strict=True)
    fits = all(admits(spec.sizes, shape) and 0 not in shape for spec, shape in pairs)
    return shapes if fits else None
