"""The metadata of a file as a tree of TFLite's metadata schema."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from litert_ir.ir.metadata import Bounds, InputMetadata, Metadata, OutputMetadata
from litert_ir.ir.tensor import TensorSpec
from litert_ir.metadata.flatbuffer import MEMBER, Node
from litert_ir.metadata.origin import NAME, FileOrigin
from litert_ir.metadata.schema_tables import AXIS_LABELS, COLOR_SPACES, VALUE_LABELS

_PARSER = "1.5.0"
"""The version of the schema that has `CustomMetadata`, where the file's origin is."""

_TEXTS = ("name", "description", "version", "author", "license")
LABELS = (AXIS_LABELS, VALUE_LABELS)
_NORMALIZATION = "NormalizationOptions"
_IMAGE = "ImageProperties"


@attrs.frozen
class DescribedFile:
    """A tree, and the files that it refers to.

    Attributes:
        tree: The tree.
        files: Contents by name.
    """

    tree: Node
    files: Mapping[str, bytes]


def described(
    before: DescribedFile,
    metadata: Metadata,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
) -> DescribedFile:
    """Describe a file: what the metadata say replaces what was there, all else stays.

    Args:
        before: The description so far; an empty one for a new file.
        metadata: The metadata.
        inputs: The file's inputs, in order; of integer ones that are quantized with the type of
            the values that they stand for.
        outputs: The same of its outputs.
    """
    tree, files = copy.deepcopy(before.tree), dict(before.files)
    for field in _TEXTS:
        if text := getattr(metadata, field):
            tree[field] = text
    graph = main_graph(tree)
    taken = _tensors(graph, "input_tensor_metadata", inputs)
    given = _tensors(graph, "output_tensor_metadata", outputs)
    said = {item.name: item for item in metadata.inputs}
    for node, spec in zip(taken, inputs, strict=True):
        if spec.name in said:
            _describe_input(node, said[spec.name], spec)
    for item in metadata.outputs:
        place = [spec.name for spec in outputs].index(item.name)
        _describe_output(given[place], item)
        if item.labels:
            name = _name_for(item, metadata, files, _named_files(given[place]))
            kind = AXIS_LABELS if outputs[place].dtype.is_floating else VALUE_LABELS
            files = _with_labels(given[place], files, name, kind, item.labels)
    tree["min_parser_version"] = _later(tree.get("min_parser_version", ""), _PARSER)
    return DescribedFile(tree, files)


def with_origin(tree: Node, origin: FileOrigin) -> Node:
    """The tree with the record of how its file was made, in place of an earlier one."""
    tree = copy.deepcopy(tree)
    graph = main_graph(tree)
    others = [node for node in graph.get("custom_metadata", []) if node.get("name") != NAME]
    graph["custom_metadata"] = [*others, {"name": NAME, "data": origin.to_json()}]
    return tree


def main_graph(tree: Node) -> Node:
    """The description of the first subgraph, which is added to a tree that has none."""
    graphs: list[Node] = tree.setdefault("subgraph_metadata", [])
    if not graphs:
        graphs.append({})
    return graphs[0]


def _tensors(graph: Node, side: str, specs: Sequence[TensorSpec]) -> list[Node]:
    """The descriptions of all tensors of one side, which readers expect to be as many."""
    found: list[Node] = graph.get(side, [])
    if len(found) != len(specs):
        found = [{"name": spec.name} for spec in specs]
    graph[side] = found
    return found


def _describe_input(node: Node, said: InputMetadata, spec: TensorSpec) -> None:
    if said.description:
        node["description"] = said.description
    if said.normalization is not None:
        others = [unit for unit in node.get("process_units", []) if not is_normalization(unit)]
        options = {
            MEMBER: _NORMALIZATION,
            "mean": list(said.normalization.mean),
            "std": list(said.normalization.std),
        }
        node["process_units"] = [*others, {"options": options}]
    if said.color_space is not None:
        node["content"] = {"content_properties": _image(said.color_space.value, spec)}
    _describe_bounds(node, said.bounds)


def _image(color_space: str, spec: TensorSpec) -> Node:
    _, height, width, _ = spec.sizes
    size = {"default_size": {"width": width, "height": height}} if height and width else {}
    return {MEMBER: _IMAGE, "color_space": COLOR_SPACES[color_space], **size}


def is_normalization(unit: Node) -> bool:
    """Tell whether a process unit normalizes."""
    return bool(unit.get("options", {}).get(MEMBER) == _NORMALIZATION)


def _describe_output(node: Node, said: OutputMetadata) -> None:
    if said.description:
        node["description"] = said.description
    _describe_bounds(node, said.bounds)


def _describe_bounds(node: Node, bounds: Bounds | None) -> None:
    if bounds is not None:
        node["stats"] = {"max": list(bounds.maximum), "min": list(bounds.minimum)}


def _with_labels(
    node: Node, files: Mapping[str, bytes], name: str, kind: int, labels: Sequence[str]
) -> dict[str, bytes]:
    """Let an output refer to a list of labels in place of earlier ones.

    Returns:
        The files with it, and without those.
    """
    earlier = _named_files(node)
    others = [each for each in node.get("associated_files", []) if not is_labels(each)]
    node["associated_files"] = [*others, {"name": name, "type": kind}]
    kept = {key: content for key, content in files.items() if key not in earlier}
    return {**kept, name: "".join(f"{label}\n" for label in labels).encode()}


def is_labels(file: Node) -> bool:
    """Tell whether an associated file has labels, of whatever locale."""
    return file.get("type") in LABELS


def _named_files(node: Node) -> frozenset[str]:
    files: list[Any] = node.get("associated_files", [])
    return frozenset(file.get("name", "") for file in files if is_labels(file))


def _name_for(
    item: OutputMetadata, metadata: Metadata, files: Collection[str], replaced: Collection[str]
) -> str:
    """A name for an output's labels that no other file has."""
    alone = sum(bool(output.labels) for output in metadata.outputs) == 1
    stem = "labels" if alone else f"labels_{re.sub(r'[^A-Za-z0-9.-]+', '_', item.name)}"
    taken = set(files) - set(replaced)
    numbers = (
        f"{stem}{number}.txt" for number in ("", *map("_{}".format, range(2, len(taken) + 3)))
    )
    return next(name for name in numbers if name not in taken)


def _later(first: str, second: str) -> str:
    """The later one of two versions of the schema."""

    def parts(text: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", text)]

    return max(first, second, key=parts)
