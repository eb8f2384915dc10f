"""Put metadata into a LiteRT file's object tree, and those of a plan into the file made of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from litert_ir.backends.litert.additions import add_buffer
from litert_ir.backends.litert.schema import new_table
from litert_ir.ir.metadata import Metadata
from litert_ir.ir.plan import ExportPlan
from litert_ir.metadata.flatbuffer import flatbuffer_of
from litert_ir.metadata.model_tree import DescribedFile, described, with_origin
from litert_ir.metadata.origin import origin_of
from litert_ir.metadata.schema_tables import ENTRY


def give_metadata(
    model: Any, plan: ExportPlan, strategy: str, packages: Iterable[str] = ()
) -> None:
    """Give a file the metadata of its plan, and the record of how it was made, in place.

    The files that it refers to go behind the flatbuffer, once it is written: see `files_of`.

    Args:
        model: The `ModelT` of a LiteRT file that has the plan's interface.
        plan: The plan.
        strategy: The name of the strategy that made it.
        packages: The packages that made it beside the frameworks, by their names on PyPI.
    """
    put_entry(model, metadata_for(plan, strategy, packages))


def metadata_for(plan: ExportPlan, strategy: str, packages: Iterable[str] = ()) -> bytes:
    """The content of a file's entry; see `give_metadata`."""
    tree = with_origin(_described(plan).tree, origin_of(plan, strategy, packages))
    return flatbuffer_of(tree)


def files_of(plan: ExportPlan) -> dict[str, bytes]:
    """The files that the metadata of a plan's file refer to, by name."""
    return dict(_described(plan).files)


def _described(plan: ExportPlan) -> DescribedFile:
    outputs = [leaf.spec for leaf in plan.output_leaves]
    metadata: Metadata = plan.metadata
    return described(DescribedFile({}, {}), metadata, plan.inputs, outputs)


def put_entry(model: Any, content: bytes) -> None:
    """Set the content of a file's metadata in TFLite's schema, in place.

    Args:
        model: The `ModelT` of a LiteRT file.
        content: The flatbuffer.
    """
    entries = model.metadata or ()
    entry = next((entry for entry in entries if _is_ours(entry)), None)
    if entry is None:
        entry = new_table("Metadata")
        entry.name, entry.buffer = ENTRY.encode(), add_buffer(model)
        model.metadata = [*entries, entry]
    buffer = model.buffers[entry.buffer]
    buffer.data, buffer.offset, buffer.size = np.frombuffer(content, np.uint8), 0, 0


def _is_ours(entry: Any) -> bool:
    return bool(entry.name == ENTRY.encode())
