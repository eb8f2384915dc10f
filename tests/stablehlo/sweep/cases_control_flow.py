"""Cases of branches and loops."""

from __future__ import annotations

from typing import Any

from keras import ops

from tests.stablehlo.sweep.case import op
from tests.stablehlo.sweep.drawing import floats, integers


def _branching(x: Any, y: Any) -> Any:
    return ops.cond(ops.sum(x) > ops.sum(y), lambda: x * 2.0, lambda: y - 1.0)


def _branching_on_shape(x: Any) -> Any:
    return ops.cond(ops.shape(x)[1] > 3, lambda: x * 2.0, lambda: x - 1.0)


def _switching(index: Any, x: Any) -> Any:
    branches = [lambda y: y * 2.0, lambda y: y - 1.0, lambda y: -y]
    return ops.switch(index[0, 0], branches, x)


def _until_large(x: Any) -> Any:
    """As many rounds as the values need."""
    return ops.while_loop(lambda y: ops.max(ops.abs(y)) < 100.0, lambda y: (y * 1.5,), (x,))[0]


def _counted(x: Any) -> Any:
    return ops.while_loop(lambda i, _: i < 5, lambda i, y: (i + 1, y * 0.5 + 1.0), (0, x))[1]


def _for_loop(x: Any) -> Any:
    return ops.fori_loop(0, 4, lambda i, y: y + ops.cast(i, "float32") * x, x)


def _power_iteration(x: Any) -> Any:
    """A product in a loop, with a constant matrix from outside."""
    matrix = ops.tri(6) * 0.3
    return ops.fori_loop(0, 3, lambda _, y: ops.tanh(ops.matmul(y, matrix)), x)


def _scanned(x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        carry = carry * 0.5 + row
        return carry, carry * 2.0

    return ops.scan(step, ops.zeros((6,)), x[0])[1]


def _associative(x: Any) -> Any:
    return ops.associative_scan(lambda a, b: a * 0.9 + b * a, x, axis=1)


def _vectorized(x: Any) -> Any:
    return ops.vectorized_map(lambda row: ops.cumsum(row) * ops.max(row), x)


def _nested_loops(x: Any) -> Any:
    def outer(i: Any, y: Any) -> Any:
        return ops.fori_loop(0, 2, lambda _, z: z * 0.5 + ops.cast(i, "float32"), y)

    return ops.fori_loop(0, 3, outer, x)


def _branch_in_loop(x: Any) -> Any:
    def body(i: Any, y: Any) -> Any:
        return ops.cond(ops.equal(i % 2, 0), lambda: y + 1.0, lambda: y * 2.0)

    return ops.fori_loop(0, 4, body, x)


_ROW = floats(6)
CASES = (
    op("cond", _branching, _ROW, _ROW),
    op("cond_on_shape", _branching_on_shape, _ROW),
    op("switch", _switching, integers(3, 1), _ROW),
    op("while_loop", _until_large, _ROW),
    op("while_loop_counted", _counted, _ROW),
    op("fori_loop", _for_loop, _ROW),
    op("fori_loop_matmul", _power_iteration, _ROW),
    op("fori_loop_nested", _nested_loops, _ROW),
    op("fori_loop_with_cond", _branch_in_loop, _ROW),
    op("scan", _scanned, floats(4, 6), batch=2),
    op("map", lambda x: ops.map(lambda row: row * 2.0 + ops.max(row), x), _ROW),
    op("vectorized_map", _vectorized, _ROW),
    op("vectorize", ops.vectorize(lambda v: v * 2.0), _ROW),
    op("associative_scan", _associative, _ROW),
)
