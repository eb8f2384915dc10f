"""Replace operators whose kernels are wrong at zero, infinity or NaN.

The kernels are those of XNNPACK and LiteRT. Operators stay where the range of a value excludes the
numbers that their kernels mistreat, so that a normalization costs what it did: a variance plus an
epsilon is never zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import attrs
import numpy as np

from litert_ir.stablehlo.mlir.creation import before
from litert_ir.stablehlo.mlir.interfaces import Module, Operation, Type, Value
from litert_ir.stablehlo.mlir.values import (
    constant_array,
    dtype_of,
    has_one_use,
    producer,
    shape_of,
    tensor_type,
    text,
    users,
)
from litert_ir.stablehlo.mlir.walk import is_unused, operations, remove_unused
from litert_ir.stablehlo.rewrites.numbers.value_ranges import ValueRanges

_NO_ACTIVATION = {"fused_activation_function": "NONE"}


def mend_special_values(module: Module) -> None:
    """Replace operators whose results differ from the model's at special values.

    LiteRT's converter undoes some of this (it makes `tfl.rsqrt` of a division by a square root),
    so that this comes after it.

    Args:
        module: In the TFL dialect, after all passes that fuse operations; changed in place.
    """
    ranges = ValueRanges()
    found = [op for op in operations(module) if op.name in _MENDED]
    found = [op for op in found if dtype_of(op.results[0]) == "float32"]
    for op in found:
        for operand in op.operands:
            ranges.of(operand)
    for op in found:
        if not is_unused(op):
            _MENDED[op.name](_Place(op, ranges))
    remove_unused(module)


@attrs.frozen
class _Place:
    """An insertion point in front of an operation.

    Attributes:
        op: The operation.
        ranges: Those of the values as they were before anything was replaced.
    """

    op: Operation
    ranges: ValueRanges

    def make(self, name: str, operands: Sequence[Value], kind: Type, **attributes: str) -> Value:
        """A new operation in front, with the location of this one; gives its result."""
        return before(self.op).value(name, operands, kind, attributes)

    def number(self, value: float) -> Value:
        """A constant without dimensions, which broadcasts."""
        kind = tensor_type((), "float32")
        attributes = {"value": np.asarray(value, np.float32)}
        return before(self.op).value("arith.constant", [], kind, attributes)

    def replace(self, value: Value) -> None:
        """Use a value in the place of what the operation gives."""
        self.op.results[0].replace_all_uses_with(value)


def _reciprocal_root(place: _Place) -> None:
    """Keep the reciprocal root of zero infinite, where XNNPACK's RSQRT gives NaN.

    Before: ``"tfl.rsqrt"(%x)``
    After, with the first of these that applies: the same, where ``%x`` is known to be positive;
    ``"tfl.rsqrt"("tfl.maximum"(%x, 1 / c^2))``, where it is not negative and the result is kept
    below ``c`` by a `tfl.minimum`; ``tfl.div(%y, "tfl.sqrt"(%x))``, where the result is multiplied
    by ``%y``; ``tfl.div(1, "tfl.sqrt"(%x))``.
    """
    value, kind = place.op.operands[0], place.op.results[0].type
    if place.ranges.of(value).is_positive or _bounded_before(place):
        return
    root = place.make("tfl.sqrt", [value], kind)
    product = _only_user(place.op.results[0], "tfl.mul")
    if product is None:
        place.replace(place.make("tfl.div", [place.number(1.0), root], kind, **_NO_ACTIVATION))
        return
    left, right = product.operands
    dividend = right if left == place.op.results[0] else left
    after = _Place(product, place.ranges)
    attributes = {"fused_activation_function": text(product, "fused_activation_function")}
    after.replace(after.make("tfl.div", [dividend, root], product.results[0].type, **attributes))


def _bounded_before(place: _Place) -> bool:
    """Clamp the argument from below instead of the result from above; return whether done."""
    (value,), (result,) = place.op.operands, place.op.results
    least = _only_user(result, "tfl.minimum")
    if least is None or place.ranges.of(value).low < 0:
        return False
    bound = next((_number(side) for side in least.operands if side != result), None)
    if bound is None or not bound > 0 or bound**-2 < np.finfo(np.float32).tiny:
        return False
    if shape_of(least.results[0]) != shape_of(result):
        return False
    bounded = place.make("tfl.maximum", [value, place.number(bound**-2)], value.type)
    root = place.make("tfl.rsqrt", [bounded], result.type)
    _Place(least, place.ranges).replace(root)
    return True


def _only_user(value: Value, name: str) -> Operation | None:
    """The operation of this name that is a value's only use."""
    if not has_one_use(value):
        return None
    (user,) = users(value)
    return user if user.name == name else None


