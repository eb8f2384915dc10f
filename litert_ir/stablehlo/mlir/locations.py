"""Locations: the layer or scope that an operation was traced in, if the tracer recorded it.

TensorFlow's locations hold the name scopes that Keras opens for each layer, JAX' the scopes
of its name stack: ``functional/dense_1/MatMul`` and ``jit(call)/functional/dense_1/dot_general``.
"""

from __future__ import annotations

from collections.abc import Iterator

from litert_ir.backends.keras.same_padding import PADDED_SAME
from litert_ir.stablehlo.mlir.bindings import ir
from litert_ir.stablehlo.mlir.interfaces import Location, Module, Operation
from litert_ir.stablehlo.mlir.walk import operations

SAME_MARK = "litert_ir.padded_same"
"""The attribute of operations that the model pads by ``SAME``, whatever the sizes are."""

_JIT = "jit("
_SEPARATOR = "/"


def scope_of(op: Operation) -> str:
    """The scopes that an operation was traced in, ``/`` between them; "" when unknown."""
    names = (name.partition("@")[0] for name in _names(op.location))
    scopes = (_without_jit(name) for name in names if _SEPARATOR in name)
    return next(scopes, "").replace(f"{PADDED_SAME}{_SEPARATOR}", "")


def _without_jit(name: str) -> str:
    """A name without the ``jit(...)/`` of the functions that JAX compiles."""
    while name.startswith(_JIT):
        _, _, name = name.partition(f"){_SEPARATOR}")
    return name


def _names(location: Location) -> Iterator[str]:
    """The names in a location, those of the called before those of the callers'."""
    match location:
        case ir.NameLoc():
            yield str(location.name_str)
        case ir.FusedLoc():
            for part in location.locations:
                yield from _names(part)
        case ir.CallSiteLoc():
            yield from _names(location.callee)
        case _:
            return


def unknown_location() -> Location:
    """The location of an operation without an origin in the model."""
    location: Location = ir.Location.unknown()
    return location


def mark_padded(op: Operation) -> None:
    """Record in an operation's location that the model pads by ``SAME``, in place."""
    op.location = ir.Location.fused([ir.Location.name(PADDED_SAME), op.location])


def shorten_locations(module: Module) -> None:
    """Reduce each location to the scope: the converter names the file's tensors after it.

    Operations that were traced as padded by ``SAME`` are marked by an attribute.
    """
    for op in operations(module):
        if any(PADDED_SAME in name.split(_SEPARATOR) for name in _names(op.location)):
            op.attributes[SAME_MARK] = ir.UnitAttr.get()
        scope = scope_of(op)
        op.location = ir.Location.name(scope) if scope else ir.Location.unknown()
