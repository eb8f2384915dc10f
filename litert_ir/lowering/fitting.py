"""Fit a user's input signature to the input structure that a model itself declares."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import attrs

from litert_ir.errors import Problem, SignatureError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import INPUT_SIGNATURE, Wording
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import Absent, SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import Dim, DynamicDim, Shape, TensorSpec
from litert_ir.visitors.flatten import flatten, unflatten
from litert_ir.visitors.rebuild import Rebuild


def unwrap(value: Any, declared: SignatureNode, path: Path) -> Any:
    """Bring the user's value into the declared structure and order, leaves untouched.

    None, for an input that is left out, becomes an `Absent` leaf. Accepted are the structure
    itself, the single-element list that wraps it, a flat list in the declared order, and a flat
    dict by tensor name.

    Raises:
        SignatureError: When the structure differs; the faults are those of the value as it was
            passed.
    """
    leaves = collect_leaves(declared, path)
    readings: list[Any] = [value]
    if isinstance(value, list | tuple) and len(value) == 1:
        readings.append(value[0])
    if isinstance(value, list | tuple) and len(value) == len(leaves):
        readings.append(unflatten(declared, value, path))
    names = [leaf.spec.name for leaf in leaves]
    if isinstance(value, Mapping) and set(value) == set(names):
        readings.append(unflatten(declared, [value[name] for name in names], path))
    for reading in readings:
        if not _mismatches(declared, reading, path):
            return unflatten(declared, flatten(declared, _without_none(reading), path), path)
    raise SignatureError(
        "input_signature does not have the structure of the model's inputs:",
        _mismatches(declared, value, path),
        advice=advise(
            "pass {dict}, or leave {signature} out",
            dict=Wording(f"a dict with the keys {names}", f"one --input for each of {names}"),
            signature=INPUT_SIGNATURE.alone,
        ),
    )


def _mismatches(declared: SignatureNode, value: Any, path: Path) -> tuple[Problem, ...]:
    """List the paths at which ``value`` differs in structure; None may replace any tensor."""
    try:
        flatten(declared, _without_none(value), path)
    except SignatureError as error:
        return error.problems
    return ()


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return Absent() if value is None else value


def conflicts(declared: SignatureNode, wanted: SignatureNode, path: Path) -> Iterator[Problem]:
    """Yield the requested tensors that a model with the declared inputs cannot take."""
    wanted_at = {leaf.path: leaf.spec for leaf in collect_leaves(wanted, path)}
    for leaf in collect_leaves(declared, path):
        spec = wanted_at.get(leaf.path)
        if spec is not None and not fits(leaf.spec.shape, spec.shape):
            yield Problem(str(leaf.path), f"a shape within {leaf.spec}", str(spec))


def fits(declared: Shape, wanted: Shape) -> bool:
    """Return whether tensors of the wanted shape can be passed where a model declares another.

    A dynamic dimension takes sizes within its bounds, and any other dynamic dimension, whose
    bounds then hold. A static one takes its own size only.

    Example:
        >>> length = DynamicDim("length", minimum=20)
        >>> fits((DynamicDim(), 4), (length, 4)), fits((50, 4), (length, 4))
        (True, False)
    """
    return len(declared) == len(wanted) and all(map(_fits_dim, declared, wanted))


def _fits_dim(declared: Dim, wanted: Dim) -> bool:
    if isinstance(declared, int):
        return declared == wanted
    # A size of 0 is a fault of its own, reported elsewhere.
    return isinstance(wanted, DynamicDim) or wanted == 0 or declared.admits(wanted)


class PinBatch(Rebuild):
    """A visitor that fixes the first dimension of every tensor, and all dimensions of its name.

    Args:
        batch_size: The size.
        names: The names of first dimensions.

    Attributes:
        problems: Tensors whose first dimension has another static size, or bounds without this
            size.
    """

    def __init__(self, batch_size: int, names: Collection[str] = ()) -> None:
        self.batch_size = int(batch_size)
        self.names = names
        self.problems: list[Problem] = []

    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        """Fix the batch of one tensor; scalars have no batch."""
        if not spec.shape:
            return spec
        first, *others = spec.shape
        if not fits((first,), (self.batch_size,)):
            self.problems.append(Problem(str(path), f"a batch of {self.batch_size}", str(spec)))
            return spec
        return attrs.evolve(spec, shape=(self.batch_size, *map(self._pinned, others)))

    def _pinned(self, dim: Dim) -> Dim:
        is_batch = isinstance(dim, DynamicDim) and dim.name in self.names
        return self.batch_size if is_batch else dim


def names_of_batches(tensors: Iterable[TensorSpec]) -> frozenset[str]:
    """Return the names of first dimensions."""
    first = (dim for spec in tensors for dim in spec.shape[:1])
    return frozenset(dim.name for dim in first if isinstance(dim, DynamicDim) and dim.name)