def _number(value: Value) -> float | None:
    """The number that a constant is a splat of."""
    op = producer(value)
    if op is None or op.name != "arith.constant" or dtype_of(value) != "float32":
        return None
    array = constant_array(op)
    first = float(array.reshape(-1)[0]) if array.size else None
    return first if first is not None and bool((array == first).all()) else None


def _exponential(place: _Place) -> None:
    """Keep the exponential of NaN at NaN, where XNNPACK's EXP gives 0 on some processors.

    Before: ``%e = "tfl.exp"(%x)``
    After: ``"tfl.maximum"(%e, %x)``: an exponential is above its argument; where that is NaN, a
    kernel that does not keep NaN from either side gives the second one. Of single elements it
    gives the first one: where a sample has one, ``"tfl.maximum"(%x, "tfl.maximum"(%e, %x))``.
    """
    (value,), (result,) = place.op.operands, place.op.results
    if not place.ranges.of(value).has_nan:
        return
    exponential = place.make("tfl.exp", [value], result.type)
    greater = place.make("tfl.maximum", [exponential, value], result.type)
    if math.prod(shape_of(result)[1:]) == 1:
        greater = place.make("tfl.maximum", [value, greater], result.type)
    place.replace(greater)


def _floor_of_quotient(place: _Place) -> None:
    """Keep the quotient by zero infinite or NaN, where LiteRT's FLOOR_DIV ends the run.

    Before: ``"tfl.floor_div"(%x, %y)``
    After: ``"tfl.floor"(tfl.div(%x, %y))``, unless ``%y`` is known not to be zero.
    """
    kind = place.op.results[0].type
    if not place.ranges.of(place.op.operands[1]).holds_zero:
        return
    quotient = place.make("tfl.div", list(place.op.operands), kind, **_NO_ACTIVATION)
    place.replace(place.make("tfl.floor", [quotient], kind))


def _extreme(place: _Place) -> None:
    """Put a NaN second into XNNPACK's MAXIMUM and MINIMUM, which return it from there alone.

    Before: ``"tfl.maximum"(%x, %y)`` where ``%x`` may be NaN and ``%y`` may not
    After: ``"tfl.maximum"(%y, %x)``. The same is done with the `tfl.minimum` of two values whose
    `tfl.maximum` is computed too, as for ``hypot``: so either one's NaN is in one of the two.
    """
    first, second = place.op.operands
    if place.ranges.of(first).has_nan and not place.ranges.of(second).has_nan:
        swap = _number(second) is None
    else:
        swap = place.op.name == "tfl.minimum" and any(
            user.name == "tfl.maximum" and list(user.operands) == [first, second]
            for user in users(first)
        )
    if swap:
        place.op.operands[0], place.op.operands[1] = second, first


_MENDED: Mapping[str, Callable[[_Place], None]] = MappingProxyType(
    {
        "tfl.exp": _exponential,
        "tfl.floor_div": _floor_of_quotient,
        "tfl.maximum": _extreme,
        "tfl.minimum": _extreme,
        "tfl.rsqrt": _reciprocal_root,
    }
)
