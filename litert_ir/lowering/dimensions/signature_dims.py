"""The dynamic dimensions of a model's signature."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Protocol

import attrs
from typing_extensions import override

from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.ir.dimensions import StaticShapes
from litert_ir.ir.signature import Signature
from litert_ir.lowering.dimensions.fills import Array
from litert_ir.lowering.dimensions.oracles import oracle_for
from litert_ir.lowering.dimensions.search import with_found_dims, with_names
from litert_ir.lowering.dimensions.slots import slots_of
from litert_ir.lowering.dimensions.table_limits import tables_of


class Seen(Protocol):
    """The shapes of the user's samples, once the signature is known."""

    def __call__(self, signature: Signature) -> Sequence[StaticShapes]:
        """The shapes of those that fit the signature."""

    def sample(self, signature: Signature) -> Sequence[Array] | None:
        """The values of one that fits, flat; None where there is none, or it is too large."""


@attrs.frozen
class NothingSeen(Seen):
    """No samples."""

    @override
    def __call__(self, signature: Signature) -> Sequence[StaticShapes]:
        """None."""
        return ()

    @override
    def sample(self, signature: Signature) -> Sequence[Array] | None:
        """None."""
        return None


def dimensioned(model: Any, signature: Signature, seen: Seen) -> Signature:
    """The signature with a name for each dynamic dimension, ties, and bounds.

    The model is tried on sizes only where a dimension is dynamic that is no batch.

    Args:
        model: The built model.
        signature: What it is called with.
        seen: Samples that it is said to accept.

    Raises:
        ModelTraceError: When the model accepts none of the sizes that were tried.
        SignatureError: When the user's names contradict the model.
    """
    if not slots_of(signature):
        return with_names(signature)
    call = InferenceCall(model, signature, in_floats=True)
    oracle = oracle_for(call, seen.sample(signature))
    where = f"model {model.name!r}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes such as 1, which nobody asked for
        return with_found_dims(signature, oracle, seen, tables_of(model), where)
