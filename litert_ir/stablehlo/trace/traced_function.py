"""The result of tracing: a StableHLO function of the weights and the inputs."""

from __future__ import annotations

import attrs

from litert_ir.stablehlo.weights.expressions import Parameter


@attrs.frozen
class InputArgument:
    """An argument that is one of the plan's inputs.

    Attributes:
        index: Its place in the plan's inputs.
        dynamic_axes: Its dynamic dimensions but for the batch.
        has_dynamic_batch: Whether its first dimension is dynamic, too.
    """

    index: int
    dynamic_axes: tuple[int, ...] = ()
    has_dynamic_batch: bool = False


Argument = Parameter | InputArgument


@attrs.frozen(kw_only=True)
class Traced:
    """A model as StableHLO, with the weights outside.

    Attributes:
        module: The text of an MLIR module with a function ``main``.
        arguments: The role of each argument of ``main``, in order.
        results: For each of the plan's outputs, which result of ``main`` it is.
    """

    module: str = attrs.field(repr=False)
    arguments: tuple[Argument, ...]
    results: tuple[int, ...]
