"""Fit values to the inputs of a file: their sizes, their types, and random ones for the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import SamplesError, SizeError
from litert_ir.errors.nearest_names import may_be
from litert_ir.errors.shown import bytes_text, shown
from litert_ir.ir.dimensions import (
    DimKey,
    dynamic_dims,
    is_batch,
    key_of,
    nearest_size,
    shapes_with,
    size_faults,
    sizes_in,
    sizes_text,
)
from litert_ir.ir.tensor import DynamicDim, TensorSpec, admits, is_size
from litert_ir.measurement.named_values import NamedValue
from litert_ir.runtime.interface_scales import InterfaceScale
from litert_ir.samples.drawing import values as drawn_values

Array = NDArray[Any]
Sizes = Mapping[str, int | Sequence[int]]
"""Sizes of dynamic dimensions by their names, and whole shapes by the names of inputs."""

RANDOM = "random"

_SEED = 0
_OTHER_SIZE = 16
"""The size of dynamic dimensions beside the batch, where nothing decides it."""
_INTEGERS_BELOW = 2
"""The bound of random integers, which may be indices of few rows."""
_MOST_BYTES = 4 << 30


@attrs.frozen(kw_only=True)
class FittedInput:
    """An input as the file takes it.

    Attributes:
        name: Its name.
        values: The values, of the file's element type.
        source: Their origin, such as a file's name or ``random``.
    """

    name: str
    values: Array = attrs.field(eq=False, repr=False)
    source: str

    def __str__(self) -> str:
        return f"{self.name} {tuple(self.values.shape)} {self.values.dtype}, {self.source}"


def fitted_inputs(
    specs: Sequence[TensorSpec],
    scales: Mapping[str, InterfaceScale],
    given: Mapping[str, NamedValue],
    sizes: Sizes,
    *,
    raw: bool = False,
) -> tuple[FittedInput, ...]:
    """Fit values to the inputs of a file, and draw the values that are not given.

    Sizes that neither values nor ``sizes`` decide are 1 for the batch, and of other dimensions the
    admitted one that is nearest to 16.

    Args:
        specs: The inputs.
        scales: Their quantization, by name.
        given: Values by name. An array that lacks the first dimension is one example; a number
            fills the input.
        sizes: The sizes of dynamic dimensions.
        raw: Whether integers of quantized inputs are given as the file stores them; else all
            values but arrays of the file's own integer type are real values, and are quantized.

    Raises:
        SamplesError: When a value does not fit its input.
        SizeError: When a size is of no dimension, out of its bounds, or contradicts an array.
    """
    arrays = {
        spec.name: _as_batch(spec, given[spec.name].values)
        for spec in specs
        if spec.name in given and given[spec.name].values.shape
    }
    for spec in specs:
        if spec.name in arrays:
            _require_shape(spec, arrays[spec.name])
    shapes = _shapes(specs, arrays, sizes)
    rng = np.random.default_rng(_SEED)
    found = []
    for spec, shape in zip(specs, shapes, strict=True):
        scale = scales[spec.name]
        if spec.name not in given:
            found.append(_input(spec, _drawn(rng, spec, shape, scale), RANDOM))
            continue
        value = arrays.get(spec.name, given[spec.name].values)
        fills = not value.shape and shape
        source = f"filled with {value}" if fills else given[spec.name].source
        whole = np.broadcast_to(value, shape)
        found.append(_input(spec, _of_type(spec, scale, whole, raw=raw), source))
    return tuple(found)


def _input(spec: TensorSpec, values: Array, source: str) -> FittedInput:
    return FittedInput(
        name=spec.name, values=np.require(values, requirements=["C", "A"]), source=source
    )


def _drawn(
    rng: np.random.Generator, spec: TensorSpec, shape: Sequence[int], scale: InterfaceScale
) -> Array:
    size = math.prod(shape) * np.dtype(spec.dtype.value).itemsize
    if size > _MOST_BYTES:
        raise SamplesError(
            "The file takes an input that is too large for random values.",
            where=f"input {spec.name!r}",
            expected=f"{bytes_text(_MOST_BYTES)} at most",
            received=bytes_text(size),
        )
    if scale.scale:
        return scale.quantize(rng.standard_normal(shape))
    return drawn_values(rng, spec, shape, _INTEGERS_BELOW)


def _as_batch(spec: TensorSpec, array: Array) -> Array:
    """Return a single example as a batch of one."""
    takes_one = spec.shape and (spec.sizes[0] in (None, 1))
    return array[None] if takes_one and array.ndim == len(spec.shape) - 1 else array


def _require_shape(spec: TensorSpec, array: Array) -> None:
    if not admits(spec.sizes, array.shape) or 0 in array.shape:
        raise SamplesError(
            "A value has another shape than the input.",
            where=f"input {spec.name!r}",
            expected=str(spec),
            received=f"{array.shape} {array.dtype}",
        )


def _of_type(spec: TensorSpec, scale: InterfaceScale, array: Array, *, raw: bool) -> Array:
    """Convert values to the file's element type."""
    dtype = np.dtype(spec.dtype.value)
    if array.dtype == dtype:
        return array
    if scale.scale and not raw and np.issubdtype(dtype, np.integer):
        return scale.quantize(array)
    if not (dtype.kind in "iu" or dtype.kind == "b") or array.dtype.kind == "b":
        return array.astype(dtype)
    exact = array.astype(dtype)
    if not np.array_equal(exact, array):
        raise SamplesError(
            "A value cannot be converted to the input's element type.",
            where=f"input {spec.name!r}",
            expected=spec.dtype.value,
            received=f"{array.dtype} from {array.min()} to {array.max()}",
        )
    return exact


