"""Give tensors the types in which the Keras backend holds them."""

from __future__ import annotations

import attrs
from typing_extensions import override

from litert_ir.backends.tracer import Tracer
from litert_ir.backends.tracing import tracer
from litert_ir.ir.fold import fold
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import TensorSpec
from litert_ir.visitors.rebuild import Rebuild


@attrs.frozen
class AsHeld(Rebuild):
    """Changes the dtype of tensors that the backend holds in another one.

    Attributes:
        tracer: Knows the backend's types.
    """

    tracer: Tracer

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return attrs.evolve(spec, dtype=self.tracer.held_as(spec.dtype))


def as_held(signature: Signature) -> tuple[Signature, tuple[str, ...]]:
    """The signature in the backend's types, and the notes on what changed.

    JAX has no 64-bit types unless it is configured to, whatever a model declares.
    """
    visitor = AsHeld(tracer())
    held = Signature(
        tuple(
            Argument(arg.name, fold(arg.value, visitor, arg.path), keyword_only=arg.keyword_only)
            for arg in signature.arguments
        )
    )
    changed = [
        f"{after.path} is {after.spec.dtype.value}, not {before.spec.dtype.value}"
        for before, after in zip(signature.leaves, held.leaves, strict=True)
        if before.spec != after.spec
    ]
    if not changed:
        return signature, ()
    return held, (f"Taken in the types that the backend has: {', '.join(changed)}.",)
