"""Draft a signature before its tensors have their final names."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from litert_ir.errors import SignatureError
from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.path import Path
from litert_ir.ir.signature import Argument, Signature
from litert_ir.lowering.fitting import PinBatch, names_of_batches
from litert_ir.visitors.naming import assign_names


@attrs.frozen
class SignatureDraft:
    """A signature before tensors are named and the batch is decided.

    Attributes:
        arguments: The call's arguments.
        own_names: The name of the tensor at a path, from Keras or the user.
        notes: Assumptions made while lowering.
        batch_note: An assumption about the batch, which ``batch_size`` overrides.
    """

    arguments: tuple[Argument, ...]
    own_names: Mapping[Path, str] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()
    batch_note: str = ""

    def notes_with(self, batch_size: int | None) -> tuple[str, ...]:
        """Return the assumptions that hold once the batch is decided."""
        stands = self.batch_note and batch_size is None
        return (*self.notes, self.batch_note) if stands else self.notes

    def finish(self, batch_size: int | None, *, arguments_named: bool) -> Signature:
        """Fix the batch if requested, name every tensor, and check the result.

        Raises:
            SignatureError: With every fault, each with its path.
        """
        pinned = self._with_batch(batch_size) if batch_size is not None else self.arguments
        roots = [(arg.path, arg.value) for arg in pinned]
        named = assign_names(roots, self.own_names, arguments_named=arguments_named)
        return Signature(
            tuple(
                Argument(arg.name, node, keyword_only=arg.keyword_only)
                for arg, node in zip(pinned, named, strict=True)
            )
        )

    def _with_batch(self, batch_size: int) -> tuple[Argument, ...]:
        leaves = (leaf for arg in self.arguments for leaf in collect_leaves(arg.value, arg.path))
        visitor = PinBatch(batch_size, names_of_batches(leaf.spec for leaf in leaves))
        pinned = tuple(
            Argument(arg.name, fold(arg.value, visitor, arg.path), keyword_only=arg.keyword_only)
            for arg in self.arguments
        )
        if visitor.problems:
            raise SignatureError(
                f"batch_size={batch_size} contradicts the model's inputs:",
                visitor.problems,
                advice="leave batch_size out, or take the model's own",
            )
        return pinned
