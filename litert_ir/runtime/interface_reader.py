"""Read a LiteRT file's interface from its tables, without running it."""

from __future__ import annotations

import contextlib
import stat
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.schema import tables, type_name
from litert_ir.errors import FileRejectedError, LiteRTIRError, OptionsError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.nearest_names import may_be
from litert_ir.errors.shown import shown
from litert_ir.ir.tensor import Shape
from litert_ir.runtime.dimension_reader import read_dimensions
from litert_ir.runtime.unique_names import stored_name, unique_names

_FLEX_PREFIX = "Flex"
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
"""The errors of the generated readers, and of code that follows their indices, on bytes that are
not valid tables.
"""


@attrs.frozen
class TensorInfo:
    """An input or output of a LiteRT file.

    Attributes:
        name: Its name in the file's signature.
        shape: Sizes, with None for a dynamic dimension.
        dtype: Its element type by numpy name.
        dims: The shape with the names and bounds of dynamic dimensions, if the file has them; only
            inputs do. Left out of comparisons: other files lack them.
        is_quantized: Whether its integers represent real values. Left out of comparisons.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    dims: Shape | None = attrs.field(default=None, eq=False, kw_only=True)
    is_quantized: bool = attrs.field(default=False, eq=False, kw_only=True)

    def __str__(self) -> str:
        return f"{self.name} {self.shape} {self.dtype}"


@attrs.frozen(kw_only=True)
class FileInterface:
    """The inputs and outputs of a file.

    Attributes:
        signature_key: The name of its signature; "" for the first subgraph of a file without one.
        inputs: Its inputs, in the signature's order.
        outputs: Its outputs, in the signature's order.
        flex_ops: Ops that need the Flex delegate, by TensorFlow name.
        other_signatures: The names of further signatures, which are not read.
        orders_agree: Whether the signature's subgraph has them in the same order. TensorFlow's
            converter sorts a signature by name, and orders the subgraph otherwise.
        subgraph: The number of its subgraph.
    """

    signature_key: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    flex_ops: tuple[str, ...] = ()
    other_signatures: tuple[str, ...] = ()
    orders_agree: bool = True
    subgraph: int = 0


def read_interface(path: Path) -> FileInterface:
    """Read the interface of the file's first signature.

    Raises:
        FileRejectedError: When this is not a LiteRT file, or it has no signature, or the metadata
            of its dimensions are damaged.
    """
    with file_tables(path) as model:
        if model.SignatureDefsLength() == 0:
            raise FileRejectedError("The file has no signature.", where=str(path))
        return _read(model, path, 0)


def read_interface_by_name(path: Path, signature: str | None = None) -> FileInterface:
    """Read the interface of a file whose tensors are given by name alone, whatever their order.

    Args:
        path: The file, of any origin. Without signatures, its first subgraph's tensors have the
            names that the subgraph gives them.
        signature: The name of a signature; None for the first.

    Raises:
        FileRejectedError: When this is not a LiteRT file, or the metadata of its dimensions are
            damaged.
        OptionsError: When the file has no such signature.
    """
    with file_tables(path) as model:
        keys = _signature_keys(model)
        if signature is not None and signature not in keys:
            raise _no_signature(signature, keys, path)
        if not keys:
            return _read_unsigned(model, path)
        return _read(model, path, 0 if signature is None else keys.index(signature))


def signature_number(path: Path, key: str) -> int:
    """Return the number of a signature in the file; 0 in a file without signatures.

    Raises:
        FileRejectedError: When this is not a LiteRT file.
        ValueError: When the file has no such signature.
    """
    with file_tables(path) as model:
        keys = _signature_keys(model)
        return keys.index(key) if keys else 0


@contextlib.contextmanager
def file_tables(path: Path) -> Iterator[Any]:
    """Open the tables of a file, mapped into memory, as the schema's ``Model``.

    Raises:
        FileRejectedError: When this is not a LiteRT file, or when the tables that the block reads
            are damaged or truncated.
    """
    with file_content(path) as content:
        yield tables(content)


@contextlib.contextmanager
def file_content(path: Path) -> Iterator[Any]:
    """Open the bytes of a file, mapped into memory.

    Raises:
        FileRejectedError: When this is not a LiteRT file, or when the tables that the block reads
            are damaged or truncated.
    """
    if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would block
        raise FileRejectedError(
            "This is no file, but a folder, a pipe or a device.", where=str(path)
        )
    with damage_rejected(path):
        data = _mapped(path)
        if bytes(data[4:8]) != b"TFL3":
            raise ValueError("the file identifier is not TFL3")
        yield data


def _mapped(path: Path) -> Any:
    """Map a file into memory; a missing file is left to the caller."""
    try:
        return np.memmap(path, mode="r")
    except FileNotFoundError:
        raise
    except OSError as error:
        reraise_interruption(error)
        raise FileRejectedError(
            "The file cannot be read.",
            where=str(path),
            received=f"{type(error).__name__}: {error.strerror}",
        ) from error


@contextlib.contextmanager
def damage_rejected(path: Path) -> Iterator[None]:
    """Turn the errors of reading a file's tables into an error about the file.

    Every reader of files from outside this process uses it: flatbuffers have no verifier in Python,
    so that each offset, length and index may be wrong.

    Raises:
        FileRejectedError: When the tables are damaged or truncated.
    """
    try:
        yield
    except LiteRTIRError:
        raise
    except _DAMAGE as error:
        reraise_interruption(error)
        raise FileRejectedError(
            "This is not a LiteRT file, or not all of one.",
            where=str(path),
            received=str(error) or type(error).__name__,
        ) from error


def _signature_keys(model: Any) -> list[str]:
    count = model.SignatureDefsLength()
    return [model.SignatureDefs(index).SignatureKey().decode() for index in range(count)]


def _inputs_of(table: Any) -> list[Any]:
    """Return the inputs of a signature or of a subgraph."""
    return list(map(table.Inputs, range(table.InputsLength())))


def _outputs_of(table: Any) -> list[Any]:
    return list(map(table.Outputs, range(table.OutputsLength())))


def _no_signature(signature: str, keys: Sequence[str], path: Path) -> OptionsError:
    return OptionsError(
        "The file has no signature of this name.",
        where=str(path),
        expected=", ".join(keys) if keys else "no name: this file has no signatures at all",
        received=shown(signature),
        advice="; ".join(may_be([signature], keys)),
    )


def _read(model: Any, path: Path, number: int) -> FileInterface:
    signature = model.SignatureDefs(number)
    graph = model.Subgraphs(signature.SubgraphIndex())
    inputs, outputs = _inputs_of(signature), _outputs_of(signature)
    infos = [_tensor_info(graph, entry.TensorIndex(), entry.Name()) for entry in inputs]
    dims = {} if number else read_dimensions(model, {one.name: one.shape for one in infos}, path)
    keys = _signature_keys(model)
    return FileInterface(
        signature_key=keys[number],
        inputs=tuple(attrs.evolve(info, dims=dims.get(info.name)) for info in infos),
        outputs=tuple(_tensor_info(graph, entry.TensorIndex(), entry.Name()) for entry in outputs),
        flex_ops=tuple(dict.fromkeys(_flex_ops(model))),
        other_signatures=tuple(keys[:number] + keys[number + 1 :]),
        orders_agree=(_inputs_of(graph), _outputs_of(graph))
        == ([entry.TensorIndex() for entry in inputs], [entry.TensorIndex() for entry in outputs]),
        subgraph=signature.SubgraphIndex(),
    )


def _read_unsigned(model: Any, path: Path) -> FileInterface:
    if model.SubgraphsLength() == 0:
        raise FileRejectedError("The file has no signature and no subgraph.", where=str(path))
    graph = model.Subgraphs(0)
    return FileInterface(
        signature_key="",
        inputs=_named_by_tensors(graph, _inputs_of(graph)),
        outputs=_named_by_tensors(graph, _outputs_of(graph)),
        flex_ops=tuple(dict.fromkeys(_flex_ops(model))),
    )


def _named_by_tensors(graph: Any, indices: Sequence[int]) -> tuple[TensorInfo, ...]:
    names = unique_names([stored_name(graph.Tensors(index)) for index in indices])
    pairs = zip(indices, names, strict=True)
    return tuple(_tensor_info(graph, index, name.encode()) for index, name in pairs)


def _tensor_info(graph: Any, index: int, name: bytes) -> TensorInfo:
    tensor = graph.Tensors(index)
    sizes = tensor.ShapeSignatureAsNumpy() if tensor.ShapeSignatureLength() else None
    if sizes is None:
        sizes = tensor.ShapeAsNumpy() if tensor.ShapeLength() else ()
    return TensorInfo(
        name=name.decode(),
        shape=tuple(None if size < 0 else int(size) for size in sizes),
        dtype=type_name(tensor.Type()),
        is_quantized=is_quantized(tensor),
    )


def is_quantized(tensor: Any) -> bool:
    """Tell whether the integers of a tensor, read from tables, represent real values."""
    parameters = tensor.Quantization()
    return parameters is not None and parameters.ScaleLength() > 0


def _flex_ops(model: Any) -> Iterator[str]:
    for index in range(model.OperatorCodesLength()):
        custom = model.OperatorCodes(index).CustomCode()
        if custom and custom.decode().startswith(_FLEX_PREFIX):
            yield custom.decode().removeprefix(_FLEX_PREFIX)
