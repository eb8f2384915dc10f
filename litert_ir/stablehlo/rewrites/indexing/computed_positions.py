"""Keep computations on positions along dynamic dimensions in the file.

Folded to constants, sinusoids of positions, clamped distances and the like are tables for the sizes
at hand, which do not extrapolate. Positions themselves do: they count. So positions stay, and all
that is computed from them, except linear functions: those constants count as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    CONSTANT_OP,
    dtype_of,
    flag,
    integer,
    is_static,
    op_name,
    producer,
    shape_of,
)
from litert_ir.stablehlo.rewrites.canonicalize.constant_folding import compute, is_constant
from litert_ir.stablehlo.rewrites.engine.dynamic_sizes import dynamic_sizes
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import broadcast
from litert_ir.stablehlo.rewrites.indexing.position_masks import BAND, DIRECTIONS, is_limit

Array = NDArray[Any]

POSITIONS = "litert_ir.positions"
"""The call that hides positions from TensorFlow's passes."""

_IOTA = "stablehlo.iota"
_CUMULATION = "tf.Cumsum"
_QUOTIENT = "stablehlo.divide"
_TYPES = ("int32", "int64", "float32")
_FEWEST = 3
"""The fewest numbers that show an even step."""


@pattern(
    *(POSITIONS, _IOTA, CONSTANT_OP),
    before={"fold_constants": "Positions would be folded at the sizes at hand."},
)
def keep_positions(op: Operation, rewriter: Rewriter) -> bool:
    """Keep positions along a dynamic dimension, where a model computes with them what is no line.

    Before:
        func.func @main(%x: tensor<1x5xf32> {litert_ir.dynamic = [1]}) -> tensor<5xf32> {
          %0 = stablehlo.iota dim = 0 : tensor<5xf32>
          %1 = stablehlo.sine %0 : tensor<5xf32>
          return %1 : tensor<5xf32>
        }

    After:
        func.func @main(%x: tensor<1x5xf32>) -> tensor<5xf32> {
          %cst = arith.constant dense<[0.000000e+00, 1.000000e+00, 2.000000e+00, 3.000000e+00,
              4.000000e+00]> : tensor<5xf32>
          %0 = stablehlo.sine %cst : tensor<5xf32>
          return %0 : tensor<5xf32>
        }

    Neither patterns nor the converter know what they are.
    """
    positions = _Positions.of(op, rewriter)
    if positions is None:
        return False
    bent = _Bends(rewriter).uses(op.results[0])
    if bent:
        kept = positions.kept(rewriter)
        for user, place in bent:
            rewriter.replace_operand(user, place, kept)
        rewriter.forget()
    if op_name(op) == POSITIONS:
        return rewriter.replace(op, op.operands[0])
    return bool(bent)


@attrs.frozen(kw_only=True)
class _Positions:
    """Numbers in even steps along one dimension; or a single number, without one.

    Attributes:
        shape: The sizes of all dimensions.
        axis: The dimension; None for a number.
        start: The first number.
        step: The difference of neighbors.
        dtype: The element type.
    """

    shape: tuple[int, ...]
    axis: int | None
    start: float
    step: float
    dtype: str

    @classmethod
    def of(cls, op: Operation, rewriter: Rewriter) -> _Positions | None:
        """The positions that an operation gives; None if its result is something else."""
        (value,) = op.results if len(op.results) == 1 else (None,)
        sizes = dynamic_sizes(rewriter)
        if value is None or not sizes or not is_static(value) or dtype_of(value) not in _TYPES:
            return None
        if op_name(op) == POSITIONS:
            return cls._hidden(op, rewriter)
        shape = shape_of(value)
        axis = integer(op, "iota_dimension")
        if not shape or not _may_vary(shape[axis], sizes):
            return None
        if op.name == _IOTA:
            return cls(shape=shape, axis=axis, start=0, step=1, dtype=dtype_of(value))
        known = rewriter.array(value)
        return None if known is None or known.ndim != 1 else cls._along(known, axis)

    @classmethod
    def _hidden(cls, op: Operation, rewriter: Rewriter) -> _Positions | None:
        """Read the value that was hidden from TensorFlow's passes."""
        (value,) = op.operands
        maker = producer(value)
        if maker is not None and op_name(maker) == _CUMULATION:
            return cls._cumulated(maker, rewriter)
        if not is_constant(value, rewriter):
            return None
        known = compute(value)
        if not known.ndim:
            return cls(shape=(), axis=None, start=known.item(), step=0, dtype=known.dtype.name)
        found = [cls._along(known, axis) for axis, size in enumerate(known.shape) if size > 1]
        return next((each for each in found if each is not None), None)

    @classmethod
    def _cumulated(cls, op: Operation, rewriter: Rewriter) -> _Positions | None:
        """Cumulative sums of ones."""
        value, place = op.operands
        step, axis = rewriter.splat(value), rewriter.array(place)
        if step is None or not step or axis is None or flag(op, "reverse"):
            return None
        start = 0 if flag(op, "exclusive") else step
        shape = shape_of(value)
        at = int(axis) % len(shape)
        return cls(shape=shape, axis=at, start=start, step=step, dtype=dtype_of(value))

    @classmethod
    def _along(cls, values: Array, axis: int) -> _Positions | None:
        """Positions along a dimension that are the same along others."""
        if values.shape[axis] < _FEWEST:
            return None
        line = np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis])[0]
        start, step = line[0].item(), (line[1] - line[0]).item()
        exact = start + step * np.arange(len(line))
        sizes = [-1 if at == axis else 1 for at in range(values.ndim)]
        if not step or not np.allclose(values, exact.reshape(sizes), rtol=1e-6, atol=0):
            return None
        return cls(shape=values.shape, axis=axis, start=start, step=step, dtype=values.dtype.name)

    def kept(self, rewriter: Rewriter) -> Value:
        """The positions as values that nothing folds."""
        if self.axis is None:
            return rewriter.keep(np.array(self.start, self.dtype))
        counted = np.arange(self.shape[self.axis])
        if self.start == int(self.start) and self.step == int(self.step):
            numbers = counted * int(self.step) + int(self.start)
            found = rewriter.keep(numbers.astype(self.dtype))
        else:
            found = rewriter.keep(counted.astype(self.dtype))
            for name, number in (("multiply", self.step), ("add", self.start)):
                other = rewriter.filled(found, number)
                found = rewriter.op(f"stablehlo.{name}", [found, other], found.type)
        return broadcast(found, self.shape, (self.axis,), rewriter)


