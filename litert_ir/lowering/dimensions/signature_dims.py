"""Name and bound the dynamic dimensions of a model's signature."""

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
        """Return the shapes of the samples that fit the signature."""

    def sample(self, signature: Signature) -> Sequence[Array] | None:
        """Return the values of a sample that fits, flat; None if none does, or it is too large."""


@attrs.frozen
class NothingSeen(Seen):
    """An empty set of samples."""

    @override
    def __call__(self, signature: Signature) -> Sequence[StaticShapes]:
        """Return no shapes."""
        return ()

    @override
    def sample(self, signature: Signature) -> Sequence[Array] | None:
        """Return None."""
        return None


def dimensioned(model: Any, signature: Signature, seen: Seen) -> Signature:
    """Give each dynamic dimension of a signature a name, ties, and bounds.

    The model is run at sizes only if a dimension besides the batch is dynamic.

    Args:
        model: The built model.
        signature: The signature of its call.
        seen: Samples that the user claims it accepts.

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
        warnings.simplefilter("ignore")  # of sizes such as 1, which the user did not ask for
        return with_found_dims(signature, oracle, seen, tables_of(model), where)
