"""Derive the inputs of a LiteRT file without its model, and draw random samples for them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np

from litert_ir.errors import FileRejectedError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import CALIBRATION, UNVERIFIED
from litert_ir.errors.shown import bytes_text
from litert_ir.ir.dimensions import BATCH_NAME, nearest_size
from litert_ir.ir.metadata import Metadata
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import Dim, DType, DynamicDim, TensorSpec
from litert_ir.runtime.interface_reader import FileInterface, TensorInfo
from litert_ir.runtime.isolated import run_isolated
from litert_ir.samples.forms import NamedSample
from litert_ir.verification.cases import BATCH_SIZES, OTHER_SIZES, draw

_SEED = 0
_BOUND = 2
"""The exclusive bound of integers, which may be indices of few rows."""
_RANDOM_SAMPLES = 8
_MOST_BYTES = 1 << 30
"""Bytes of all random samples together, at most; a single sample may take twice as many. A damaged
file may ask for more memory than there is.
"""
_TYPES = {dtype.value: dtype for dtype in DType if dtype.is_interface_type}
"""The element types of inputs and outputs, by the names that the schema has for them."""


@attrs.frozen
class FileInputs:
    """The inputs of a file, against which samples are checked.

    Attributes:
        inputs: The specs, in the file's order.
        metadata: What the file says of them, where samples need it.
    """

    inputs: tuple[TensorSpec, ...]
    metadata: Metadata = attrs.field(factory=Metadata)

    @property
    def signature(self) -> Signature:
        """One argument per input."""
        return Signature(tuple(Argument(spec.name, spec) for spec in self.inputs))


def inputs_of(interface: FileInterface) -> FileInputs:
    """Derive the inputs of a file from its interface.

    If the file does not name its dynamic dimensions, the first axis is the batch.
    """
    return FileInputs(tuple(spec_of(info) for info in interface.inputs))


def random_samples(path: Path, inputs: FileInputs) -> tuple[NamedSample, ...]:
    """Draw seeded random inputs that a file runs on, for batches of different sizes.

    Floats are standard normal; booleans and integers are 0 or 1 with equal probability. Sizes are
    within the bounds in the file's metadata.

    Raises:
        FileRejectedError: When a dimension besides the batch is dynamic and the file runs on none
            of the sizes tried, or when the inputs are too large to draw.
        ConverterCrashed: When a run does not end in time, or the process is killed from outside.
    """
    sizes = OTHER_SIZES if _has_free_sizes(inputs) else OTHER_SIZES[:1]
    for size in sizes[:-1]:
        samples = _drawn(inputs, size)
        try:
            run_isolated(path, samples[:1])
        except FileRejectedError:
            continue
        return samples
    samples = _drawn(inputs, sizes[-1])
    run_isolated(path, samples[:1])
    return samples


def spec_of(info: TensorInfo) -> TensorSpec:
    """Convert an input or output of a file to a plan's tensor spec.

    Raises:
        FileRejectedError: When numpy has no such element type.
    """
    guessed = tuple(
        (DynamicDim(BATCH_NAME if index == 0 else None) if size is None else size)
        for index, size in enumerate(info.shape)
    )
    shape = guessed if info.dims is None else info.dims
    return TensorSpec(name=info.name, shape=shape, dtype=element_type(info))


def element_type(info: TensorInfo) -> DType:
    """Return the element type of an input or output of a file.

    Raises:
        FileRejectedError: When numpy has no such type.
    """
    if info.dtype not in _TYPES:
        raise FileRejectedError(
            "An input or output of the file is of a type that cannot be given or compared.",
            where=info.name,
            expected=", ".join(_TYPES),
            received=info.dtype,
        )
    return _TYPES[info.dtype]


def _has_free_sizes(inputs: FileInputs) -> bool:
    return any(size is None for spec in inputs.inputs for size in spec.sizes[1:])


def _drawn(inputs: FileInputs, size: int) -> tuple[NamedSample, ...]:
    rng = np.random.default_rng(_SEED)
    size_bytes = max(_bytes_of(inputs, batch, size) for batch in BATCH_SIZES)
    if size_bytes > 2 * _MOST_BYTES:
        raise FileRejectedError(
            "The file takes inputs that are too large for random samples.",
            where=", ".join(map(str, inputs.inputs)),
            expected=f"{bytes_text(2 * _MOST_BYTES)} at most",
            received=bytes_text(size_bytes),
            advice=advise(
                "pass samples: {calibration}; {unverified} compares nothing",
                calibration=CALIBRATION.to("...", "DATA"),
                unverified=UNVERIFIED,
            ),
        )
    count = max(1, min(_RANDOM_SAMPLES, _MOST_BYTES // max(1, size_bytes)))
    batches = itertools.islice(itertools.cycle(BATCH_SIZES), count)
    return tuple(
        {
            spec.name: draw(rng, spec, (batch, size), _BOUND)
            for spec in _sized(inputs.inputs, batch, size)
        }
        for batch in batches
    )


def _bytes_of(inputs: FileInputs, batch: int, size: int) -> int:
    """Return the bytes of one sample."""
    return sum(
        math.prod(size or 1 for size in spec.sizes) * np.dtype(spec.dtype.value).itemsize
        for spec in _sized(inputs.inputs, batch, size)
    )


def _sized(inputs: Sequence[TensorSpec], batch: int, size: int) -> Iterator[TensorSpec]:
    """Yield the input specs with sizes near these, within bounds, and equal for one name."""
    chosen: dict[str, int] = {}
    for spec in inputs:
        yield attrs.evolve(
            spec,
            shape=tuple(
                _size_of(dim, batch if axis == 0 else size, chosen)
                for axis, dim in enumerate(spec.shape)
            ),
        )


def _size_of(dim: Dim, wanted: int, chosen: dict[str, int]) -> int:
    """Return the size chosen for a dimension's name, or the nearest one to the wanted one."""
    if isinstance(dim, int):
        return dim
    nearest = nearest_size(dim, wanted)
    return nearest if dim.name is None else chosen.setdefault(dim.name, nearest)
