"""Values that no argument is meant to take, and some that some do."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import numpy as np

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow

Values = tuple[Any, ...]


class _Refuses:
    """An object each of whose methods raises."""

    def _refuse(self, *_: object) -> NoReturn:
        raise RuntimeError("no")

    __repr__ = __str__ = __eq__ = __bool__ = __len__ = __iter__ = __contains__ = _refuse
    __getitem__ = __getattr__ = __float__ = __int__ = __index__ = __fspath__ = _refuse
    __hash__ = object.__hash__


class _NoText(str):
    """A string that refuses to be shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        raise ValueError("no")


def _endless_list() -> list[Any]:
    endless: list[Any] = []
    endless += [endless]
    return endless


def doubled_list() -> list[Any]:
    """A small list that holds more parts than there are atoms in a mountain."""
    doubled: list[Any] = []
    for _ in range(60):
        doubled = [doubled, doubled]
    return doubled


def _endless_dict() -> dict[str, Any]:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    return endless


def absurd_values() -> tuple[Any, ...]:
    """Of all types, of which iterators can be used once; made anew by each call."""
    keras, tf = load_keras(), load_tensorflow()
    numbers = (0, 1, -1, 3, 2**31, 2**40, 2**63, 10**30, 10**5000, 1.5, float("nan"), -0.0)
    others = (True, False, None, ..., NotImplemented, complex(1, 2), float("inf"), 1e300)
    texts = ("", "x", "DEFAULT", "int8", "float16", "TFLITE_BUILTINS_INT8", "arm64", "intel:LNL")
    odd_texts = ("nope:x", ":", "é", "\0", "\ud800", "x" * 5000, b"int8", bytearray(b"x"))
    arrays = (np.array([1, 2]), np.zeros((0,)), np.array(["a"]), np.float32(1), np.int64(4))
    tensors = (tf.constant([1.0]), keras.KerasTensor((1, 4)), tf.ragged.constant([[1], [2, 3]]))
    members = (tf.lite.Optimize.DEFAULT, tf.lite.OpsSet.SELECT_TF_OPS, tf.float16, np.int8, int)
    own = (lir.Precision.INTEGER, lir.Quantization.named("dynamic"), lir.Direct(), lir.Direct)
    lists: Values = ([], [[]], [None], ["DEFAULT"], ("DEFAULT", 1), {1, 2}, frozenset(), range(3))
    mappings: Values = ({}, {"a": 1}, {None: 1}, {("a",): 1}, {"supported_ops": None}, {"foo": 1})
    iterators = (iter(["DEFAULT"]), itertools.count(), (item for item in ["DEFAULT"]))
    hostile = (_Refuses(), [_Refuses()], {"a": _Refuses()}, {_Refuses(): 1}, _NoText("DEFAULT"))
    nested = (_endless_list(), _endless_dict())
    things: Values = (object(), type, lambda: iter([]), Path("a"), np.datetime64("2020"), slice(1))
    return (
        *(*numbers, *others, *texts, *odd_texts, *arrays, *tensors, *members, *own),
        *(*lists, *mappings, *iterators, *hostile, *nested, *things),
    )


def absurd_value(random: Random, depth: int = 0) -> Any:
    """One of them, or a list or a dict of some."""
    kind = random.random()
    if kind < 0.8 or depth > 2:
        return random.choice(absurd_values())
    items = [absurd_value(random, depth + 1) for _ in range(random.randrange(4))]
    if kind < 0.9:
        return items
    names = ("supported_ops", "supported_types", "a", "b", "inputs", 0, None)
    return {random.choice(names): item for item in items}
