"""Account for each byte of a file: by tensor, by layer, and what is stored twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import attrs

from litert_ir.inspection.contents import FileContents, Sizes, Tensor
from litert_ir.inspection.operator_layers import FileLayers
from litert_ir.inspection.regions import Region, equal_regions

SHARED = "(shared by layers)"
"""The label of data that several layers read."""
UNNAMED = "(no layer)"
"""The label of data whose names and users tell no layer."""


@attrs.frozen(kw_only=True)
class StoredTensor:
    """The data of a constant, which several tensors may share.

    Attributes:
        name: The name of the first tensor that has them.
        layer: The path of its Keras layer; `SHARED` or `UNNAMED` where there is not one.
        layers: The paths of all layers that read it.
        subgraph: The subgraph of that tensor.
        tensor: Its number there.
        shape: Its sizes.
        dtype: Its element type.
        size_bytes: The bytes in the file.
        start: The position of the first one.
        tensors: The number of tensors that have these data.
    """

    name: str
    layer: str
    layers: tuple[str, ...]
    subgraph: int
    tensor: int
    shape: Sizes
    dtype: str
    size_bytes: int
    start: int
    tensors: int


@attrs.frozen(kw_only=True)
class LayerBytes:
    """The data of a layer.

    Attributes:
        layer: Its path.
        size_bytes: The bytes of its constants in the file.
        dtypes: Their element types, that of the most bytes first.
        tensors: The number of its constants.
    """

    layer: str
    size_bytes: int
    dtypes: tuple[str, ...]
    tensors: int


@attrs.frozen(kw_only=True)
class Duplicate:
    """Data that are stored more than once.

    Attributes:
        names: The tensors that have them, one for each place.
        size_bytes: The bytes of one of them.
    """

    names: tuple[str, ...]
    size_bytes: int

    @property
    def wasted_bytes(self) -> int:
        """The bytes that the file could do without."""
        return (len(self.names) - 1) * self.size_bytes


@attrs.frozen(kw_only=True)
class StoredData:
    """All bytes of a file.

    Attributes:
        tensors: The constants' data, the largest first.
        layers: The same by layer, the largest first.
        duplicates: Data that are stored more than once, the most bytes first.
        metadata_bytes: The bytes of the metadata's entries.
        unused_bytes: The bytes of buffers that neither a tensor nor metadata refer to.
        table_bytes: All other bytes: tables, options of operators, and padding.
        elsewhere: The names of files that hold data of tensors.
    """

    tensors: tuple[StoredTensor, ...]
    layers: tuple[LayerBytes, ...]
    duplicates: tuple[Duplicate, ...]
    metadata_bytes: int
    unused_bytes: int
    table_bytes: int
    elsewhere: tuple[str, ...]

    @property
    def tensor_bytes(self) -> int:
        """The bytes of all constants."""
        return sum(each.size_bytes for each in self.tensors)

    @property
    def wasted_bytes(self) -> int:
        """The bytes of all copies beyond the first."""
        return sum(each.wasted_bytes for each in self.duplicates)


def account(contents: FileContents, layers: FileLayers) -> StoredData:
    """Account for the bytes of a file; data of equal size are read to find equal ones."""
    tensors = tuple(_stored_tensors(contents, layers))
    of_tensors = {Region(each.start, each.size_bytes): each for each in tensors}
    of_metadata = {entry.region for entry in contents.metadata if entry.region} - set(of_tensors)
    known = {region for region in contents.buffers if region is not None}
    unused = known - set(of_tensors) - of_metadata
    return StoredData(
        tensors=tuple(sorted(tensors, key=lambda each: (-each.size_bytes, each.start))),
        layers=tuple(_by_layer(tensors)),
        duplicates=tuple(
            Duplicate(
                names=tuple(of_tensors[each].name for each in group),
                size_bytes=group[0].size,
            )
            for group in equal_regions(contents.path, of_tensors)
        ),
        metadata_bytes=_bytes(of_metadata),
        unused_bytes=_bytes(unused),
        table_bytes=contents.size_bytes - _bytes(known),
        elsewhere=tuple(dict.fromkeys(_elsewhere(contents))),
    )


def _bytes(regions: Iterable[Region]) -> int:
    return sum(region.size for region in regions)


def _elsewhere(contents: FileContents) -> Iterator[str]:
    for graph in contents.subgraphs:
        yield from (each.external for each in graph.tensors if each.external is not None)


def _stored_tensors(contents: FileContents, layers: FileLayers) -> Iterator[StoredTensor]:
    sharing: defaultdict[Region, list[tuple[int, Tensor]]] = defaultdict(list)
    for graph in contents.subgraphs:
        for tensor in graph.tensors:
            if tensor.region is not None:
                sharing[tensor.region].append((graph.index, tensor))
    for region, found in sorted(sharing.items()):
        owners = tuple(dict.fromkeys(name for each in found for name in layers.owners(*each)))
        subgraph, tensor = found[0]
        yield StoredTensor(
            name=tensor.name,
            layer=owners[0] if len(owners) == 1 else SHARED if owners else UNNAMED,
            layers=owners,
            subgraph=subgraph,
            tensor=tensor.index,
            shape=tensor.shape,
            dtype=tensor.dtype,
            size_bytes=region.size,
            start=region.start,
            tensors=len(found),
        )


def _by_layer(tensors: Sequence[StoredTensor]) -> list[LayerBytes]:
    of_layer: defaultdict[str, list[StoredTensor]] = defaultdict(list)
    for tensor in sorted(tensors, key=lambda each: -each.size_bytes):
        of_layer[tensor.layer].append(tensor)
    found = [
        LayerBytes(
            layer=layer,
            size_bytes=sum(each.size_bytes for each in stored),
            dtypes=tuple(dict.fromkeys(each.dtype for each in stored)),
            tensors=len(stored),
        )
        for layer, stored in of_layer.items()
    ]
    return sorted(found, key=lambda each: (-each.size_bytes, each.layer))
