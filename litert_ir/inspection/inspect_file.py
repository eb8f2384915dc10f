"""The public verb that describes a LiteRT file."""

from __future__ import annotations

import os
from pathlib import Path

from litert_ir.errors import ConverterCrashed, FileRejectedError, LiteRTIRError
from litert_ir.inspection.contents import FileContents, Subgraph, read_contents
from litert_ir.inspection.delegation import (
    Delegation,
    SubgraphPlacement,
    how_measured,
    placement_of,
)
from litert_ir.inspection.inspected_file import Inspection
from litert_ir.inspection.operator_layers import FileLayers
from litert_ir.inspection.operators import count_operators_of, summarize_subgraphs
from litert_ir.inspection.precisions import quantization_of
from litert_ir.inspection.runtime_needs import runtime_needs_of
from litert_ir.inspection.signatures import signatures_of
from litert_ir.inspection.stored_data import account
from litert_ir.inspection.stored_metadata import metadata_entries_of
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.metadata.file_metadata import FileMetadata
from litert_ir.metadata.metadata_reader import read_metadata
from litert_ir.runtime.delegate_nodes import delegate_nodes
from litert_ir.runtime.existing_file import existing_file

_MOST_BYTES_COPIED = 1 << 30
"""Bytes of all copies of a file, one for each subgraph beside the first."""
_TOO_MANY = "What runs where is measured of the first subgraph alone: the others are too large."


def inspect(
    file: str | os.PathLike[str], *, delegation: bool = True, timeout: float | None = None
) -> Inspection:
    """Describe a LiteRT file of any origin: what is in it, what it needs, what runs where.

    The tables are read in this process; nothing else is imported for that than LiteRT's schema. For
    the delegation, a child process loads the file in LiteRT's interpreter, and runs nothing.

    Args:
        file: The file.
        delegation: Whether to load the file, to find out which operators XNNPACK runs here.
        timeout: Seconds that this may take; None for many times the usual time of such a file.

    Returns:
        The description. Where the interpreter does not load the file, its reason is a remark.

    Raises:
        ModelSourceError: When there is no such file.
        FileRejectedError: When this is not a LiteRT file, or its tables are damaged or truncated.
        ValueError: When the timeout is not above 0.

    Example:
        ``print(inspect("model.tflite"))``
    """
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout is a number of seconds above 0, received {timeout!r}")
    path = existing_file(file)
    contents = read_contents(path)
    layers = FileLayers.of(contents)
    signatures, remarks = signatures_of(contents)
    metadata, damaged = _metadata(path)
    placed, unmeasured = _delegation(contents, layers, timeout) if delegation else (None, ())
    return Inspection(
        path=path,
        size_bytes=contents.size_bytes,
        schema_version=contents.schema_version,
        description=contents.description,
        signatures=signatures,
        subgraphs=summarize_subgraphs(contents),
        operators=count_operators_of(contents),
        data=account(contents, layers),
        quantization=quantization_of(contents, layers),
        runtime=runtime_needs_of(contents),
        metadata=metadata,
        entries=metadata_entries_of(contents),
        delegation=placed,
        remarks=(*remarks, *damaged, *unmeasured),
    )


def _metadata(path: Path) -> tuple[FileMetadata | None, tuple[str, ...]]:
    """Read the metadata; what is damaged in them does not keep the file from being described."""
    try:
        return read_metadata(path), ()
    except FileRejectedError as error:
        return None, (f"{error.summary} {error.received or ''}".strip(),)


def _delegation(
    contents: FileContents, layers: FileLayers, timeout: float | None
) -> tuple[Delegation | None, tuple[str, ...]]:
    """Measure what runs where; a file that cannot be loaded here can still be described."""
    budget = TimeBudget(timeout)
    first, *others = contents.subgraphs
    if len(others) * contents.size_bytes > _MOST_BYTES_COPIED:
        others = []
    placed: list[SubgraphPlacement] = []
    remarks = [] if len(others) + 1 == len(contents.subgraphs) else [_TOO_MANY]
    for graph in (first, *others):
        try:
            nodes = delegate_nodes(contents.path, graph.index, budget)
        except (ConverterCrashed, FileRejectedError) as error:
            remarks.append(_unknown(graph, error))
            if graph is first:
                return None, tuple(remarks)
        else:
            placed.append(placement_of(graph, layers, nodes))
    return Delegation(subgraphs=tuple(placed), how=how_measured()), tuple(remarks)


def _unknown(graph: Subgraph, error: LiteRTIRError) -> str:
    of_graph = f" of subgraph {graph.index}" if graph.index else ""
    reason = " ".join((error.received or "").split())
    return f"What runs where{of_graph} is unknown: {error.summary} {reason}".strip()
