"""The call of a LiteRT file, as code in any language needs it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from litert_ir.errors import FileRejectedError
from litert_ir.ir.metadata import InputMetadata, Metadata, Normalization, OutputMetadata
from litert_ir.ir.tensor import DynamicDim, Shape, shape_text
from litert_ir.metadata.metadata_reader import label_files, read_metadata
from litert_ir.runtime.existing_file import existing_file
from litert_ir.runtime.interface_reader import TensorInfo, file_tables, read_interface

_INTEGERS = (f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
_DTYPES = frozenset(("bool", "float16", "float32", "float64", *_INTEGERS))
"""The element types that all languages have arrays of, or bytes."""


@attrs.frozen(kw_only=True)
class CallTensor:
    """An input or output.

    Attributes:
        name: Its name in the signature.
        shape: Its sizes; dynamic dimensions have names, of which each is one quantity.
        dtype: Its element type, by numpy name.
        scale: What one step of an integer is worth; 0 where its values are not quantized.
        zero_point: The integer that stands for 0.
        description: The words of the metadata.
        normalization: How data become the values of an input; None where that is not known.
        labels: The names along the last axis of an output, or of its values.
        labels_file: The file of the labels in the LiteRT file; empty where there is none.
    """

    name: str
    shape: Shape
    dtype: str
    scale: float
    zero_point: int
    description: str = ""
    normalization: Normalization | None = None
    labels: tuple[str, ...] = ()
    labels_file: str = ""

    @property
    def is_quantized(self) -> bool:
        """Tell whether integers stand for real values."""
        return self.scale > 0

    @property
    def takes_floats(self) -> bool:
        """Tell whether its values are real numbers for a caller."""
        return self.is_quantized or self.dtype == "float32"

    @property
    def is_static(self) -> bool:
        """Tell whether every dimension has a fixed size."""
        return all(isinstance(dim, int) for dim in self.shape)

    @property
    def item_bytes(self) -> int:
        """The bytes of an element."""
        return np.dtype(self.dtype).itemsize

    @property
    def integer_range(self) -> tuple[int, int]:
        """The smallest and the largest number of an integer type."""
        limits = np.iinfo(self.dtype)
        return int(limits.min), int(limits.max)

    @property
    def is_classes(self) -> bool:
        """Tell whether the labels are along its last axis, rather than of its values."""
        return self.takes_floats

    @property
    def summary(self) -> str:
        """Its type, its shape, and what is known of it, in a line."""
        words = "float32" if self.takes_floats else self.dtype
        facts = [f"{words} {shape_text(self.shape)}"]
        if self.is_quantized:
            facts.append(f"quantized to {self.dtype} here")
        if self.normalization is not None:
            facts.append(f"normalized here: {self.normalization}")
        return "; ".join([*facts, *([self.description] if self.description else [])])


@attrs.frozen(kw_only=True)
class FileCall:
    """The call of a file's signature.

    Attributes:
        file: The file's name.
        title: The model's name, as the metadata say it, else that of the file.
        signature: The key of the signature.
        inputs: Its inputs, in order.
        outputs: Its outputs, in order.
    """

    file: str
    title: str
    signature: str
    inputs: tuple[CallTensor, ...]
    outputs: tuple[CallTensor, ...]

    @property
    def is_static(self) -> bool:
        """Tell whether every input has one shape."""
        return all(tensor.is_static for tensor in self.inputs)

    @property
    def dims(self) -> tuple[DynamicDim, ...]:
        """The dynamic dimensions of the inputs, each once."""
        found = {
            dim.name: dim
            for tensor in self.inputs
            for dim in tensor.shape
            if isinstance(dim, DynamicDim)
        }
        return tuple(found.values())


def read_call(path: Any) -> FileCall:
    """Read the call of a file's first signature.

    Raises:
        ModelSourceError: When there is no file.
        FileRejectedError: When it is no LiteRT file with a signature, is damaged, or has tensors of
            a type that no array holds.
    """
    file = existing_file(path)
    interface = read_interface(file)
    found = read_metadata(file)
    known = Metadata() if found is None else found.metadata
    scales = _scales(file)
    taken = {item.name: item for item in known.inputs}
    given = {item.name: item for item in known.outputs}
    lists = label_files(file) if known.outputs else {}
    return FileCall(
        file=file.name,
        title=known.name or file.stem,
        signature=interface.signature_key,
        inputs=tuple(
            attrs.evolve(
                _tensor(file, info, scales[info.name], taken.get(info.name)),
                normalization=_normalization(taken.get(info.name)),
            )
            for info in interface.inputs
        ),
        outputs=tuple(
            attrs.evolve(
                _tensor(file, info, scales[info.name], given.get(info.name)),
                labels=given[info.name].labels if info.name in given else (),
                labels_file=lists.get(info.name, ""),
            )
            for info in interface.outputs
        ),
    )


def _tensor(
    path: Path,
    info: TensorInfo,
    quantization: tuple[float, int],
    known: InputMetadata | OutputMetadata | None,
) -> CallTensor:
    if info.dtype not in _DTYPES:
        raise FileRejectedError(
            "There is no sample code for tensors of this type.",
            where=f"{path}: {info.name}",
            expected="numbers or booleans",
            received=info.dtype,
        )
    scale, zero_point = quantization if "int" in info.dtype else (0.0, 0)
    return CallTensor(
        name=info.name,
        shape=_named_dims(info),
        dtype=info.dtype,
        scale=scale,
        zero_point=zero_point,
        description=known.description if known else "",
    )


def _normalization(known: InputMetadata | None) -> Normalization | None:
    return known.normalization if known else None


def _named_dims(info: TensorInfo) -> Shape:
    """The shape with a name for each dynamic dimension: that of the first one is the batch."""
    sizes = info.shape if info.dims is None else info.dims
    return tuple(_dim(info.name, axis, size) for axis, size in enumerate(sizes))


def _dim(tensor: str, axis: int, size: int | DynamicDim | None) -> int | DynamicDim:
    if isinstance(size, int):
        return size
    dim = DynamicDim() if size is None else size
    if dim.name is not None:
        return dim
    return attrs.evolve(dim, name=f"{tensor} size {axis}" if axis else "batch")


def _scales(path: Path) -> Mapping[str, tuple[float, int]]:
    """The scale and the zero point of each tensor of the signature; 0 where it has none."""
    found = {}
    with file_tables(path) as model:
        signature = model.SignatureDefs(0)
        graph = model.Subgraphs(signature.SubgraphIndex())
        inputs = map(signature.Inputs, range(signature.InputsLength()))
        outputs = map(signature.Outputs, range(signature.OutputsLength()))
        for entry in (*inputs, *outputs):
            parameters = graph.Tensors(entry.TensorIndex()).Quantization()
            scale = parameters.Scale(0) if parameters and parameters.ScaleLength() else 0.0
            zero = parameters.ZeroPoint(0) if scale and parameters.ZeroPointLength() else 0
            found[entry.Name().decode()] = float(scale), int(zero)
    return found
