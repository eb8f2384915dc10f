"""Hide positions, and masks that compare them, from TensorFlow's constant folding.

At known sizes, TensorFlow folds a causal mask: a window that is longer than the sequence vanishes,
and a long sequence gives a constant with millions of elements. Sinusoids of positions become a
table that does not extrapolate to longer sequences. So an opaque zero is added to positions and to
the operands of comparisons before the passes run. It is removed after them, and positions that are
used by more than masks become opaque calls.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from litert_ir.stablehlo.mlir.creation import Place, after, attribute_of, before
from litert_ir.stablehlo.mlir.functions import (
    argument_attributes,
    block_of,
    declare_type,
    set_argument_attributes,
)
from litert_ir.stablehlo.mlir.interfaces import Attribute, Operation, Value
from litert_ir.stablehlo.mlir.locations import unknown_location
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    is_static,
    producer,
    shape_of,
    tensor_type,
    users,
)
from litert_ir.stablehlo.rewrites.indexing.computed_positions import POSITIONS
from litert_ir.stablehlo.rewrites.indexing.position_masks import BAND, DIRECTIONS

_ZERO = "litert_ir.zero"
_NAME = "tf._user_specified_name"
_SUM = "tf.AddV2"
_CAST = "tf.Cast"
_CONSTANT = "tf.Const"
_RANGE = "tf.Range"
_COUNTING = (_RANGE, "tf.Cumsum")
_CALL = "stablehlo.custom_call"
_ZERO_DTYPE = "int32"
_WHOLE = ("int32", "int64")
_COUNTED = (*_WHOLE, "float32")
_SIZES = frozenset({"tf.Shape", "tf.Size"})
_KNOWN_WITH_SIZES = frozenset({"tf.Const", "tf.OnesLike", "tf.Rank", "tf.ZerosLike", *_SIZES})
_KEPT_OPERAND = dict.fromkeys(DIRECTIONS, 0) | {BAND: 1}
"""The operand that gets the zero added: one of the comparison, or the width of a band."""


def hide_from_folding(main: Operation, *, with_positions: bool) -> None:
    """Add a zero to positions and what masks compare; it becomes the last argument, in place.

    Args:
        main: The function, of which the arguments alone have static shapes; nothing is done where
            it has none of these. Its type is not changed.
        with_positions: Whether positions and sizes are hidden, too, that are computed with.
    """
    block, known = block_of(main), dict[Value, bool]()
    ops = [item.operation for item in block.operations]
    masks = [op for op in ops if _is_mask(op, known)]
    computed = [op for op in ops if with_positions and _is_computed_with(op, known)]
    if not masks and not computed:
        return
    attributes = argument_attributes(main)
    zero = block.add_argument(tensor_type((), _ZERO_DTYPE), unknown_location())
    set_argument_attributes(main, [*attributes, {_NAME: attribute_of(_ZERO)}])
    for op in computed:
        _hide_result(op, zero, known)
    for op in masks:
        position = _KEPT_OPERAND[op.name]
        if not _is_hidden(op.operands[position], zero):
            op.operands[position] = _plus(op.operands[position], zero, before(op))


def _hide_result(op: Operation, zero: Value, known: dict[Value, bool]) -> None:
    """Add the zero to an op's result in all its uses, unless they make shapes of it."""
    (result,) = op.results
    uses = [(use.owner.operation, use.operand_number) for use in result.uses]
    uses = [(user, at) for user, at in uses if not _makes_sizes(user, known)]
    if not uses:
        return
    hidden = _plus(result, zero, after(op))
    for user, position in uses:
        user.operands[position] = hidden


def _is_hidden(value: Value, zero: Value) -> bool:
    """Tell whether the zero was added to a value: a second one would be hard to remove."""
    op = producer(value)
    if op is None or op.name != _SUM:
        return False
    makers = [producer(operand) for operand in op.operands]
    casts = [maker for maker in makers if maker is not None and maker.name == _CAST]
    return zero in [*op.operands, *(cast.operands[0] for cast in casts)]


def _plus(value: Value, zero: Value, place: Place) -> Value:
    if dtype_of(value) != _ZERO_DTYPE:
        zero = place.value(_CAST, [zero], tensor_type((), dtype_of(value)))
    return place.value(_SUM, [value, zero], value.type)


def _is_mask(op: Operation, known: dict[Value, bool]) -> bool:
    """Tell whether an op compares values that follow from sizes alone, in such a shape."""
    if op.name not in _KEPT_OPERAND or is_static(op.results[0]):
        return False
    if dtype_of(op.operands[_KEPT_OPERAND[op.name]]) not in _WHOLE:
        return False
    positions = list(op.operands)[1:] if op.name == BAND else list(op.operands)
    return all(_follows_from_sizes(value, known) for value in positions)


