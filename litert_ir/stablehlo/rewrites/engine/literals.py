"""Arrays and constants of a module as expressions of weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import cached_in_context
from litert_ir.stablehlo.mlir.interfaces import Attribute
from litert_ir.stablehlo.mlir.values import (
    array_of,
    dtype_of_type,
    shape_of_type,
    splat_element,
)
from litert_ir.stablehlo.weights.expressions import Broadcast, Literal, WeightExpr


def is_splat(array: NDArray[Any]) -> bool:
    """Tell whether all elements are one number."""
    return array.size > 0 and bool((array == array.reshape(-1)[0]).all())


@cached_in_context
def constant_expr(attribute: Attribute) -> WeightExpr:
    """Return the expression of a constant, cached as every sweep asks for it again."""
    shape, dtype = shape_of_type(attribute.type), dtype_of_type(attribute.type)
    element = splat_element(attribute, dtype)
    if element is None:
        return literal(array_of(attribute, shape, dtype))
    one = Literal(element.tobytes(), (), element.dtype.name)
    return Broadcast(one, shape, ()) if shape else one


def literal(array: NDArray[Any]) -> WeightExpr:
    """An array as an expression; splats take one element."""
    dtype = array.dtype.name
    if array.size > 1 and is_splat(array):
        one = Literal(array.reshape(-1)[:1].tobytes(), (), dtype)
        return Broadcast(one, tuple(array.shape), ())
    return Literal(np.ascontiguousarray(array).tobytes(), tuple(array.shape), dtype)