def _may_vary(size: int, sizes: frozenset[int]) -> bool:
    """Tell whether a size may follow from dynamic dimensions; distances are ``2 * n - 1``."""
    near = (number + more for number in sizes for more in (-1, 0, 1))
    return size in near or any(
        size in (2 * number - 1, 2 * number + 1, number // 2, (number + 1) // 2) for number in sizes
    )


class _Bends:
    """Finds where a function of positions alone stops being linear.

    Args:
        rewriter: Remembers it.
    """

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter
        self._found = rewriter.memory("bends")
        self._free = rewriter.memory("free of inputs")

    def uses(self, value: Value) -> list[tuple[Operation, int]]:
        """The uses through which a value reaches a function that is not linear."""
        uses = [(use.owner.operation, use.operand_number) for use in value.uses]
        return [(op, place) for op, place in uses if self._bends_later(op, place)]

    def _bends_later(self, op: Operation, place: int) -> bool:
        key = (op, place)
        if key not in self._found:
            self._found[key] = self._find_out(op, place)
        return bool(self._found[key])

    def _find_out(self, op: Operation, place: int) -> bool:
        name = op_name(op)
        if name in _ENDS or not op.results or op.name == "func.return":
            return False
        if name == _QUOTIENT and place == 1 and not _is_number(op.operands[1]):
            return True
        if not all(map(self._is_free, op.operands)):
            return False
        bends = _BENDING.get(name)
        if bends is None:
            return True
        return bends(op, place, self._rewriter) or any(
            bool(self.uses(result)) for result in op.results
        )

    def _is_free(self, value: Value) -> bool:
        """Tell whether a value depends on no input."""
        if value not in self._free:
            op = producer(value)
            self._free[value] = op is not None and all(map(self._is_free, op.operands))
        return bool(self._free[value])


def _never(_op: Operation, _place: int, _rewriter: Rewriter) -> bool:
    return False


def _by_fractions(op: Operation, place: int, rewriter: Rewriter) -> bool:
    """Tell whether an addend or a factor is anything else than known whole numbers."""
    other = op.operands[1 - place]
    if op.name == "stablehlo.multiply" and rewriter.known_array(other) is None:
        return True
    return dtype_of(other) == "float32" and not _is_whole(other, rewriter)


def _is_number(value: Value) -> bool:
    """Tell whether a value is one number, which may be broadcast."""
    maker = producer(value)
    while maker is not None and maker.name in ("stablehlo.broadcast_in_dim", "stablehlo.reshape"):
        value = maker.operands[0]
        maker = producer(value)
    return not shape_of(value)


def _is_inverse(op: Operation, place: int, rewriter: Rewriter) -> bool:
    """Tell whether one is divided by a number, as in a mean."""
    return place == 1 and not shape_of(op.results[0]) and rewriter.splat(op.operands[0]) == 1


def _is_whole(value: Value, rewriter: Rewriter) -> bool:
    if not is_constant(value, rewriter):
        return False
    known = compute(value)
    return bool(np.all(np.isfinite(known)) and np.all(known == np.trunc(known)))


def _at_limit(op: Operation, _place: int, rewriter: Rewriter) -> bool:
    """Tell whether a limit makes a linear function nonlinear at some size."""
    pairs = [tuple(op.operands)]
    if op.name == "stablehlo.clamp":
        low, value, high = op.operands
        pairs = [(low, value), (value, high)]
    return any(is_limit(left, right, shape_of(op.results[0]), rewriter) for left, right in pairs)


_ENDS = frozenset({"stablehlo.compare", *DIRECTIONS, BAND, "tf.OneHot", POSITIONS})
"""Operations whose results on linear functions are treated elsewhere."""

_BENDING: Mapping[str, Callable[[Operation, int, Rewriter], bool]] = {
    **{
        f"stablehlo.{name}": _never
        for name in (
            *("broadcast_in_dim", "concatenate", "convert", "gather", "negate", "pad", "reshape"),
            *("reverse", "select", "slice", "transpose"),
        )
    },
    **{
        f"tf.{name}": _never
        for name in ("GatherNd", "GatherV2", "Pack", "ReverseV2", "Split", "SplitV", "Tile")
    },
    "tf.Unpack": _never,
    _QUOTIENT: lambda op, place, rewriter: not _is_inverse(op, place, rewriter),
    "stablehlo.add": _by_fractions,
    "stablehlo.subtract": _by_fractions,
    "stablehlo.multiply": _by_fractions,
    "stablehlo.maximum": _at_limit,
    "stablehlo.minimum": _at_limit,
    "stablehlo.clamp": _at_limit,
}
"""Operations that map linear functions to linear ones, with the exceptions; no others do."""
