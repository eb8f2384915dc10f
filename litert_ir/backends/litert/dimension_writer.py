"""Write the names and bounds of a file's dynamic dimensions into its metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litert_ir.backends.litert.additions import add_buffer
from litert_ir.backends.litert.schema import new_table
from litert_ir.ir.file_dimensions import METADATA_NAME, dimensions_to_json
from litert_ir.ir.tensor import TensorSpec


def give_dimensions(model: Any, inputs: Sequence[TensorSpec]) -> None:
    """Write the bounds of the inputs' dynamic dimensions into a file's metadata, in place.

    Args:
        model: The `ModelT` of a LiteRT file.
        inputs: Its inputs.
    """
    entry = _entry(model)
    if all(spec.is_static for spec in inputs):
        if entry is not None:
            model.buffers[entry.buffer].data = None
            model.metadata = [other for other in model.metadata if other is not entry]
        return
    if entry is None:
        entry = _added_entry(model)
    content = dimensions_to_json(inputs)
    buffer = model.buffers[entry.buffer]
    buffer.data, buffer.offset, buffer.size = np.frombuffer(content, np.uint8), 0, 0


def _entry(model: Any) -> Any | None:
    entries = model.metadata or ()
    return next((entry for entry in entries if entry.name == METADATA_NAME.encode()), None)


def _added_entry(model: Any) -> Any:
    entry = new_table("Metadata")
    entry.name, entry.buffer = METADATA_NAME.encode(), add_buffer(model)
    model.metadata = [*(model.metadata or ()), entry]
    return entry
