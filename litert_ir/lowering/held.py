"""Convert tensor types to those of the Keras backend and of the LiteRT file."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from typing_extensions import override

from litert_ir.backends.current_tracer import tracer
from litert_ir.backends.tracer import Tracer
from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import Leaf, collect_leaves
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.lowering.draft import SignatureDraft
from litert_ir.visitors.rebuild import Rebuild


@attrs.frozen
class AsHeld(Rebuild):
    """A visitor that replaces dtypes that the backend or the file represents by another one.

    Attributes:
        tracer: Returns the backend's types.
    """

    tracer: Tracer

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        dtype = self.tracer.held_as(spec.dtype)
        in_model = spec.model_dtype or dtype
        return attrs.evolve(
            spec,
            dtype=dtype.in_file,
            model_dtype=None if in_model is dtype.in_file else in_model,
        )


def held(node: SignatureNode, path: Path) -> SignatureNode:
    """Convert the tree to the types of the backend and the file."""
    return fold(node, AsHeld(tracer()), path)


def as_held(draft: SignatureDraft) -> SignatureDraft:
    """Convert the draft to the types of the backend and the file, and note the backend's changes.

    JAX has no 64-bit types unless they are enabled, whatever a model declares.
    """
    arguments = tuple(attrs.evolve(arg, value=held(arg.value, arg.path)) for arg in draft.arguments)
    changed = [
        f"{before.path} is {after.spec.dtype.value}, not {before.spec.dtype.value}"
        for old, new in zip(draft.arguments, arguments, strict=True)
        for before, after in zip(
            collect_leaves(old.value, old.path), collect_leaves(new.value, new.path), strict=True
        )
        if before.spec.dtype.in_file is not after.spec.dtype
    ]
    note = f"Taken in the types that the backend has: {', '.join(changed)}."
    return attrs.evolve(
        draft, arguments=arguments, notes=(*draft.notes, note) if changed else draft.notes
    )


def notes_on_file_types(leaves: Iterable[Leaf]) -> tuple[str, ...]:
    """Note the inputs and outputs whose type in the file differs from the model's."""
    widened = [str(leaf.path) for leaf in leaves if leaf.spec.model_dtype is DType.BFLOAT16]
    if not widened:
        return ()
    return (f"LiteRT has no bfloat16 tensors; float32 in the file: {', '.join(widened)}.",)
