"""A row of the table: a Keras model with dynamic dimensions, and sizes that it runs at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from litert_ir.backends import load_keras

Shape = tuple[int, ...]
Shapes = tuple[Shape, ...]


@attrs.frozen
class DynamicCase:
    """A model with dynamic dimensions.

    Attributes:
        name: The test's name.
        build: Makes it, with a batch and other dimensions that are dynamic.
        runs_at: Shapes of all inputs, in order; a plan that does not admit one of them is too
            narrow. They are odd, unequal, and not what anybody would trace.
        largest: No larger sizes are drawn, unless the plan's minimum is above.
        integers_below: The exclusive bound of integer inputs.
        signature: Makes the ``input_signature`` to export with; None for the model's own.
        refused: What a refusal says, where the model may be refused; "" where it must not be.
        slow: Whether its tests take more than ten seconds.
    """

    name: str
    build: Callable[[], Any] = attrs.field(repr=False)
    runs_at: tuple[Shapes, ...]
    largest: int = attrs.field(default=96, kw_only=True)
    integers_below: int = attrs.field(default=10, kw_only=True)
    signature: Callable[[], Any] | None = attrs.field(default=None, kw_only=True, repr=False)
    refused: str = attrs.field(default="", kw_only=True)
    slow: bool = attrs.field(default=False, kw_only=True)

    def model(self) -> Any:
        """The model, with the same weights each time, none of whose biases is zero."""
        keras = load_keras()
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        model = self.build()
        with_offsets(model)
        return model


def with_offsets(model: Any) -> None:
    """Give biases and means that are zero other values, so that borders and paddings show."""
    rng = np.random.default_rng(2)
    for variable in model.variables:
        is_offset = variable.path.rpartition("/")[2] in ("bias", "beta", "moving_mean")
        if is_offset and not np.any(np.asarray(variable)):
            variable.assign(rng.uniform(0.2, 0.9, variable.shape).astype(variable.dtype))
