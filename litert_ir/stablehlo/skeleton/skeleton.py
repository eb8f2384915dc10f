"""A LiteRT file without its big weights: the child process's result for a traced model."""

from __future__ import annotations

import attrs

from litert_ir.stablehlo.weights.expressions import WeightExpr


@attrs.frozen(kw_only=True)
class Skeleton:
    """A LiteRT file without its big weights.

    Attributes:
        content: Its bytes; tensors of big weights refer to external buffers whose offset is
            an index into ``weights``.
        weights: The expressions of the external buffers.
    """

    content: bytes = attrs.field(repr=False)
    weights: tuple[WeightExpr, ...]