def _is_computed_with(op: Operation, known: dict[Value, bool]) -> bool:
    """Tell whether an op gives positions, or a size to compute with, that sizes alone decide."""
    if op.name == _CAST:
        return _is_size_as_float(op, known)
    if op.name not in _COUNTING or is_static(op.results[0]):
        return False
    return dtype_of(op.results[0]) in _COUNTED and _follows_from_sizes(op.results[0], known)


def _is_size_as_float(op: Operation, known: dict[Value, bool]) -> bool:
    (value,), (result,) = op.operands, op.results
    if dtype_of(value) not in _WHOLE or dtype_of(result) != "float32":
        return False
    is_number = is_static(result) and not shape_of(result)
    return is_number and _follows_from_sizes(result, known) and _reads_sizes(op)


def _reads_sizes(op: Operation) -> bool:
    makers = [maker for maker in map(producer, op.operands) if maker is not None]
    return any(maker.name in _SIZES or _reads_sizes(maker) for maker in makers)


def _makes_sizes(op: Operation, known: dict[Value, bool]) -> bool:
    """Tell whether an op's result may be used as a shape, which has to be known."""
    if op.name == _RANGE or (op.name == _CAST and dtype_of(op.results[0]) in _WHOLE):
        return not shape_of(op.operands[0])
    is_of_sizes = all(_follows_from_sizes(result, known) for result in op.results)
    if not op.results or not is_of_sizes:
        return False
    return any(_makes_sizes(user, known) for result in op.results for user in users(result))


def _follows_from_sizes(value: Value, known: dict[Value, bool]) -> bool:
    waiting = [value]
    while waiting:
        last = waiting[-1]
        if last not in known:
            op = producer(last)
            taken = [] if op is None or op.name in _KNOWN_WITH_SIZES else list(op.operands)
            unknown = [item for item in taken if item not in known]
            if unknown:
                waiting.extend(unknown)
                continue
            known[last] = op is not None and all(known[item] for item in taken)
        waiting.pop()
    return known[value]


def hidden_masks(main: Operation) -> list[Operation]:
    """Remove the zero that `hide_from_folding` added, in place, and return the ops that had it."""
    block = block_of(main)
    attributes = argument_attributes(main)
    if not attributes or not _is_zero(attributes[-1]):
        return []
    zero = block.arguments[len(block.arguments) - 1]
    masks = _freed(zero)
    block.erase_argument(len(block.arguments) - 1)
    set_argument_attributes(main, attributes[:-1])
    declare_type(main)
    return masks


def _is_zero(attributes: Mapping[str, Attribute]) -> bool:
    """Tell whether attributes are those of the argument that `hide_from_folding` adds."""
    return _NAME in attributes and attributes[_NAME] == attribute_of(_ZERO)


def _freed(zero: Value) -> list[Operation]:
    """The masks, which take what the zero was added to; additions and casts are erased.

    Others than masks take it from a call of `POSITIONS`.
    """
    masks: list[Operation] = []
    for op in dict.fromkeys(use.owner.operation for use in zero.uses):
        if op.name == _CAST:
            masks.extend(_freed(op.results[0]))
            op.erase()
        else:
            masks.extend(_told(op, _without(op, zero)))
            if not list(op.results[0].uses):
                op.erase()
    return masks


def _without(op: Operation, zero: Value) -> Value:
    """Return an addition without the zero; passes may have made a subtraction of it."""
    if op.name == _SUM:
        (value,) = (operand for operand in op.operands if operand != zero)
        return value
    none = {"value": np.zeros((), dtype_of(zero))}
    known = before(op).value(_CONSTANT, [], zero.type, none)
    for position, operand in enumerate(op.operands):
        if operand == zero:
            op.operands[position] = known
    return op.results[0]


def _told(op: Operation, value: Value) -> list[Operation]:
    """Replace an addition by its value in all uses; return the masks among the users."""
    uses = [(use.owner.operation, use.operand_number) for use in op.results[0].uses]
    compared = [use for use in uses if _KEPT_OPERAND.get(use[0].name) == use[1]]
    for owner, position in compared:
        owner.operands[position] = value
    others = [use for use in uses if use not in compared]
    called = _called(op, value) if others else value
    for owner, position in others:
        owner.operands[position] = called
    return [owner for owner, _ in compared]


def _called(op: Operation, value: Value) -> Value:
    """Replace an op by a call that no pass folds, and return the call's result."""
    return after(op).value(_CALL, [value], value.type, {"call_target_name": POSITIONS})
