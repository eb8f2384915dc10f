"""Values for a model's weights such that its outputs are of order one and depend on its inputs."""

from __future__ import annotations

from typing import Any

import attrs
import keras
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_LEAST_SCALE = 0.01
"""Layer scales begin below it, and would hide what they scale."""

_EMBEDDINGS = ("class_token", "cls_token", "position_embedding")


@attrs.frozen(kw_only=True)
class _Weight:
    """A variable, as far as its values depend on it.

    Attributes:
        path: Its path, in lower case.
        initial: Its values.
        trainable: Whether it is trained; tables of numbers are not.
    """

    path: str
    initial: Array
    trainable: bool

    @classmethod
    def of(cls, variable: Any) -> _Weight:
        values = keras.ops.cast(variable.value, "float32")
        return cls(
            path=variable.path.lower(),
            initial=np.asarray(keras.ops.convert_to_numpy(values)),
            trainable=bool(variable.trainable),
        )

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.initial.shape

    @property
    def constant(self) -> float | None:
        """The one number that it was filled with; None where there are several."""
        first = float(self.initial.flat[0])
        return first if np.all(self.initial == first) else None

    @property
    def is_table(self) -> bool:
        """Whether it holds numbers that are no weights."""
        return not self.trainable and ("seed" in self.path or self.constant is None)


def randomize(model: Any) -> None:
    """Give every weight and statistic of a model a random value, always the same."""
    rng = np.random.default_rng(0)
    for variable in model.weights:
        if "float" in str(variable.dtype) and 0 not in variable.shape:
            weight = _Weight.of(variable)
            noise = rng.standard_normal(weight.shape).astype(np.float32)
            variable.assign(_statistic(weight, noise, rng))


def _statistic(weight: _Weight, noise: Array, rng: np.random.Generator) -> Array:
    if "moving_variance" in weight.name:
        return rng.uniform(0.5, 1.5, weight.shape).astype(np.float32)
    if "moving_mean" in weight.name:
        return 0.1 * noise
    return weight.initial if weight.is_table else _trained(weight, noise)


def _trained(weight: _Weight, noise: Array) -> Array:
    constant = weight.constant
    if len(weight.shape) < 2 and constant is not None:
        return 0.1 * noise + (0.5 if 0 < abs(constant) < _LEAST_SCALE else constant)
    if "bias" in weight.name:
        return 0.1 * noise
    if "embedding" in weight.name or weight.name in _EMBEDDINGS:
        return 0.7 * noise
    if len(weight.shape) < 2:
        return weight.initial + 0.1 * noise
    return noise * np.float32(_spread(weight))


def _spread(weight: _Weight) -> float:
    """The standard deviation of a kernel; most convolutions are followed by rectifiers."""
    gain = 2.0 if len(weight.shape) == 4 else 1.0
    return float((gain / _summands(weight)) ** 0.5)


def _summands(weight: _Weight) -> int:
    """How many products are added to one number of the result."""
    shape = weight.shape
    if len(shape) == 2:
        return shape[0]
    if len(shape) == 3:
        return max(shape)
    return int(np.prod(shape[:2] if "depthwise" in weight.name else shape[:-1]))
