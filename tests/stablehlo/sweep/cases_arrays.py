"""Cases of functions that make, cut, join, pad, index and rearrange arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from tests.stablehlo.sweep.case import Case, each, op
from tests.stablehlo.sweep.drawing import floats, integers

_GIVEN, _CUBE = floats(4, 6), floats(2, 3, 4)


def _padded(mode: str, given: Any = _GIVEN) -> Case:
    return op(f"ops_pad_{mode}", lambda x: ops.pad(x, ((0, 0), (1, 2), (2, 0)), mode=mode), given)


def _row_of_length(x: Any) -> Any:
    """As long as the input, where that is known only when the file runs."""
    length = ops.shape(x)[1]
    return x * ops.cast(ops.arange(length), "float32")[None, :, None] / 3.0


def _window(x: Any, start: Any) -> Any:
    """A slice that begins where an input says."""
    return ops.slice(x, (0, start[0, 0], 0), (2, 2, 6))


def _updated(x: Any, start: Any) -> Any:
    """A write that begins where an input says, as key-value caches have it."""
    return ops.slice_update(x, (0, start[0, 0], 0), x[:, :2] * 10.0)


def _scattered(x: Any) -> Any:
    return ops.scatter(ops.convert_to_tensor([[0], [3], [1]]), x[0, :3], (5, 6))


def _scatter_updated(x: Any) -> Any:
    return ops.scatter_update(x, [[0, 1], [1, 3]], x[:2, 2] * 10.0)


def _segments() -> Any:
    return ops.convert_to_tensor([0, 0, 1, 2])


def _made(x: Any) -> Any:
    """Arrays made of nothing."""
    made = (ops.ones((6,)), ops.zeros((6,)), ops.full((6,), 0.3), ops.arange(6, dtype="float32"))
    spaced = (ops.linspace(0.0, 1.0, 6), ops.logspace(0.0, 1.0, 6), ops.geomspace(1.0, 2.0, 6))
    return x + sum((*made, *spaced))


def _windows(x: Any) -> Any:
    return x + ops.blackman(6) + ops.hamming(6) + ops.hanning(6) + ops.kaiser(6, 2.0)


def _matrices_made(x: Any) -> Any:
    return x @ (ops.eye(6, k=1) + ops.tri(6) + ops.identity(6) + ops.diag(ops.arange(6.0)))


def _like(x: Any) -> Any:
    return x * (ops.ones_like(x) + ops.full_like(x, 2.0)) + ops.zeros_like(x) + ops.empty_like(x)


def _meshed(x: Any) -> Any:
    rows, columns = ops.meshgrid(ops.arange(6.0), ops.arange(4.0))
    return x * rows + columns


def _blocks(x: Any) -> Any:
    """Space to depth, as models write it themselves."""
    parts = ops.reshape(x, (-1, 2, 2, 3, 2, 3))
    return ops.reshape(ops.transpose(parts, (0, 1, 3, 2, 4, 5)), (-1, 2, 3, 12))


INDICES = {
    "steps": lambda x: x[:, 1:3, ::2],
    "backwards": lambda x: x[:, ::-1],
    "last": lambda x: x[:, -1],
    "new_axes": lambda x: x[:, None, :, 2:, None],
}
INDEXING = (
    each("indices", INDICES, _GIVEN),
    op("ops_get_item", lambda x: ops.get_item(x, (slice(None), 2)), _GIVEN),
    op("ops_slice", lambda x: ops.slice(x, (0, 1, 2), (2, 3, 2)), _GIVEN, batch=2),
    op("ops_slice_dynamic", _window, _GIVEN, integers(3, 1), batch=2),
    op("ops_slice_update", lambda x: ops.slice_update(x, (0, 1, 2), x[:, :2, :3]), _GIVEN),
    op("ops_slice_update_dynamic", _updated, _GIVEN, integers(3, 1), batch=2),
    op("ops_take", lambda x: ops.take(x, [2, 0, 3], axis=1), _GIVEN),
    op("ops_take_last_axis", lambda x: ops.take(x, [[2, 0], [5, 1]], axis=-1), _GIVEN),
    op("ops_take_of_weights", lambda i: ops.take(ops.eye(6), i, axis=0), integers(6, 4)),
    op("ops_take_negative", lambda x: ops.take(x, [-1, 0, -2], axis=1), _GIVEN),
    op(
        "ops_take_along_axis",
        lambda x, i: ops.take_along_axis(x, i, axis=1),
        *(_GIVEN, integers(4, 2, 6)),
    ),
    op("ops_scatter", _scattered, _GIVEN, batch=2),
    op("ops_scatter_update", _scatter_updated, _GIVEN, batch=2),
    op("ops_one_hot", lambda x: ops.one_hot(x, 5), integers(5, 3)),
    op("ops_one_hot_axis_1", lambda x: ops.one_hot(x, 5, axis=1), integers(5, 3)),
    op("ops_one_hot_out_of_range", lambda x: ops.one_hot(x, 3), integers(5, 3)),
    op("ops_multi_hot", lambda x: ops.multi_hot(x, 6), integers(6, 3)),
    op("ops_unravel_index", lambda x: ops.unravel_index(x, (3, 4)), integers(12, 5), batch=2),
    op("ops_segment_sum", lambda x: ops.segment_sum(x[0], _segments(), 3), _GIVEN, batch=2),
    op("ops_segment_max", lambda x: ops.segment_max(x[0], _segments(), 3), _GIVEN, batch=2),
    op("ops_segment_min", lambda x: ops.segment_min(x[0], _segments(), 3), _GIVEN, batch=2),
    op("ops_segment_prod", lambda x: ops.segment_prod(x[0], _segments(), 3), _GIVEN, batch=2),
)
JOINS = {
    "concatenate": lambda x, y: ops.concatenate([x, y, x], axis=1),
    "append": lambda x, y: ops.append(x, y, axis=2),
    "stack": lambda x, y: ops.stack([x, y], axis=1),
    "stack_last": lambda x, y: ops.stack([x, y], axis=-1),
}
JOINING = (
    each("ops_joins", JOINS, _GIVEN, _GIVEN),
    op("ops_unstack", lambda x: ops.unstack(x, 4, axis=1), _GIVEN),
    op("ops_hstack", lambda x: ops.hstack([x, x]), floats(4, 1)),
    op("ops_dstack", lambda x: ops.dstack([x, x]), floats(4, 1)),
    op("ops_vstack", lambda x, y: ops.vstack([x, y]), floats(4), floats(4), batch=2),
    op("ops_split", lambda x: ops.split(x, 3, axis=-1), _GIVEN),
    op("ops_split_at", lambda x: ops.split(x, [1, 3], axis=1), _GIVEN),
    op("ops_array_split", lambda x: ops.array_split(x, 4, axis=-1), _GIVEN),
    op("ops_hsplit_dsplit", lambda x: (*ops.hsplit(x, 2), *ops.dsplit(x, 3)), _GIVEN),
    op("ops_vsplit", lambda x: ops.vsplit(x, 2), floats(4), batch=2),
    op("ops_tile", lambda x: ops.tile(x, (1, 2, 3)), _GIVEN),
    op("ops_repeat", lambda x: ops.repeat(x, 3, axis=1), _GIVEN),
    op("ops_repeat_unevenly", lambda x: ops.repeat(x, np.array([1, 0, 2, 1]), axis=1), _GIVEN),
    op("ops_broadcast_to", lambda x: ops.broadcast_to(x, (2, 4, 6)), floats(1, 6), batch=2),
)
TURNS = {
    "roll": lambda x: ops.roll(x, 2, axis=1),
    "flip": lambda x: ops.flip(x, axis=1),
    "flip_both": lambda x: ops.flip(x, axis=(1, 2)),
    "fliplr": ops.fliplr,
    "rot90": lambda x: ops.rot90(x, axes=(1, 2)),
}
TRANSPOSES = {
    "transpose": lambda x: ops.transpose(x, (0, 3, 1, 2)),
    "swapaxes": lambda x: ops.swapaxes(x, 1, 3),
    "moveaxis": lambda x: ops.moveaxis(x, 1, -1),
    "rearrange": lambda x: ops.rearrange(x, "b i j k -> b k (i j)"),
}
MOVING = (
    each("ops_turns", TURNS, _GIVEN),
    op("ops_flipud", ops.flipud, _GIVEN, batch=2),
    each("ops_transposes", TRANSPOSES, _CUBE),
    op("ops_expand_dims", lambda x: ops.expand_dims(x, (1, 3)), _GIVEN),
    op("ops_squeeze", lambda x: ops.squeeze(x, axis=2), floats(4, 1, 3)),
    op("ops_reshape", lambda x: ops.reshape(x, (-1, 3, 8)), _GIVEN),
    op("ops_reshape_by_shape", lambda x: ops.reshape(x, (ops.shape(x)[0], 24)), _GIVEN),
    op("ops_ravel", ops.ravel, _GIVEN),
    op("ops_space_to_depth", lambda x: ops.space_to_depth(x, 2), floats(4, 6, 3)),
    op("ops_depth_to_space", lambda x: ops.depth_to_space(x, 2), floats(2, 3, 8)),
    op("space_to_depth_by_reshaping", _blocks, floats(4, 6, 3)),
    op("ops_of_any_length", _row_of_length, floats(None, 4)),
)
PADDING = (
    *map(_padded, ("constant", "reflect", "symmetric")),
    op(
        "ops_pad_with_value",
        lambda x: ops.pad(x, ((0, 0), (1, 1), (0, 2)), "constant", 0.7),
        _GIVEN,
    ),
    op("ops_pad_integers", lambda x: ops.pad(x, ((0, 0), (1, 2))), integers(9, 5)),
)
MAKING = (
    op("ops_making_vectors", _made, floats(6)),
    op("ops_windows", _windows, floats(6)),
    op("ops_bartlett", lambda x: x + ops.bartlett(6), floats(6)),
    op("ops_making_matrices", _matrices_made, floats(6)),
    op("ops_making_alike", _like, floats(6)),
    op("ops_meshgrid", _meshed, _GIVEN),
    op("ops_triu_tril", lambda x: ops.triu(x, 1) + ops.tril(x, -1) * 2.0, floats(5, 5)),
    op("ops_diagonal", lambda x: ops.diagonal(x, 1, axis1=1, axis2=2), floats(4, 5)),
    op("ops_diag", ops.diag, floats(5), batch=5),
    op("ops_diagflat", ops.diagflat, floats(3), batch=2),
    op("ops_vander", lambda x: ops.vander(x[0], 3), floats(4), batch=2),
)


CASES = (*INDEXING, *JOINING, *MOVING, *PADDING, *MAKING)
