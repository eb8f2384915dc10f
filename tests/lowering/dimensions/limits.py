"""An oracle with known answers, in place of a model."""

from __future__ import annotations

import attrs
from typing_extensions import override

from litert_ir import DType, DynamicDim, TensorSpec
from litert_ir.ir.dimensions import StaticShapes
from litert_ir.ir.nodes import ListNode
from litert_ir.ir.signature import Argument, Signature
from litert_ir.lowering.dimensions.trials import Answer, Oracle, Verdict

BATCH = DynamicDim("batch")


@attrs.frozen
class Limit:
    """The sizes that inputs with one length accept.

    Attributes:
        inputs: Which inputs.
        minimum: The smallest one.
        maximum: The largest one, if any.
        multiple_of: What all are multiples of.
    """

    inputs: tuple[int, ...]
    minimum: int = 1
    maximum: int | None = None
    multiple_of: int = 1

    def admits(self, sizes: set[int]) -> bool:
        """Whether these are one size, within the limits."""
        dim = DynamicDim(minimum=self.minimum, maximum=self.maximum, multiple_of=self.multiple_of)
        return len(sizes) == 1 and dim.admits(min(sizes))


@attrs.define
class Limits(Oracle):
    """Accepts inputs whose second dimensions are within limits.

    Attributes:
        limits: One for each independent length.
        runs: Whether it answers as a model that runs.
        count: How often it was asked.
        known_from: The smallest sizes at which it computes what it does where it knows them.
    """

    limits: tuple[Limit, ...]
    runs: bool = True
    count: int = 0
    known_from: int = 0

    @override
    def __call__(self, shapes: StaticShapes) -> Answer:
        self.count += 1
        for limit in self.limits:
            sizes = {shapes[index][1] for index in limit.inputs}
            if not limit.admits(sizes):
                return Answer(Verdict.REFUSED, f"{sorted(sizes)} is not within {limit}")
        return Answer(Verdict.ACCEPTED)

    @override
    def knows_all(self, shapes: StaticShapes) -> bool:
        return all(shape[1] >= self.known_from for shape in shapes)

    @override
    def at_known_sizes(self) -> Oracle:
        return attrs.evolve(self, known_from=0)


def lengths(*dims: DynamicDim | int) -> Signature:
    """Inputs ``x0``, ``x1``, ... with these second dimensions."""
    tensors = tuple(
        TensorSpec(name=f"x{index}", shape=(BATCH, dim, 3), dtype=DType.FLOAT32)
        for index, dim in enumerate(dims)
    )
    return Signature((Argument("inputs", ListNode(tensors)),))


def found(signature: Signature) -> list[DynamicDim | int]:
    """The second dimensions of the inputs."""
    return [spec.shape[1] for spec in signature.tensors]
