"""The models that recipes are compared on, with their samples.

Keras is imported when a subject is built, never when this module is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import attrs
import numpy as np

from benchmarks.contenders import SEQUENCE
from benchmarks.quantized.samples import Sample, picture, stacked, text, variation
from benchmarks.workloads import SEED, Workload, build

if TYPE_CHECKING:
    import keras

Draw: TypeAlias = Callable[[np.random.Generator], Sample]

SUBJECTS = (Workload.MOBILENET_V2, Workload.HUB_BERT, Workload.TINY_DENSE)
"""The workloads that recipes can be compared on."""

LISTED_SUBJECTS = (Workload.MOBILENET_V2, Workload.HUB_BERT)
"""The workloads that are compared by default."""

FITTED_ON = 32
"""Pictures, or texts, that weights are fitted to: as many classes of pictures are known."""

SIDE = 224


@attrs.frozen(eq=False, kw_only=True)
class Subject:
    """A model, a generator of its samples, and the fit of its weights.

    Fitting takes gigabytes for a moment, which a process does not give back to the kernel at
    once: what is measured afterwards in the same process would come out too small. So weights
    are fitted in a process of their own, see `benchmarks.quantized.fit`.

    Args:
        model: With Keras' initial weights.
        draw: Draws a sample.
        fit: Gives the model weights that depend on nothing but `SEED`.
    """

    model: keras.Model
    draw: Draw
    fit: Callable[[], None]

    def samples(self, seed: int, count: int) -> list[Sample]:
        """Draw samples that depend on the seed alone."""
        generator = np.random.default_rng(seed)
        return [self.draw(generator) for _ in range(count)]


def subject(workload: Workload) -> Subject:
    """Build a model, the same at every call; it is not fitted yet.

    Args:
        workload: One of `SUBJECTS`.

    Raises:
        ValueError: When it is another workload.
    """
    known: dict[Workload, Callable[[], Subject]] = {
        Workload.MOBILENET_V2: _mobilenet,
        Workload.HUB_BERT: _bert,
        Workload.TINY_DENSE: _tiny_dense,
    }
    if workload not in known:
        names = ", ".join(each.value for each in known)
        msg = f"workload: recipes are compared on {names}; received {workload.value}"
        raise ValueError(msg)
    return known[workload]()


def _mobilenet() -> Subject:
    model = build(Workload.MOBILENET_V2)
    generator = np.random.default_rng(SEED)
    images = np.stack([picture(generator, SIDE) for _ in range(FITTED_ON)])
    name = model.layers[0].name

    def draw(generator: np.random.Generator) -> Sample:
        return {name: variation(generator, generator.choice(images))[None]}

    def fit() -> None:
        from benchmarks.quantized.networks import fit_mobilenet

        fit_mobilenet(model, images, generator)

    return Subject(model=model, draw=draw, fit=fit)


def _bert() -> Subject:
    model = build(Workload.HUB_BERT)

    def draw(generator: np.random.Generator) -> Sample:
        return text(generator, model.backbone.vocabulary_size, SEQUENCE)

    def fit() -> None:
        from benchmarks.quantized.networks import fit_bert

        generator = np.random.default_rng(SEED)
        texts = stacked([draw(generator) for _ in range(FITTED_ON)])
        fit_bert(model, texts, generator)

    return Subject(model=model, draw=draw, fit=fit)


def _tiny_dense() -> Subject:
    def draw(generator: np.random.Generator) -> Sample:
        return {"features": generator.standard_normal((1, 4)).astype(np.float32)}

    return Subject(model=build(Workload.TINY_DENSE), draw=draw, fit=lambda: None)
