"""Follow use-def chains up to a source operation, past operations that only move elements.

A run of neighboring dimensions that holds the features of a layer is followed along.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import attributes_of, has_one_use, integers, producer, shape_of
from litert_ir.stablehlo.rewrites.engine.literals import literal
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.weights.expressions import WeightExpr
from litert_ir.stablehlo.weights.simplify import broadcasted, reshaped


@attrs.frozen
class Run:
    """Neighboring dimensions of a value, from ``start`` to before ``stop``."""

    start: int
    stop: int

    @classmethod
    def last(cls, value: Value) -> Run:
        """The last dimension of a value."""
        rank = len(shape_of(value))
        return cls(rank - 1, rank)

    def size(self, shape: Sequence[int]) -> int:
        """Count the run's positions in a value of this shape."""
        return math.prod(shape[self.start : self.stop])


@attrs.frozen
class Factor:
    """Numbers that a value repeats along all dimensions outside of a run.

    Attributes:
        numbers: One for each position of the run, as a vector; a scalar where there is no run.
        run: None where all elements of the value are one number.
    """

    numbers: WeightExpr
    run: Run | None

    def vector(self, size: int) -> WeightExpr:
        """The numbers for a layer's features, as ``[size]``."""
        return self.numbers if self.run is not None else broadcasted(self.numbers, (size,), ())


@attrs.frozen
class Chain:
    """A use-def chain from a source operation to a value.

    Attributes:
        source: The operation; nobody else takes what it gives.
        steps: The operations after it, each with the operand by which the value comes in.
    """

    source: Operation
    steps: tuple[tuple[Operation, int], ...] = ()

    def rebuilt(self, value: Value, rewriter: Rewriter) -> Value:
        """Rebuild the chain from another value instead of the source's result."""
        for op, position in self.steps:
            operands = list(op.operands)
            operands[position] = value
            attributes = attributes_of(op)
            value = rewriter.op(op.name, operands, op.results[0].type, attributes)
        return value


Wanted = Callable[[Operation, Run | None], bool]
"""A condition on an operation and a run of its result: the one sought, with the features."""


def chain_below(value: Value, run: Run | None, wanted: Wanted) -> Chain | None:
    """The chain from a value up to the nearest operation that is wanted.

    Args:
        value: The value to start from; it has one use.
        run: The dimensions of the features; None for what is the same for all elements, which
            may pass through products as well.
        wanted: The condition to stop at.
    """
    op = producer(value)
    if op is None or not has_one_use(value):
        return None
    if wanted(op, run):
        return Chain(op)
    for position, below in _ways_down(op, run):
        chain = chain_below(op.operands[position], below, wanted)
        if chain is not None:
            return attrs.evolve(chain, steps=(*chain.steps, (op, position)))
    return None


def _ways_down(op: Operation, run: Run | None) -> Iterator[tuple[int, Run | None]]:
    """The operands to go on from, and the run's place in each."""
    if run is None:
        if op.name in ("stablehlo.reshape", "stablehlo.transpose", "stablehlo.slice"):
            yield 0, None
        elif op.name == "stablehlo.dot_general":
            yield from ((0, None), (1, None))
        return
    source = shape_of(op.operands[0]) if len(op.operands) == 1 else ()
    match op.name:
        case "stablehlo.reshape":
            found = _before_reshape(shape_of(op.results[0]), source, run)
        case "stablehlo.transpose":
            found = _before_transpose(integers(op, "permutation"), run)
        case "stablehlo.slice":
            whole = run.size(shape_of(op.results[0])) == run.size(source)
            found = run if whole else None
        case _:
            found = None
    if found is not None:
        yield 0, found


def _before_reshape(shape: Sequence[int], source: Sequence[int], run: Run) -> Run | None:
    """The run of a reshape's source that has as many elements, and as many after it."""
    size, behind = run.size(shape), math.prod(shape[run.stop :])
    if size == 1:
        return None
    axes = [axis for axis, length in enumerate(source) if length != 1]
    for first in range(len(axes)):
        for last in range(first, len(axes)):
            found = Run(axes[first], axes[last] + 1)
            if (found.size(source), math.prod(source[found.stop :])) == (size, behind):
                return found
    return None


def _before_transpose(permutation: Sequence[int], run: Run) -> Run | None:
    axes = permutation[run.start : run.stop]
    if list(axes) != list(range(axes[0], axes[0] + len(axes))):
        return None
    return Run(axes[0], axes[0] + len(axes))


def factor_of(value: Value, rewriter: Rewriter) -> Factor | None:
    """The numbers that a value repeats; None where it is no weight, or no run holds them."""
    expr, dimensions = _broadcast_expr(value, rewriter)
    if expr is None:
        return None
    number = rewriter.splat(value)
    if number is not None:
        return Factor(literal(np.array(number, expr.dtype)), None)
    if math.prod(expr.shape) == 1:
        return Factor(reshaped(expr, ()), None)
    axes = [axis for axis, size in zip(dimensions, expr.shape, strict=True) if size != 1]
    if axes == list(range(axes[0], axes[0] + len(axes))):
        run = Run(axes[0], axes[-1] + 1)
        if run.size(shape_of(value)) < math.prod(shape_of(value)):
            return Factor(reshaped(expr, (math.prod(expr.shape),)), run)
    return _repeated(rewriter.array(value))


def _broadcast_expr(value: Value, rewriter: Rewriter) -> tuple[WeightExpr | None, Sequence[int]]:
    """The weight that a value is, or is a broadcast of, and where its dimensions are."""
    op, expr = producer(value), rewriter.expr(value)
    if expr is not None or op is None or op.name != "stablehlo.broadcast_in_dim":
        return expr, range(len(shape_of(value)))
    return rewriter.expr(op.operands[0]), integers(op, "broadcast_dimensions")


def _repeated(array: NDArray[Any] | None) -> Factor | None:
    """The numbers along the one dimension in which an array varies."""
    if array is None:
        return None
    for axis in range(array.ndim):
        rows = np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)
        if (rows == rows[:, :1]).all():
            return Factor(literal(np.ascontiguousarray(rows[:, 0])), Run(axis, axis + 1))
    return None
