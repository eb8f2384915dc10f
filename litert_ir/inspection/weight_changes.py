"""Compare the constants of two files: which changed, and by how much in real values."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.litert.files import mapped
from litert_ir.inspection.contents import FileContents, Scales, Tensor
from litert_ir.inspection.operator_layers import FileLayers

Array = NDArray[Any]

_STORED: Mapping[str, str] = {"bfloat16": "uint16", "int2": "uint8", "int4": "uint8"}
"""The types to read bytes as, of element types that numpy does not have."""
_BITS: Mapping[str, int] = {"int2": 2, "int4": 4}
_UNREADABLE = frozenset({"string", "resource", "variant"})


@attrs.frozen(kw_only=True)
class WeightChange:
    """A constant that differs between two files, or that one of them lacks.

    Attributes:
        name: Its name in both files.
        layer: The path of its layer.
        first: Its shape and type in the first file; None where that lacks it.
        second: The same in the second file.
        first_bytes: The bytes of its data in the first file.
        second_bytes: The same in the second file.
        max_difference: The largest difference of real values; None where they cannot be compared.
        relative_rms: The root of the mean squared difference, relative to that of the first file's
            values; None where they cannot be compared.
    """

    name: str
    layer: str
    first: str | None
    second: str | None
    first_bytes: int
    second_bytes: int
    max_difference: float | None
    relative_rms: float | None


@attrs.frozen
class Constants:
    """The constants of a file.

    Attributes:
        contents: The file.
        layers: Its layers.
        content: Its bytes.
        by_name: Subgraph and tensor by name, with a number for names that several have.
    """

    contents: FileContents
    layers: FileLayers
    content: memoryview = attrs.field(repr=False)
    by_name: Mapping[str, tuple[int, Tensor]] = attrs.field(repr=False)

    @classmethod
    def of(cls, contents: FileContents) -> Constants:
        """Find the constants of a file."""
        counts: defaultdict[str, int] = defaultdict(int)
        by_name: dict[str, tuple[int, Tensor]] = {}
        for graph in contents.subgraphs:
            for tensor in graph.tensors:
                if tensor.region is not None:
                    number = counts[tensor.name]
                    counts[tensor.name] += 1
                    name = f"{tensor.name} ({number + 1})" if number else tensor.name
                    by_name[name] = (graph.index, tensor)
        return cls(contents, FileLayers.of(contents), mapped(contents.path), by_name)

    def bytes_of(self, tensor: Tensor) -> Array:
        """Return the stored bytes."""
        region = tensor.region
        if region is None:
            return np.zeros(0, np.uint8)
        return np.frombuffer(self.content, np.uint8, region.size, region.start)

    def label(self, name: str) -> str:
        """Return the first layer of a constant; "" where it has none."""
        return next(iter(self.layers.owners(*self.by_name[name])), "")


def weight_changes(first: Constants, second: Constants) -> tuple[tuple[WeightChange, ...], int]:
    """Compare the constants of two files by their names.

    Returns:
        Those that differ, in the order of the files, and the number of equal ones.
    """
    changes = tuple(_changes(first, second))
    names = first.by_name.keys() | second.by_name.keys()
    return changes, len(names) - len(changes)


def _changes(first: Constants, second: Constants) -> Iterator[WeightChange]:
    for name in dict.fromkeys((*first.by_name, *second.by_name)):
        one = first.by_name.get(name, (0, None))[1]
        other = second.by_name.get(name, (0, None))[1]
        if one is not None and other is not None and _is_equal(first, one, second, other):
            continue
        difference, relative = _difference(first, one, second, other)
        yield WeightChange(
            name=name,
            layer=(first if one is not None else second).label(name),
            first=_described(one),
            second=_described(other),
            first_bytes=_size(one),
            second_bytes=_size(other),
            max_difference=difference,
            relative_rms=relative,
        )


def _is_equal(first: Constants, one: Tensor, second: Constants, other: Tensor) -> bool:
    return (
        (one.shape, one.dtype, one.scales) == (other.shape, other.dtype, other.scales)
        and _size(one) == _size(other)
        and np.array_equal(first.bytes_of(one), second.bytes_of(other))
    )


def _difference(
    first: Constants, one: Tensor | None, second: Constants, other: Tensor | None
) -> tuple[float | None, float | None]:
    """Return the largest and the relative difference of real values."""
    if one is None or other is None or one.shape != other.shape:
        return None, None
    if not (_is_real(one) and _is_real(other)):
        return None, None
    before, after = real_values(first, one), real_values(second, other)
    if before is None or after is None or not before.size:
        return None, None
    gaps = np.abs(after - before)
    scale = math.sqrt(float(np.mean(np.square(before, dtype=np.float64))))
    rms = math.sqrt(float(np.mean(np.square(gaps, dtype=np.float64))))
    return float(gaps.max()), rms / scale if scale else math.inf if rms else 0.0


def _is_real(tensor: Tensor) -> bool:
    """Tell whether a constant holds real values, rather than positions or sizes."""
    return tensor.scales is not None or "float" in tensor.dtype


def real_values(constants: Constants, tensor: Tensor) -> Array | None:
    """Return the real values of a constant; None where they cannot be read.

    Values are float32, or float64 for types that it does not hold.
    """
    if tensor.dtype in _UNREADABLE:
        return None
    stored = constants.bytes_of(tensor)
    try:
        values = _decoded(stored.view(_STORED.get(tensor.dtype, tensor.dtype)), tensor)
        real = _dequantized(values, tensor.scales)
    except (TypeError, ValueError):  # data of another size than the shape's
        return None
    return real


def _decoded(stored: Array, tensor: Tensor) -> Array:
    """Convert stored elements to numbers, in the tensor's shape."""
    if tensor.dtype == "bfloat16":
        stored = (stored.astype(np.uint32) << 16).view(np.float32)
    if tensor.dtype in _BITS:
        stored = _unpacked(stored, _BITS[tensor.dtype])[: tensor.elements]
    if stored.dtype.kind == "c":
        raise TypeError("complex values have no order")
    wide = np.float32 if stored.itemsize <= 2 or stored.dtype == np.float32 else np.float64
    shape = tuple(size or 0 for size in tensor.shape)
    return np.asarray(stored.astype(wide).reshape(shape))


def _unpacked(stored: Array, bits: int) -> Array:
    """Unpack signed integers of a few bits, the first one in the lowest bits."""
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    parts = (stored[:, None] >> shifts) & ((1 << bits) - 1)
    signed = parts.astype(np.int8)
    signed[signed >= 1 << (bits - 1)] -= 1 << bits
    return np.asarray(signed.reshape(-1))


def _dequantized(values: Array, scales: Scales | None) -> Array:
    if scales is None:
        return values
    if scales.block_size is not None:
        raise ValueError("another tensor has the scales")
    shape = [1] * values.ndim
    if scales.axis is not None:
        shape[scales.axis] = -1
    zeros = np.broadcast_to(np.array(scales.zero_points, values.dtype), len(scales.scales))
    steps = np.array(scales.scales, values.dtype)
    if not values.ndim:
        return np.asarray((values - zeros[0]) * steps[0])
    return np.asarray((values - zeros.reshape(shape)) * steps.reshape(shape))


def _described(tensor: Tensor | None) -> str | None:
    if tensor is None:
        return None
    sizes = " x ".join(str(size) for size in tensor.shape) or "scalar"
    return f"{sizes} {tensor.dtype}"


def _size(tensor: Tensor | None) -> int:
    return tensor.region.size if tensor is not None and tensor.region is not None else 0
