"""Bind the flat arrays of a plan to a file that has other names, order or types."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import attrs
from numpy.typing import NDArray

from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.forms import Sample

Named = Mapping[str, NDArray[Any]]
"""Arrays by the names of a file's inputs or outputs."""


@attrs.frozen
class BoundInput:
    """The file's input for one of a plan.

    Attributes:
        name: Its name in the file.
        dtype: The element type to convert to, by numpy name; None to pass arrays as they are, as
            for an input that takes integers in place of real values.
    """

    name: str
    dtype: str | None = None


@attrs.frozen(kw_only=True)
class BoundFile:
    """A file, and its inputs and outputs in the order of a plan's.

    Attributes:
        path: The file.
        inputs: The file's inputs.
        outputs: The names of the file's outputs.
    """

    path: Path
    inputs: tuple[BoundInput, ...]
    outputs: tuple[str, ...]

    @classmethod
    def by_name(cls, path: Path, plan: ExportPlan) -> Self:
        """A file that has the plan's names and types."""
        return cls(
            path=path,
            inputs=tuple(BoundInput(spec.name) for spec in plan.inputs),
            outputs=tuple(leaf.spec.name for leaf in plan.output_leaves),
        )

    def named(self, arrays: Sample) -> dict[str, NDArray[Any]]:
        """Return arrays in the plan's order by the names of the file, in its types."""
        return {
            bound.name: array if bound.dtype is None else array.astype(bound.dtype, copy=False)
            for bound, array in zip(self.inputs, arrays, strict=True)
        }

    def ordered(self, results: Named) -> Sample:
        """Return the file's results in the order of the plan's outputs."""
        return tuple(results[name] for name in self.outputs)
