"""Fit a user's input signature to the input structure that a model itself declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from litert_ir.errors import Problem, SignatureError
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import Absent, SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import TensorSpec, admits
from litert_ir.visitors.flatten import flatten, unflatten
from litert_ir.visitors.rebuild import Rebuild


def unwrap(value: Any, declared: SignatureNode, path: Path) -> Any:
    """Bring what the user passed into the declared structure and order, leaves untouched.

    What is to be left out (None) becomes an `Absent` leaf. Accepted are the structure itself,
    the single-element list that wraps it, a flat list in the declared order, and a flat dict by
    tensor name.

    Raises:
        SignatureError: When the structure is another one; the faults are those of the value
            as it was passed.
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
        advice=f"pass a dict with the keys {names}, or leave input_signature out",
    )


def _mismatches(declared: SignatureNode, value: Any, path: Path) -> tuple[Problem, ...]:
    """Where ``value`` differs in structure; None is accepted in place of any tensor."""
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
    """Where the wanted tensors cannot be passed to a model with the declared inputs."""
    wanted_at = {leaf.path: leaf.spec for leaf in collect_leaves(wanted, path)}
    for leaf in collect_leaves(declared, path):
        spec = wanted_at.get(leaf.path)
        if spec is not None and not admits(leaf.spec.sizes, spec.sizes):
            yield Problem(str(leaf.path), f"a shape within {leaf.spec}", str(spec))


class PinBatch(Rebuild):
    """Makes the first dimension of every tensor static.

    Attributes:
        problems: Tensors whose first dimension has another fixed size already.
    """

    def __init__(self, batch_size: int) -> None:
        self.batch_size = int(batch_size)
        self.problems: list[Problem] = []

    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        """Pin one tensor; scalars have no batch."""
        if not spec.shape:
            return spec
        if isinstance(spec.shape[0], int):
            if spec.shape[0] != self.batch_size:
                self.problems.append(Problem(str(path), f"a batch of {self.batch_size}", str(spec)))
            return spec
        return attrs.evolve(spec, shape=(self.batch_size, *spec.shape[1:]))
