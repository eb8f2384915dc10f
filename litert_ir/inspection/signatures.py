"""Describe the signatures of a file: names, shapes with bounds, types, quantization."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from litert_ir.inspection.contents import FileContents, Scales, Sizes, Tensor
from litert_ir.inspection.regions import read_region
from litert_ir.ir.file_dimensions import METADATA_NAME, Axes, dimensions_from_json
from litert_ir.ir.tensor import DynamicDim, Shape, shape_text

_ANY_SIZE = DynamicDim()


@attrs.frozen(kw_only=True)
class InterfaceTensor:
    """An input or output of a signature.

    Attributes:
        name: Its name in the signature.
        tensor: Its number in the subgraph.
        shape: Its sizes, with None for a dynamic dimension.
        dims: The shape as text, with the names and bounds of dynamic dimensions where the file has
            them.
        dtype: Its element type.
        scale: The real value of one step of a quantized tensor; None for real values.
        zero_point: The integer that represents 0; None for real values.
    """

    name: str
    tensor: int
    shape: Sizes
    dims: str
    dtype: str
    scale: float | None
    zero_point: int | None

    @property
    def quantization(self) -> str:
        """The quantization as text; "" for real values."""
        if self.scale is None:
            return ""
        return f"scale {self.scale:.6g}, zero point {self.zero_point}"


@attrs.frozen(kw_only=True)
class FileSignature:
    """A signature of a file.

    Attributes:
        key: Its name; None where the file has no signature, and these are the tensors of its first
            subgraph by their own names.
        subgraph: The number of the subgraph that runs.
        inputs: Its inputs, in order.
        outputs: Its outputs, in order.
    """

    key: str | None
    subgraph: int
    inputs: tuple[InterfaceTensor, ...]
    outputs: tuple[InterfaceTensor, ...]

    @property
    def title(self) -> str:
        """The name as text."""
        return "(no signature)" if self.key is None else self.key


def signatures_of(contents: FileContents) -> tuple[tuple[FileSignature, ...], tuple[str, ...]]:
    """Describe the signatures of a file.

    Returns:
        The signatures, and remarks on faults of the metadata that describe them.
    """
    axes, remarks = _axes(contents)
    signatures = tuple(
        FileSignature(
            key=each.key,
            subgraph=each.subgraph,
            inputs=tuple(_described(each.inputs, axes)),
            outputs=tuple(_described(each.outputs, {})),
        )
        for each in contents.signatures
    )
    return signatures, remarks


def _axes(contents: FileContents) -> tuple[Mapping[str, Axes], tuple[str, ...]]:
    for entry in contents.metadata:
        if entry.name == METADATA_NAME:
            try:
                return dimensions_from_json(read_region(contents.path, entry.region)), ()
            except (ValueError, TypeError) as error:
                return {}, (f"The metadata {METADATA_NAME!r} are damaged: {error}",)
    return {}, ()


def _described(
    tensors: Iterable[tuple[str, Tensor]], axes: Mapping[str, Axes]
) -> Iterator[InterfaceTensor]:
    for name, tensor in tensors:
        scales = _of_whole(tensor)
        yield InterfaceTensor(
            name=name,
            tensor=tensor.index,
            shape=tensor.shape,
            dims=shape_text(_shape(tensor.shape, axes.get(name, ()))),
            dtype=tensor.dtype,
            scale=None if scales is None else scales.scales[0],
            zero_point=None if scales is None else scales.zero_points[0],
        )


def _of_whole(tensor: Tensor) -> Scales | None:
    scales = tensor.scales
    return scales if scales is not None and len(scales.scales) == 1 else None


def _shape(sizes: Sizes, axes: Axes) -> Shape:
    """Name the dynamic dimensions, if these axes are of the tensor."""
    fit = len(axes) == len(sizes)
    named = axes if fit else (None,) * len(sizes)
    return tuple(
        (dim or _ANY_SIZE) if size is None else size for size, dim in zip(sizes, named, strict=True)
    )
