"""Random Functional models of series and images of any size, as data that can be printed.

A `RandomModel` is one or two chains of steps, each on an input of its own size, that join in one
of several ways. Its ``repr`` is a Python expression that makes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs
from hypothesis import strategies as st

from litert_ir.backends import load_keras
from tests.dynamic.dynamic_case import with_offsets
from tests.dynamic.own_layers import Computed, ResizedTo
from tests.dynamic.random_steps import STEPS_OF_IMAGES, STEPS_OF_SERIES, StepMaker, narrowed

keras = load_keras()
layers, ops = keras.layers, keras.ops

Rank = Literal[1, 2]
Makers = Mapping[str, tuple[StepMaker, st.SearchStrategy[tuple[Any, ...]]]]
MAKERS: Mapping[int, Makers] = {1: STEPS_OF_SERIES, 2: STEPS_OF_IMAGES}


@attrs.frozen
class Step:
    """One step of a chain.

    Attributes:
        kind: A name of `STEPS_OF_SERIES` or `STEPS_OF_IMAGES`.
        arguments: What it is made with.
    """

    kind: str
    arguments: tuple[Any, ...]


@attrs.frozen
class RandomModel:
    """A model of one or two inputs.

    Attributes:
        rank: One for series, two for images.
        first: The steps on the first input.
        second: Those on the second; None where there is one input.
        join: A name of `JOINS`, of how the results become one.
        last: The steps on that.
    """

    rank: Rank
    first: tuple[Step, ...]
    second: tuple[Step, ...] | None
    join: str
    last: tuple[Step, ...]

    def built(self) -> Any:
        """The Keras model, with the same weights each time."""
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        shape = (*[None] * self.rank, 3)
        inputs = [keras.Input(shape, name="first")]
        x = self._chained(self.first, inputs[0])
        if self.second is not None:
            inputs.append(keras.Input(shape, name="second"))
            y = self._chained(self.second, inputs[1])
            x = JOINS[self.rank][self.join](x, y)
        outputs = self._chained(self.last, x)
        model = keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs)
        with_offsets(model)
        return model

    def _chained(self, steps: tuple[Step, ...], x: Any) -> Any:
        for step in steps:
            make, _ = MAKERS[self.rank][step.kind]
            x = narrowed(make(x, *step.arguments))
        return x


def mean_beside(x: Any, y: Any) -> Any:
    """The second's mean, added to every place of the first."""
    axes = tuple(range(1, len(y.shape) - 1))
    mean = Computed(lambda y: ops.mean(y, axis=axes, keepdims=True))(y)
    return layers.Add()([x, layers.Dense(x.shape[-1])(mean)])


def joined_in_time(x: Any, y: Any) -> Any:
    return layers.Concatenate(axis=1)([layers.Dense(4)(x), layers.Dense(4)(y)])


def attending(x: Any, y: Any) -> Any:
    return layers.Attention()([layers.Dense(4)(x), layers.Dense(4)(y)])


def resized(x: Any, y: Any) -> Any:
    return layers.Concatenate()([ResizedTo("nearest")(x, y), y])


Join = Callable[[Any, Any], Any]
JOINS: Mapping[int, Mapping[str, Join]] = {
    1: {"mean beside": mean_beside, "in time": joined_in_time, "attending": attending},
    2: {"mean beside": mean_beside, "resized": resized},
}


def steps(rank: int, most: int) -> st.SearchStrategy[tuple[Step, ...]]:
    """Chains of steps."""
    each = [
        st.builds(Step, st.just(kind), arguments) for kind, (_, arguments) in MAKERS[rank].items()
    ]
    return st.lists(st.one_of(each), min_size=1, max_size=most).map(tuple)


@st.composite
def random_models(draw: st.DrawFn) -> RandomModel:
    """Models of series and images, of one and two inputs."""
    rank: Rank = draw(st.sampled_from((1, 2)))
    has_two = draw(st.booleans())
    return RandomModel(
        rank=rank,
        first=draw(steps(rank, 3)),
        second=draw(steps(rank, 2)) if has_two else None,
        join=draw(st.sampled_from(sorted(JOINS[rank]))) if has_two else "",
        last=draw(steps(rank, 2)),
    )
