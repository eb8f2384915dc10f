"""Arrange the bytes of a file in a tree: by the paths of layers, down to tensors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import attrs

from litert_ir.errors.shown import bytes_text
from litert_ir.inspection.stored_data import SHARED, UNNAMED, StoredData, StoredTensor

OTHER = "other"
"""The kind of bytes that are no tensor's."""


@attrs.frozen(kw_only=True)
class ByteNode:
    """A part of a file's bytes.

    Attributes:
        label: Its name below that of its parent.
        size_bytes: Its bytes, those of its children included.
        kind: The element type of a tensor's bytes, or `OTHER`; "" where there are children.
        title: A description in lines.
        children: Its parts, the largest first.
    """

    label: str
    size_bytes: int
    kind: str
    title: str
    children: tuple[ByteNode, ...] = ()

    def leaves(self) -> Iterator[ByteNode]:
        """Yield the parts without children."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def byte_tree(data: StoredData, name: str) -> ByteNode:
    """Arrange the bytes of a file; the sizes of its leaves sum up to that of the file.

    Args:
        data: The bytes.
        name: The file's name.
    """
    by_path: defaultdict[tuple[str, ...], list[StoredTensor]] = defaultdict(list)
    for tensor in data.tensors:
        by_path[_path(tensor.layer)].append(tensor)
    others = (
        ("metadata", data.metadata_bytes),
        ("unused buffers", data.unused_bytes),
        ("tables, padding, attached files", data.table_bytes),
    )
    leaves = [_other(label, size) for label, size in others if size]
    paths = [(path, [*map(_leaf, found)]) for path, found in by_path.items()]
    return _group(name, name, paths, leaves)


def _path(layer: str) -> tuple[str, ...]:
    return (layer,) if layer in (SHARED, UNNAMED) else tuple(layer.split("/"))


def _group(
    label: str,
    place: str,
    paths: Sequence[tuple[tuple[str, ...], list[ByteNode]]],
    leaves: Sequence[ByteNode] = (),
) -> ByteNode:
    """Join the leaves of some paths, each relative to the group."""
    own = [*leaves, *(leaf for path, found in paths if not path for leaf in found)]
    inside: defaultdict[str, list[tuple[tuple[str, ...], list[ByteNode]]]] = defaultdict(list)
    for path, found in paths:
        if path:
            inside[path[0]].append((path[1:], found))
    groups = [_group(name, f"{place}/{name}", found) for name, found in inside.items()]
    children = sorted([*own, *groups], key=lambda each: (-each.size_bytes, each.label))
    if len(children) == 1:
        return attrs.evolve(children[0], label=f"{label}/{children[0].label}")
    size = sum(each.size_bytes for each in children)
    count = sum(1 for child in children for _ in child.leaves())
    title = f"{place.partition('/')[2] or place}\n{bytes_text(size)} in {count} parts"
    return ByteNode(label=label, size_bytes=size, kind="", title=title, children=tuple(children))


def _leaf(tensor: StoredTensor) -> ByteNode:
    sizes = " x ".join(str(size) for size in tensor.shape) or "scalar"
    lines = [tensor.name or "(no name)", f"{sizes} {tensor.dtype}"]
    lines.append(f"{bytes_text(tensor.size_bytes)} ({tensor.size_bytes:,} bytes)")
    if tensor.layers:
        lines.append(f"layer {', '.join(tensor.layers)}")
    if tensor.tensors > 1:
        lines.append(f"shared by {tensor.tensors} tensors")
    return ByteNode(
        label=tensor.name.split(";")[-1].split("/")[-1] or "tensor",
        size_bytes=tensor.size_bytes,
        kind=tensor.dtype,
        title="\n".join(lines),
    )


def _other(label: str, size: int) -> ByteNode:
    title = f"{label}\n{bytes_text(size)} ({size:,} bytes)"
    return ByteNode(label=label, size_bytes=size, kind=OTHER, title=title)
