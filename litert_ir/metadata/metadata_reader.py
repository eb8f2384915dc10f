"""Read the metadata of a LiteRT file of any origin."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs

from litert_ir.errors import FileRejectedError, OptionsError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import Wording
from litert_ir.ir.metadata import (
    Bounds,
    ColorSpace,
    InputMetadata,
    Metadata,
    Normalization,
    OutputMetadata,
)
from litert_ir.metadata.associated_files import read_files
from litert_ir.metadata.file_metadata import AssociatedFile, FileMetadata
from litert_ir.metadata.flatbuffer import MEMBER, Node, tree_of
from litert_ir.metadata.model_tree import is_labels, is_normalization
from litert_ir.metadata.origin import recorded_origin
from litert_ir.metadata.schema_tables import COLOR_SPACES, ENTRY
from litert_ir.metadata.tensor_specs import FileTensors, file_tensors
from litert_ir.runtime.entry_contents import entry_contents
from litert_ir.runtime.existing_file import existing_file
from litert_ir.runtime.interface_reader import file_tables

T = TypeVar("T")
_REPLACING = Wording(
    "litert_ir.write_metadata(file, target, metadata, replace=True)",
    "litert-ir metadata FILE -o TARGET --replace",
)
Described = TypeVar("Described", InputMetadata, OutputMetadata)


def read_metadata(path: str | os.PathLike[str]) -> FileMetadata | None:
    """Read the metadata of a LiteRT file of any origin, in TFLite's metadata schema.

    Args:
        path: The file.

    Returns:
        The metadata; None for a file without.

    Raises:
        ModelSourceError: When there is no file.
        FileRejectedError: When it is no LiteRT file, or it or its metadata are damaged.

    Example:
        ``read_metadata("model.tflite").metadata.outputs[0].labels``
    """
    file = existing_file(path)
    with file_tables(file) as model:
        tree = read_tree(model, file)
        tensors = file_tensors(model)
    if tree is None:
        return None
    return _Reading(path=file, tree=tree, files=read_files(file), tensors=tensors).result()


def label_files(path: Path) -> dict[str, str]:
    """By the names of a file's outputs the names of the files with their labels."""
    with file_tables(path) as model:
        tree, outputs = read_tree(model, path) or {}, file_tensors(model).outputs
    graphs = tree.get("subgraph_metadata") or [{}]
    nodes = graphs[0].get("output_tensor_metadata", [])
    named = zip(outputs, nodes, strict=True) if len(outputs) == len(nodes) else ()
    found = ((spec.name, _labels_file(node)) for spec, node in named)
    return {name: file for name, file in found if file}


def _labels_file(node: Node) -> str:
    """The first list of labels; further ones are of other locales."""
    files = node.get("associated_files", [])
    return next((file.get("name", "") for file in files if is_labels(file)), "")


def tools_of(path: Path) -> tuple[str, ...]:
    """The names of the packages that took part in making a file, as far as it says so."""
    with file_tables(path) as model:
        origin = recorded_origin(read_tree(model, path) or {})
    return () if origin is None else tuple(tool.name for tool in origin.tools)


def read_tree(model: Any, path: Path) -> Node | None:
    """Read the tree of a file's metadata; None for a file without.

    Args:
        model: The file's tables.
        path: The file.

    Raises:
        FileRejectedError: When the metadata are damaged.
    """
    try:
        contents = list(entry_contents(model, ENTRY, path))
        return tree_of(contents[0]) if contents else None
    except (ValueError, IndexError, TypeError, struct.error) as error:
        raise FileRejectedError(
            f"The file's metadata {ENTRY!r} are damaged.",
            where=str(path),
            received=str(error),
            advice=advise("write them anew: {replacing}", replacing=_REPLACING),
        ) from error


@attrs.define(kw_only=True)
class _Reading:
    """The reading of one tree: parts that say nothing sensible are left out, with a note."""

    path: Path
    tree: Node
    files: Mapping[str, bytes]
    tensors: FileTensors
    notes: list[str] = attrs.field(factory=list)

    def result(self) -> FileMetadata:
        graphs = self.tree.get("subgraph_metadata") or [{}]
        inputs = [spec.name for spec in self.tensors.inputs]
        outputs = [spec.name for spec in self.tensors.outputs]
        texts = {
            field: self.tree.get(field, "").replace("\0", "")
            for field in ("name", "description", "version", "author", "license")
        }
        taken = self._tensors(graphs[0].get("input_tensor_metadata", []), inputs, self._input)
        given = self._tensors(graphs[0].get("output_tensor_metadata", []), outputs, self._output)
        return FileMetadata(
            path=self.path,
            metadata=Metadata(**texts, inputs=taken, outputs=given),
            origin=recorded_origin(self.tree),
            files=tuple(AssociatedFile(name, len(data)) for name, data in self.files.items()),
            schema_version=self.tree.get("min_parser_version", ""),
            notes=tuple(self.notes),
        )

    def _tensors(
        self,
        nodes: Sequence[Node],
        names: Sequence[str],
        read: Callable[[str, Node], Described],
    ) -> tuple[Described, ...]:
        """The descriptions that say something; those of other tensors than the file's have none."""
        if len(nodes) != len(names):
            if nodes:
                self.notes.append(f"{len(nodes)} tensors described, of {len(names)}")
            return ()
        distinct = dict(zip(names, nodes, strict=True))
        described = [(name, read(name, node)) for name, node in distinct.items()]
        return tuple(item for name, item in described if item != type(item)(name))

    def _input(self, name: str, node: Node) -> InputMetadata:
        units = [unit for unit in node.get("process_units", []) if is_normalization(unit)]
        options = units[0]["options"] if units else None
        return InputMetadata(
            name,
            description=node.get("description", "").replace("\0", ""),
            normalization=self._sound(
                name, "normalization", lambda: options and _normalization(options)
            ),
            bounds=self._bounds(name, node),
            color_space=_color_space(node),
        )

    def _output(self, name: str, node: Node) -> OutputMetadata:
        return OutputMetadata(
            name,
            description=node.get("description", "").replace("\0", ""),
            labels=self._sound(name, "labels", lambda: self._labels(node)) or (),
            bounds=self._bounds(name, node),
        )

    def _bounds(self, name: str, node: Node) -> Bounds | None:
        stats = node.get("stats")
        if not stats or not stats.get("min") or not stats.get("max"):
            return None
        return self._sound(name, "bounds", lambda: Bounds(stats["min"], stats["max"]))

    def _labels(self, node: Node) -> tuple[str, ...]:
        name = _labels_file(node)
        if not name:
            return ()
        if name not in self.files:
            raise OptionsError(f"the file {name!r} is missing")
        lines = self.files[name].decode("utf-8").split("\n")
        labels = OutputMetadata(labels=[line.removesuffix("\r") for line in lines]).labels
        return labels[:-1] if labels[-1] == "" else labels

    def _sound(self, name: str, part: str, read: Callable[[], T | None]) -> T | None:
        try:
            return read()
        except (OptionsError, UnicodeDecodeError) as error:
            self.notes.append(f"{name}: {part}: {str(error).splitlines()[0]}")
            return None


def _normalization(options: Node) -> Normalization:
    return Normalization(options.get("mean") or 0.0, options.get("std") or 1.0)


def _color_space(node: Node) -> ColorSpace | None:
    properties = node.get("content", {}).get("content_properties") or {}
    if properties.get(MEMBER) != "ImageProperties":
        return None
    number = properties.get("color_space", 0)
    return next((space for space in ColorSpace if COLOR_SPACES[space.value] == number), None)
