"""Return the shapes of a tree, nested as its tensors are, as a model's ``build`` takes them."""

from __future__ import annotations

from typing_extensions import override

from litert_ir.ir.path import Path
from litert_ir.ir.tensor import TensorSpec
from litert_ir.visitors.nested import Nested


class Shapes(Nested):
    """A visitor that converts each tensor to its shape tuple, with None for a dynamic dimension."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> tuple[int | None, ...]:
        return spec.sizes
