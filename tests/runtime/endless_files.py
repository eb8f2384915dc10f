"""A file whose loop never ends: each of its steps adds 0 to the counter."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import litert_ir as lir
from litert_ir.backends import load_keras
from tests.conversion.stubs import edited

STEPS = 7


@functools.cache
def counting_model() -> Any:
    """A Keras model ``x`` (2, 3) -> ``y`` with a loop of a few steps."""
    keras = load_keras()
    layer_class: Any = keras.layers.Layer

    class Counting(layer_class):  # type: ignore[misc]  # keras has no type stubs
        """Halves its input in each step of a loop."""

        def call(self, x: Any) -> Any:
            def step(count: Any, value: Any) -> Any:
                return count + 1, value * 0.5

            return keras.ops.while_loop(lambda count, _: count < STEPS, step, (0, x))[1]

    x = keras.Input((3,), batch_size=2, name="x")
    return keras.Model(x, {"y": Counting()(x)})


@functools.cache
def looping(*, endless: bool) -> bytes:
    """The file of `counting_model`, or one whose loop never ends."""
    model = counting_model()
    content = lir.execute(lir.plan_for(model), model, verify=False).content
    assert content is not None
    return edited(content, _without_steps) if endless else content


def _without_steps(model: Any) -> None:
    """Make the constant 1 that the counter grows by a 0."""
    one = np.int32(1).tobytes()
    steps = [
        buffer
        for buffer in model.buffers
        if buffer.data is not None and bytes(bytearray(buffer.data)) == one
    ]
    assert steps
    for buffer in steps:
        buffer.data = list(bytes(4))
