"""The dynamic dimensions of a model's signature."""

from __future__ import annotations

import warnings
from typing import Any

from litert_ir.backends.inference import InferenceCall
from litert_ir.ir.signature import Signature
from litert_ir.lowering.dimensions.oracles import oracle_for
from litert_ir.lowering.dimensions.search import Seen, with_found_dims, with_names
from litert_ir.lowering.dimensions.slots import slots_of
from litert_ir.lowering.dimensions.tables import tables_of


def dimensioned(model: Any, signature: Signature, seen: Seen) -> Signature:
    """The signature with a name for each dynamic dimension, ties, and bounds.

    The model is tried on sizes only where a dimension is dynamic that is no batch.

    Args:
        model: The built model.
        signature: What it is called with.
        seen: Gives the shapes of samples that it is known to accept.

    Raises:
        ModelTraceError: When the model accepts none of the sizes that were tried.
        SignatureError: When the user's names contradict the model.
    """
    if not slots_of(signature):
        return with_names(signature)
    oracle = oracle_for(InferenceCall(model, signature, in_floats=True))
    where = f"model {model.name!r}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes such as 1, which nobody asked for
        return with_found_dims(signature, oracle, seen, tables_of(model), where)
