"""Read the tables of a LiteRT file of any origin into frozen data."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.files import unpacked
from litert_ir.backends.litert.schema import builtin_code, builtin_name, option_texts, type_name
from litert_ir.errors import FileRejectedError
from litert_ir.inspection.regions import Region, checked_regions
from litert_ir.runtime.interface_reader import file_content

_FLEX_PREFIX = "Flex"
_CUSTOM = "CUSTOM"

Sizes = tuple[int | None, ...]


class OperatorKind(enum.Enum):
    """The origin of an operator's kernel."""

    BUILTIN = "builtin"
    CUSTOM = "custom"
    FLEX = "flex"


@attrs.frozen(kw_only=True)
class Scales:
    """The quantization parameters of a tensor.

    Attributes:
        scales: The real value of one step: for the whole tensor, or for each slice along an axis;
            none for blockwise quantization, whose scales another tensor has.
        zero_points: The integers that represent 0, as many as scales, or one.
        axis: The axis along which there are several scales; None for one.
        block_size: The elements that share a scale of blockwise quantization; else None.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int | None
    block_size: int | None


@attrs.frozen(kw_only=True)
class Tensor:
    """A tensor of a subgraph.

    Attributes:
        index: Its number in the subgraph.
        name: Its name; "" where it has none.
        shape: Its sizes, with None for a dynamic dimension.
        dtype: Its element type by the schema's name in lower case, such as ``int4``.
        buffer: The number of its buffer.
        region: The place of its data in the file; None for activations, and for data that are in
            another file.
        scales: Its quantization; None where it holds real values.
        external: The name of the group of another file that has its data; else None.
    """

    index: int
    name: str
    shape: Sizes
    dtype: str
    buffer: int
    region: Region | None
    scales: Scales | None
    external: str | None

    @property
    def is_constant(self) -> bool:
        """Tell whether its data are stored."""
        return self.region is not None or self.external is not None

    @property
    def elements(self) -> int:
        """The number of its elements; dynamic dimensions count once."""
        return int(np.prod([size or 1 for size in self.shape], dtype=np.int64))


@attrs.frozen(kw_only=True)
class Operator:
    """An operator of a subgraph.

    Attributes:
        index: Its place in the subgraph.
        name: Its name in the schema, such as ``CONV_2D``; of others, that of the custom kernel.
        kind: The origin of its kernel.
        version: The version of the kernel that it needs at least.
        inputs: The tensors that it reads, without optional ones that are left out.
        outputs: The tensors that it writes.
        options: The names and values of its built-in options, as text.
    """

    index: int
    name: str
    kind: OperatorKind
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)


@attrs.frozen(kw_only=True)
class Subgraph:
    """A subgraph of a file.

    Attributes:
        index: Its number.
        name: Its name; "" where it has none.
        tensors: Its tensors.
        operators: Its operators, in the order in which they run.
        inputs: The tensors that a call passes.
        outputs: The tensors that a call returns.
    """

    index: int
    name: str
    tensors: tuple[Tensor, ...] = attrs.field(repr=False)
    operators: tuple[Operator, ...] = attrs.field(repr=False)
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@attrs.frozen(kw_only=True)
class NamedTensors:
    """A signature as it is stored: names for tensors of a subgraph.

    Attributes:
        key: Its name; None for the first subgraph of a file without signatures.
        subgraph: The number of the subgraph.
        inputs: Names and tensors.
        outputs: Names and tensors.
    """

    key: str | None
    subgraph: int
    inputs: tuple[tuple[str, Tensor], ...]
    outputs: tuple[tuple[str, Tensor], ...]


@attrs.frozen(kw_only=True)
class StoredMetadata:
    """An entry of a file's metadata.

    Attributes:
        name: Its name.
        region: The place of its content in the file; None where it is empty.
    """

    name: str
    region: Region | None


@attrs.frozen(kw_only=True)
class FileContents:
    """The tables of a file.

    Attributes:
        path: The file.
        size_bytes: Its size.
        schema_version: The version of the schema that it says it has.
        description: The text that its converter left.
        subgraphs: Its subgraphs.
        signatures: Its signatures; of a file without any, the first subgraph's tensors.
        buffers: The place of each buffer's data; None for an empty one.
        metadata: Its metadata.
    """

    path: Path
    size_bytes: int
    schema_version: int
    description: str
    subgraphs: tuple[Subgraph, ...] = attrs.field(repr=False)
    signatures: tuple[NamedTensors, ...]
    buffers: tuple[Region | None, ...] = attrs.field(repr=False)
    metadata: tuple[StoredMetadata, ...]


def read_contents(path: Path) -> FileContents:
    """Read the tables of a file; its data are looked at by `litert_ir.inspection.regions`.

    Raises:
        FileNotFoundError: When there is no such file.
        FileRejectedError: When this is not a LiteRT file, or its tables are damaged or truncated.
    """
    with file_content(path) as content:
        return _Reader.of(path, content).contents()


@attrs.frozen
class _Reader:
    """A reader of one file.

    Attributes:
        path: The file.
        size: Its size in bytes.
        model: Its ``ModelT``.
        buffers: The place of each buffer's data.
    """

    path: Path
    size: int
    model: Any
    buffers: tuple[Region | None, ...]

    @classmethod
    def of(cls, path: Path, content: Any) -> _Reader:
        model = unpacked(content)
        return cls(path, len(content), model, checked_regions(model, content, path))

    def contents(self) -> FileContents:
        graphs = tuple(map(self._subgraph, range(len(self.model.subgraphs or ()))))
        if not graphs:
            raise FileRejectedError("The file has no subgraph.", where=str(self.path))
        return FileContents(
            path=self.path,
            size_bytes=self.size,
            schema_version=int(self.model.version),
            description=_text(self.model.description),
            subgraphs=graphs,
            signatures=tuple(self._signatures(graphs)),
            buffers=self.buffers,
            metadata=tuple(
                StoredMetadata(name=_text(entry.name), region=self.buffers[entry.buffer])
                for entry in self.model.metadata or ()
            ),
        )

    def _subgraph(self, index: int) -> Subgraph:
        graph = self.model.subgraphs[index]
        tensors = graph.tensors or ()
        operators = graph.operators or ()
        found = Subgraph(
            index=index,
            name=_text(graph.name),
            tensors=tuple(self._tensor(place, each) for place, each in enumerate(tensors)),
            operators=tuple(self._operator(place, each) for place, each in enumerate(operators)),
            inputs=_indices(graph.inputs),
            outputs=_indices(graph.outputs),
        )
        self._check_indices(found)
        return found

    def _tensor(self, index: int, tensor: Any) -> Tensor:
        return Tensor(
            index=index,
            name=_text(tensor.name),
            shape=_sizes(tensor),
            dtype=type_name(tensor.type),
            buffer=int(tensor.buffer),
            region=self.buffers[tensor.buffer],
            scales=_scales(tensor.quantization),
            external=self._external(int(tensor.externalBuffer)),
        )

    def _external(self, identifier: int) -> str | None:
        """Return the group of a buffer in another file; 0 stands for none."""
        groups = self.model.externalBufferGroups or ()
        for buffer in self.model.externalBuffers or () if identifier else ():
            if int(buffer.id) == identifier:
                return _text(groups[buffer.group].name)
        return None

    def _operator(self, index: int, operator: Any) -> Operator:
        code = self.model.operatorCodes[operator.opcodeIndex]
        custom = _text(code.customCode)
        name = builtin_name(builtin_code(code))
        kind = OperatorKind.BUILTIN
        if name == _CUSTOM:
            is_flex = custom.startswith(_FLEX_PREFIX)
            name, kind = custom, OperatorKind.FLEX if is_flex else OperatorKind.CUSTOM
        return Operator(
            index=index,
            name=name,
            kind=kind,
            version=int(code.version),
            inputs=_indices(operator.inputs),
            outputs=_indices(operator.outputs),
            options=tuple(option_texts(operator)),
        )

    def _check_indices(self, graph: Subgraph) -> None:
        """Require that each index is that of a tensor: Python would take negative ones."""
        used = [*graph.inputs, *graph.outputs]
        used += [index for each in graph.operators for index in (*each.inputs, *each.outputs)]
        wrong = [index for index in used if index >= len(graph.tensors)]
        if wrong:
            raise FileRejectedError(
                "The file's tables are damaged: a tensor that is used does not exist.",
                where=f"{self.path}, subgraph {graph.index}",
                expected=f"tensors 0 to {len(graph.tensors) - 1}",
                received=f"tensor {wrong[0]}",
            )

    def _signatures(self, graphs: Sequence[Subgraph]) -> Iterator[NamedTensors]:
        stored = self.model.signatureDefs or ()
        for signature in stored:
            graph = graphs[signature.subgraphIndex]
            yield NamedTensors(
                key=_text(signature.signatureKey),
                subgraph=graph.index,
                inputs=_named(graph, signature.inputs),
                outputs=_named(graph, signature.outputs),
            )
        if not stored:
            graph = graphs[0]
            yield NamedTensors(
                key=None,
                subgraph=0,
                inputs=tuple((graph.tensors[i].name, graph.tensors[i]) for i in graph.inputs),
                outputs=tuple((graph.tensors[i].name, graph.tensors[i]) for i in graph.outputs),
            )


def _named(graph: Subgraph, entries: Any) -> tuple[tuple[str, Tensor], ...]:
    return tuple((_text(entry.name), graph.tensors[entry.tensorIndex]) for entry in entries or ())


def _text(value: bytes | None) -> str:
    """Decode a text of the file; converters write UTF-8, but nothing makes them."""
    return (value or b"").decode("utf-8", "replace")


def _indices(numbers: Any) -> tuple[int, ...]:
    """Return indices of tensors without -1, which stands for an optional one that is left out."""
    return tuple(int(number) for number in numbers if number >= 0) if numbers is not None else ()


def _sizes(tensor: Any) -> Sizes:
    sizes = tensor.shapeSignature
    if sizes is None or not len(sizes):
        sizes = tensor.shape if tensor.shape is not None else ()
    return tuple(None if size < 0 else int(size) for size in sizes)


def _scales(parameters: Any) -> Scales | None:
    if parameters is None:
        return None
    block_size = getattr(parameters.details, "blockSize", None)
    scales = tuple(map(float, _listed(parameters.scale)))
    if not scales and block_size is None:
        return None  # a converter's ranges alone, of a tensor of real values
    return Scales(
        scales=scales,
        zero_points=tuple(map(int, _listed(parameters.zeroPoint))) or (0,),
        axis=int(parameters.quantizedDimension) if len(scales) > 1 else None,
        block_size=None if block_size is None else int(block_size),
    )


def _listed(numbers: Any) -> list[Any]:
    return [] if numbers is None else list(numbers)
