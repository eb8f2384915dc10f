"""The dimensions of a LiteRT file's inputs in its metadata: names, and bounds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from litert_ir.ir.dimension_json import dim_document, dim_of
from litert_ir.ir.dimensions import same_but_for_source
from litert_ir.ir.scalars import exactly
from litert_ir.ir.tensor import DynamicDim, TensorSpec

METADATA_NAME = "litert_ir.dimensions"
"""The name of the entry in the file's metadata."""

Axes = tuple[DynamicDim | None, ...]
"""An input's axes; None for a static one."""


def dimensions_to_json(inputs: Iterable[TensorSpec]) -> bytes:
    """The dimensions of a file's inputs: by name, for each axis an object, or null if static.

    Returns:
        JSON in UTF-8; equal dimensions give equal bytes.
    """
    document = {
        spec.name: [None if isinstance(dim, int) else dim_document(dim) for dim in spec.shape]
        for spec in inputs
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def dimensions_from_json(content: bytes) -> Mapping[str, Axes]:
    """Read what `dimensions_to_json` wrote.

    Raises:
        ValueError: When it is no such JSON, or dimensions of one name have different bounds.
        TypeError: When a value in it is of another type.
    """
    try:
        document = exactly(json.loads(content.decode()), dict)
    except RecursionError as error:
        raise ValueError("JSON that nests too deep") from error
    found = {
        name: tuple(None if dim is None else dim_of(dim) for dim in exactly(dims, list))
        for name, dims in document.items()
    }
    _require_ties(dim for dims in found.values() for dim in dims if dim is not None)
    return found


def _require_ties(dims: Iterable[DynamicDim]) -> None:
    first: dict[str, DynamicDim] = {}
    for dim in dims:
        if dim.name is not None and not same_but_for_source(first.setdefault(dim.name, dim), dim):
            raise ValueError(f"different bounds of {dim.name!r}")
