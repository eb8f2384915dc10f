"""Where in the model an operation comes from, as far as the tracer recorded it.

TensorFlow's locations hold the name scopes that Keras opens for each layer, JAX' the scopes
of its name stack: ``functional/dense_1/MatMul`` and ``jit(call)/functional/dense_1/dot_general``.
"""

from __future__ import annotations

import re
from typing import Any

from litert_ir.backends.mlir import ir
from litert_ir.conversion.stablehlo.rewrites.pattern import operations

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SEPARATOR = "/"


def scope_of(op: Any) -> str:
    """The scopes that an operation was traced in, ``/`` between them; "" when unknown."""
    names = (name.partition("@")[0] for name in _QUOTED.findall(str(op.location)))
    return next((name for name in names if _SEPARATOR in name), "")


def shorten_locations(module: Any) -> None:
    """Leave of each location the scope alone: the converter names the file's tensors after it."""
    for op in operations(module):
        scope = scope_of(op)
        op.location = ir.Location.name(scope) if scope else ir.Location.unknown()
