"""A family of KerasHub's models: a tiny one of them, and what is expected of its export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import keras

import litert_ir as lir
from tests.hub.families.samples import Draw
from tests.hub.families.weights import randomize

LENGTH = 16
"""Tokens of a sample where nothing else is said."""

Shapes = Mapping[str, tuple[int, ...]]


@attrs.frozen
class FixedBatch:
    """A batch that does not vary.

    Attributes:
        size: How many samples.
        reason: Why the file cannot take any number of them.
    """

    size: int
    reason: str


@attrs.frozen(kw_only=True)
class Refused:
    """There is no file.

    Attributes:
        error: What is raised, by the plan or by its execution.
        says: A part of the error's text.
        reason: Why it cannot be otherwise.
    """

    error: type[lir.LiteRTIRError]
    says: str
    reason: str


@attrs.frozen(kw_only=True)
class Family:
    """One line of the table.

    Attributes:
        cls: The model's class.
        variant: What tells it from another model of the class; empty for the plain one.
        build: Makes the model, with whatever weights.
        inputs: The shapes of the file's inputs without the batch, in the file's order.
        sizes: What the caller has to say, as keywords of `litert_ir.plan_for`.
        tokens: Token ids lie below this.
        draws: How values are drawn for inputs that differ from what their names suggest.
        batch: The batch, where it cannot be dynamic.
        refused: Why there is no file, where there is none.
        slow: Whether it takes more than ten seconds.
        vague: Outputs that hardly vary with the inputs, by their nature.
    """

    cls: type
    variant: str = ""
    build: Callable[[], Any]
    inputs: Shapes
    sizes: Mapping[str, Any] = attrs.field(factory=dict)
    tokens: int = 10
    draws: Mapping[str, Draw] = attrs.field(factory=dict)
    batch: FixedBatch | None = None
    refused: Refused | None = None
    slow: bool = False
    vague: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in the table."""
        return f"{self.cls.__name__}-{self.variant}" if self.variant else self.cls.__name__

    def model(self) -> Any:
        """A new model whose outputs are of order one; always the same."""
        keras.backend.clear_session()
        keras.utils.set_random_seed(0)
        model = self.build()
        randomize(model)
        return model
