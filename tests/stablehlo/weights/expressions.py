"""Random expressions of weights, each with what plain numpy makes of the same steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import ml_dtypes
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from litert_ir.stablehlo.weights import simplify
from litert_ir.stablehlo.weights.elementwise_functions import BinaryFunction, UnaryFunction
from litert_ir.stablehlo.weights.expressions import (
    Binary,
    Broadcast,
    Concatenate,
    Convert,
    Literal,
    Pad,
    Parameter,
    Reshape,
    Reverse,
    Slice,
    Transpose,
    Unary,
    WeightExpr,
)

Array = NDArray[Any]
DTYPES = ("float32", "float32", "bfloat16", "float16", "float64", "int32", "int8", "bool")


@attrs.frozen(kw_only=True)
class Case:
    """An expression, the variables it is about, and its value by numpy."""

    expr: WeightExpr
    variables: tuple[Array, ...]
    value: Array

    def variable(self, index: int) -> Array:
        return self.variables[index]


def random_array(seed: int, shape: tuple[int, ...], dtype: str) -> Array:
    """Numbers around zero, exact zeros and repeated values among them."""
    random = np.random.default_rng(seed)
    drawn = np.round(random.normal(0, 3, shape), random.integers(0, 3))
    return np.asarray(drawn).astype(np.dtype(dtype))


def _dims(draw: st.DrawFn) -> tuple[int, ...]:
    return tuple(draw(st.lists(st.sampled_from((1, 2, 3, 4, 5, 0, 1, 2, 7)), max_size=4)))


def _leaf(draw: st.DrawFn, shape: tuple[int, ...], dtype: str, known: list[Array]) -> WeightExpr:
    """A new variable or a literal; the caller finds its value at the end of ``known``."""
    array = random_array(draw(st.integers(0, 2**16)), shape, dtype)
    known.append(array)
    if draw(st.booleans()):
        return Literal(array.tobytes(), shape, dtype)
    return Parameter(len(known) - 1, shape, dtype)


Step = tuple[WeightExpr, Array]


def _transpose(draw: st.DrawFn, expr: WeightExpr, value: Array, _: list[Array]) -> Step:
    order = tuple(draw(st.permutations(range(value.ndim))))
    build = draw(st.sampled_from((Transpose, simplify.transposed)))
    return build(expr, order), value.transpose(order)


def _reshape(draw: st.DrawFn, expr: WeightExpr, value: Array, _: list[Array]) -> Step:
    sizes = [1] * draw(st.integers(1, 4))
    rest = value.size
    for factor in (2, 2, 2, 2, 3, 3, 5, 7):
        if rest and rest % factor == 0:
            rest //= factor
            sizes[draw(st.integers(0, len(sizes) - 1))] *= factor
    sizes[draw(st.integers(0, len(sizes) - 1))] *= rest
    build = draw(st.sampled_from((Reshape, simplify.reshaped)))
    return build(expr, tuple(sizes)), value.reshape(sizes)


def _convert(draw: st.DrawFn, expr: WeightExpr, value: Array, _: list[Array]) -> Step:
    dtype = draw(st.sampled_from(DTYPES))
    with np.errstate(all="ignore"):
        largest = np.abs(value.astype(np.float64)).max(initial=0)
        if dtype in ("int8", "int32") and not largest < 127:
            return expr, value  # StableHLO does not say what becomes of it
        build = draw(st.sampled_from((Convert, simplify.converted)))
        return build(expr, dtype), value.astype(np.dtype(dtype))


def _slice(draw: st.DrawFn, expr: WeightExpr, value: Array, _: list[Array]) -> Step:
    cuts = []
    for size in value.shape:
        start = draw(st.integers(0, size))
        cuts.append((start, draw(st.integers(start, size)), draw(st.integers(1, 3))))
    starts, limits, strides = (tuple(cut[i] for cut in cuts) for i in range(3))
    build = draw(st.sampled_from((Slice, simplify.sliced)))
    return build(expr, starts, limits, strides), value[tuple(slice(*cut) for cut in cuts)]


def _broadcast(draw: st.DrawFn, expr: WeightExpr, value: Array, _: list[Array]) -> Step:
    shape, dimensions = [], []
    for size in value.shape:
        shape += draw(st.lists(st.integers(1, 3), max_size=1))
        dimensions.append(len(shape))
        shape.append(draw(st.integers(1, 4)) if size == 1 else size)
    shape += draw(st.lists(st.integers(1, 3), max_size=1))
    build = draw(st.sampled_from((Broadcast, simplify.broadcasted)))
    aligned = [1] * len(shape)
    for size, dim in zip(value.shape, dimensions, strict=True):
        aligned[dim] = size
    spread = np.broadcast_to(value.reshape(aligned), shape)
    return build(expr, tuple(shape), tuple(dimensions)), spread


UNARY: Mapping[UnaryFunction, Callable[[Array], Array]] = {
    UnaryFunction.NEGATE: lambda x: -x,
    UnaryFunction.ABS: abs,
    UnaryFunction.SIGN: np.sign,
    UnaryFunction.SQRT: np.sqrt,
    UnaryFunction.RSQRT: lambda x: 1 / np.sqrt(x),
    UnaryFunction.EXPONENTIAL: np.exp,
    UnaryFunction.LOG: np.log,
    UnaryFunction.TANH: np.tanh,
    UnaryFunction.LOGISTIC: lambda x: 1 / (1 + np.exp(-x)),
    UnaryFunction.FLOOR: np.floor,
    UnaryFunction.CEIL: np.ceil,
}
BINARY: Mapping[BinaryFunction, Callable[[Array, Array], Array]] = {
    BinaryFunction.ADD: lambda x, y: x + y,
    BinaryFunction.SUBTRACT: lambda x, y: x - y,
    BinaryFunction.MULTIPLY: lambda x, y: x * y,
    BinaryFunction.DIVIDE: lambda x, y: x / y,
    BinaryFunction.MAXIMUM: np.maximum,
    BinaryFunction.MINIMUM: np.minimum,
    BinaryFunction.POWER: lambda x, y: x**y,
}


def in_working_type(function: Callable[..., Array], *operands: Array) -> Array:
    """The result rounded once, for the types that are narrower than float32."""
    dtype = operands[0].dtype
    narrow = dtype in (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))
    working = np.dtype(np.float32) if narrow else dtype
    with np.errstate(all="ignore"):
        result = function(*(np.array(operand, working, order="C") for operand in operands))
        return np.asarray(result).astype(dtype)


def _unary(draw: st.DrawFn, expr: WeightExpr, value: Array, _: list[Array]) -> Step:
    function = draw(st.sampled_from(UnaryFunction))
    if not function.takes(expr.dtype):
        return expr, value
    return Unary(function, expr), in_working_type(UNARY[function], value)


def _binary(draw: st.DrawFn, expr: WeightExpr, value: Array, known: list[Array]) -> Step:
    function = draw(st.sampled_from(BinaryFunction))
    if not function.takes(expr.dtype):
        return expr, value
    other, other_value = expr, value
    if draw(st.booleans()):
        first = draw(st.integers(0, value.ndim))  # all of the shape, a row, or a scalar
        other = _leaf(draw, value.shape[first:], expr.dtype, known)
        other = Broadcast(other, value.shape, tuple(range(first, value.ndim)))
        other_value = np.broadcast_to(known[-1], value.shape)
    if draw(st.booleans()):
        expr, value, other, other_value = other, other_value, expr, value
    return Binary(function, expr, other), in_working_type(BINARY[function], value, other_value)


def _concatenate(draw: st.DrawFn, expr: WeightExpr, value: Array, known: list[Array]) -> Step:
    if value.ndim == 0:
        return expr, value
    axis = draw(st.integers(0, value.ndim - 1))
    parts = [(expr, value)]
    for size in draw(st.lists(st.integers(0, 3), max_size=2)):
        shape = (*value.shape[:axis], size, *value.shape[axis + 1 :])
        parts.append((_leaf(draw, shape, expr.dtype, known), known[-1]))
    build = draw(st.sampled_from((Concatenate, simplify.concatenated)))
    joined = np.concatenate([array for _, array in parts], axis)
    return build(tuple(part for part, _ in parts), axis), joined


def _reverse(draw: st.DrawFn, expr: WeightExpr, value: Array, _: list[Array]) -> Step:
    axes = tuple(axis for axis in range(value.ndim) if draw(st.booleans()))
    build = draw(st.sampled_from((Reverse, simplify.flipped)))
    return build(expr, axes), np.flip(value, axes)


def _pad(draw: st.DrawFn, expr: WeightExpr, value: Array, known: list[Array]) -> Step:
    widths = st.tuples(*[st.integers(-1, 2)] * value.ndim)
    low, high = draw(widths), draw(widths)
    interior = draw(st.tuples(*[st.integers(0, 2)] * value.ndim))
    shape = [
        before + size + max(size - 1, 0) * between + after
        for size, before, after, between in zip(value.shape, low, high, interior, strict=True)
    ]
    if min(shape, default=0) < 0 or math.prod(shape) > 2000:
        return expr, value
    filling = _leaf(draw, (), expr.dtype, known)
    result = np.full(shape, known[-1])
    for place in np.ndindex(value.shape):
        target = [at + i * (gap + 1) for at, i, gap in zip(low, place, interior, strict=True)]
        if all(0 <= i < size for i, size in zip(target, shape, strict=True)):
            result[tuple(target)] = value[place]
    build = draw(st.sampled_from((Pad, simplify.padded)))
    return build(expr, low, high, interior, filling), result


_STEPS = (
    *(_transpose, _reshape, _slice, _unary, _binary),
    *(_broadcast, _convert, _reverse, _concatenate, _pad),
)


@st.composite
def cases(draw: st.DrawFn, *, max_steps: int = 6) -> Case:
    """Chains of ops over variables and literals; a variable by itself is the simplest."""
    known: list[Array] = []
    expr = _leaf(draw, _dims(draw), draw(st.sampled_from(DTYPES)), known)
    value = known[0]
    for step in draw(st.lists(st.sampled_from(_STEPS), max_size=max_steps)):
        grown, grown_value = step(draw, expr, value, known)
        if math.prod(grown.shape) <= 2000:
            expr, value = grown, np.array(grown_value, order="C")
    return Case(expr=expr, variables=tuple(known), value=value)
