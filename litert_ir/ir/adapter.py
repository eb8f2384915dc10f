"""The map between the flat, ordered tensors of a LiteRT file and a nested call's structure."""

from __future__ import annotations

from collections import Counter

import attrs

from litert_ir.errors import PlanError
from litert_ir.ir.path import Path


@attrs.frozen
class Binding:
    """One tensor of the file and its place in the nested structure.

    Attributes:
        name: The tensor's name in the LiteRT file.
        path: The model's argument (or ``output``), and the position below it.
    """

    name: str
    path: Path

    def __str__(self) -> str:
        return f"{self.name} = {self.path}"


def _unique(_instance: object, attribute: attrs.Attribute[object], value: object) -> None:
    if not isinstance(value, tuple):
        raise TypeError(f"{attribute.name} is a tuple, received {value!r}")
    for facet in ("name", "path"):
        repeated = [
            str(item)
            for item, count in Counter(getattr(binding, facet) for binding in value).items()
            if count > 1
        ]
        if repeated:
            raise PlanError(
                f"An adapter binds each {facet} once.",
                where=attribute.name,
                received=f"more than one {', '.join(repeated)}",
            )


@attrs.frozen(kw_only=True)
class AdapterSpec:
    """The order and names of the file's tensors, each bound to its place in the call.

    Attributes:
        inputs: In the order of the file's inputs.
        outputs: In the order of the file's outputs.

    Raises:
        PlanError: When a name or a path is bound twice.
    """

    inputs: tuple[Binding, ...] = attrs.field(validator=_unique)
    outputs: tuple[Binding, ...] = attrs.field(validator=_unique)
