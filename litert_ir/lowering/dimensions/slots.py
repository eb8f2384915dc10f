"""Group the dynamic dimensions of a signature into slots whose sizes can be tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
from typing_extensions import override

from litert_ir.ir.dimensions import BATCH_NAME, StaticShapes
from litert_ir.ir.fold import fold
from litert_ir.ir.path import Path
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DynamicDim, TensorSpec
from litert_ir.visitors.rebuild import Rebuild

Place = tuple[int, int]
"""A dimension: the index of the input, and the axis."""
Sizes = tuple[int, ...]
"""One size for each slot."""


@attrs.frozen
class Slot:
    """A dynamic dimension, or all dimensions to which the user gave one name.

    Attributes:
        places: Its inputs and axes.
        dim: The dimension in the signature.
    """

    places: tuple[Place, ...]
    dim: DynamicDim

    def admits(self, size: int) -> bool:
        """Return whether the user's bounds admit this size."""
        return self.dim.admits(size)


def places_of(signature: Signature) -> Iterator[tuple[Place, DynamicDim]]:
    """Yield the dynamic dimensions of a signature, including the batch."""
    for index, spec in enumerate(signature.tensors):
        for axis, dim in enumerate(spec.shape):
            if isinstance(dim, DynamicDim):
                yield (index, axis), dim


def slots_of(signature: Signature) -> tuple[Slot, ...]:
    """Group the dynamic dimensions that are not the batch into slots.

    The batch is the dimension with the common name of all leading dimensions; else with the name
    ``batch``.
    """
    leading = {dim.name for (_, axis), dim in places_of(signature) if not axis}
    batch = leading if len(leading) == 1 else {BATCH_NAME, None}
    slots: dict[object, Slot] = {}
    for place, dim in places_of(signature):
        if (dim.name in batch) if place[1] == 0 else (dim.name in batch - {None}):
            continue
        key = place if dim.name is None else dim.name
        places = slots[key].places if key in slots else ()
        slots[key] = Slot((*places, place), dim)
    return tuple(slots.values())


def shapes_at(
    signature: Signature, slots: tuple[Slot, ...], sizes: Sizes, batch: int
) -> StaticShapes:
    """Compute the shapes of all inputs.

    Args:
        signature: The inputs.
        slots: Their dynamic dimensions.
        sizes: The sizes of the slots.
        batch: The size of every other dynamic dimension.
    """
    size_at = {
        place: size for slot, size in zip(slots, sizes, strict=True) for place in slot.places
    }
    return tuple(
        tuple(
            dim if isinstance(dim, int) else size_at.get((index, axis), batch)
            for axis, dim in enumerate(spec.shape)
        )
        for index, spec in enumerate(signature.tensors)
    )


def with_dims(signature: Signature, dims: Mapping[Place, DynamicDim]) -> Signature:
    """Replace the dynamic dimensions of a signature at some places."""
    paths = {leaf.path: index for index, leaf in enumerate(signature.leaves)}
    visitor = _WithDims(paths, dims)
    return Signature(
        tuple(
            Argument(arg.name, fold(arg.value, visitor, arg.path), keyword_only=arg.keyword_only)
            for arg in signature.arguments
        )
    )


@attrs.frozen
class _WithDims(Rebuild):
    """A visitor that replaces dimensions at places.

    Attributes:
        indices: Each tensor's index among the inputs.
        dims: The dimensions.
    """

    indices: Mapping[Path, int]
    dims: Mapping[Place, DynamicDim]

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> TensorSpec:
        index = self.indices[path]
        shape = tuple(self.dims.get((index, axis), dim) for axis, dim in enumerate(spec.shape))
        return attrs.evolve(spec, shape=shape)