def _shapes(
    specs: Sequence[TensorSpec], arrays: Mapping[str, Array], sizes: Sizes
) -> tuple[tuple[int, ...], ...]:
    dims = dynamic_dims(specs)
    chosen: dict[DimKey, int] = dict(_sizes_of(specs, dims, sizes))
    for at, spec in enumerate(specs):
        if spec.name in arrays:
            _take_sizes(at, spec, arrays[spec.name].shape, chosen)
    wanted = {
        key: chosen.get(key, nearest_size(dim, 1 if is_batch(key) else _OTHER_SIZE))
        for key, dim in dims.items()
    }
    shapes = shapes_with(specs, wanted)
    triples = zip((s.name for s in specs), (s.shape for s in specs), shapes, strict=True)
    faults = list(size_faults(triples))
    if faults:
        raise SizeError("A size is not one that the file takes.", received="; ".join(faults))
    return shapes


def _take_sizes(at: int, spec: TensorSpec, shape: Sequence[int], chosen: dict[DimKey, int]) -> None:
    """Take the sizes of an array, which must not contradict those that are known."""
    for axis, (dim, size) in enumerate(zip(spec.shape, shape, strict=True)):
        if isinstance(dim, DynamicDim):
            key = key_of(dim, at, axis)
            if chosen.setdefault(key, size) != size:
                raise SizeError(
                    "A size contradicts an array.",
                    where=f"input {spec.name!r}, axis {axis}",
                    expected=str(chosen[key]),
                    received=str(size),
                )


def _sizes_of(
    specs: Sequence[TensorSpec], dims: Mapping[DimKey, DynamicDim], sizes: Sizes
) -> dict[DimKey, int]:
    """Return the sizes that a caller gives, by the keys of dimensions."""
    found: dict[DimKey, int] = {}
    places = {spec.name: at for at, spec in enumerate(specs)}
    for name, size in sizes.items():
        if isinstance(size, int) and name in dims:
            found[name] = _checked(name, size, dims[name])
        elif not isinstance(size, int) and name in places:
            found |= _sizes_of_shape(specs, places[name], tuple(size))
        else:
            raise _no_such_size(name, size, specs, dims)
    return found


def _sizes_of_shape(
    specs: Sequence[TensorSpec], at: int, shape: tuple[int, ...]
) -> dict[DimKey, int]:
    spec = specs[at]
    if not all(map(is_size, shape)) or not admits(spec.sizes, shape):
        raise SizeError(
            "The file does not take inputs of this shape.",
            where=f"input {spec.name!r}",
            expected=str(spec),
            received=str(shape),
        )
    own = sizes_in([spec], [shape])
    return {(at, key[1]) if isinstance(key, tuple) else key: size for key, size in own.items()}


def _checked(name: str, size: int, dim: DynamicDim) -> int:
    if not is_size(size) or not dim.admits(size):
        raise SizeError(
            "The dimension cannot have this size.",
            where=f"size {name!r}",
            expected=sizes_text(dim),
            received=str(size),
        )
    return size


def _no_such_size(
    name: str, size: object, specs: Sequence[TensorSpec], dims: Mapping[DimKey, DynamicDim]
) -> SizeError:
    named = [key for key in dims if isinstance(key, str)]
    return SizeError(
        "The file has no such dynamic dimension or input.",
        where="sizes",
        expected="; ".join(f"{spec.name} {spec}" for spec in specs),
        received=f"{name}={shown(size)}",
        advice="; ".join(may_be([name], [*named, *(spec.name for spec in specs)]))
        or "give the size of a named dimension, or the whole shape of an input",
    )
