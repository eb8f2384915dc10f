"""Advice on calls that fail because a shape depends on values."""

from __future__ import annotations

from litert_ir.backends.model_failures import needs_values_for_shapes

_FIXED_COUNT = (
    "let no shape depend on values, as those of keras.ops.nonzero and of boolean masks do: return "
    "a fixed number of elements, such as all of them with a mask, or the greatest ones "
    "(keras.ops.top_k)"
)


def advice_on(error: BaseException, otherwise: str) -> str:
    """Return the advice on a failed call.

    Args:
        error: The exception of the call.
        otherwise: The advice where shapes are not at fault.
    """
    return _FIXED_COUNT if needs_values_for_shapes(error) else otherwise
