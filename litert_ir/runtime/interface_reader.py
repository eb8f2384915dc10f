"""Read a LiteRT file's interface from its tables, without running it."""

from __future__ import annotations

import contextlib
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.schema import tables, type_name
from litert_ir.errors import FileRejectedError, LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.tensor import Shape
from litert_ir.runtime.dimension_reader import read_dimensions

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
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    dims: Shape | None = attrs.field(default=None, eq=False, kw_only=True)

    def __str__(self) -> str:
        return f"{self.name} {self.shape} {self.dtype}"


@attrs.frozen(kw_only=True)
class FileInterface:
    """The inputs and outputs of a file.

    Attributes:
        signature_key: The name of its signature.
        inputs: Its inputs, in order.
        outputs: Its outputs, in order.
        flex_ops: Ops that need the Flex delegate, by TensorFlow name.
        other_signatures: The names of further signatures, which are not read.
    """

    signature_key: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    flex_ops: tuple[str, ...] = ()
    other_signatures: tuple[str, ...] = ()


def read_interface(path: Path) -> FileInterface:
    """Read the interface of the file's first signature.

    Raises:
        FileRejectedError: When this is not a LiteRT file, or it has no signature, its signature and
            subgraph order the tensors differently, or the metadata of its dimensions are damaged.
    """
    with file_tables(path) as model:
        return _read(model, path)


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


def _read(model: Any, path: Path) -> FileInterface:
    if model.SignatureDefsLength() == 0:
        raise FileRejectedError("The file has no signature.", where=str(path))
    signature = model.SignatureDefs(0)
    graph = model.Subgraphs(signature.SubgraphIndex())
    inputs = [signature.Inputs(i) for i in range(signature.InputsLength())]
    outputs = [signature.Outputs(i) for i in range(signature.OutputsLength())]
    in_graph = (
        list(map(graph.Inputs, range(graph.InputsLength()))),
        list(map(graph.Outputs, range(graph.OutputsLength()))),
    )
    if in_graph != ([m.TensorIndex() for m in inputs], [m.TensorIndex() for m in outputs]):
        raise FileRejectedError(
            "The file's signature and its subgraph order the tensors differently.",
            where=str(path),
        )
    infos = [_tensor_info(graph, entry) for entry in inputs]
    dims = read_dimensions(model, {info.name: info.shape for info in infos}, path)
    return FileInterface(
        signature_key=signature.SignatureKey().decode(),
        inputs=tuple(attrs.evolve(info, dims=dims.get(info.name)) for info in infos),
        outputs=tuple(_tensor_info(graph, entry) for entry in outputs),
        flex_ops=tuple(dict.fromkeys(_flex_ops(model))),
        other_signatures=tuple(
            model.SignatureDefs(i).SignatureKey().decode()
            for i in range(1, model.SignatureDefsLength())
        ),
    )


def _tensor_info(graph: Any, entry: Any) -> TensorInfo:
    tensor = graph.Tensors(entry.TensorIndex())
    sizes = tensor.ShapeSignatureAsNumpy() if tensor.ShapeSignatureLength() else None
    if sizes is None:
        sizes = tensor.ShapeAsNumpy() if tensor.ShapeLength() else ()
    return TensorInfo(
        name=entry.Name().decode(),
        shape=tuple(None if size < 0 else int(size) for size in sizes),
        dtype=type_name(tensor.Type()),
    )


def _flex_ops(model: Any) -> Iterator[str]:
    for index in range(model.OperatorCodesLength()):
        custom = model.OperatorCodes(index).CustomCode()
        if custom and custom.decode().startswith(_FLEX_PREFIX):
            yield custom.decode().removeprefix(_FLEX_PREFIX)
