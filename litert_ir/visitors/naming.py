"""Name every tensor of an interface by the name that users know, uniquely."""

from __future__ import annotations

import itertools
from collections.abc import Container, Mapping, Sequence

import attrs
from typing_extensions import override

from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import Leaf, collect_leaves
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import TensorSpec
from litert_ir.visitors.rebuild import Rebuild

Roots = Sequence[tuple[Path, SignatureNode]]


def natural_name(path: Path, own_name: str | None, *, argument_named: bool) -> str:
    """Return the name of one tensor, before duplicate names are numbered.

    A tensor reached through dict keys is named by these keys; one in a sequence or alone has Keras'
    name, else its argument's name and its index.

    Args:
        path: The path of the tensor.
        own_name: Keras' name for it (that of its input or output layer), if any.
        argument_named: Whether the argument's own name is part of the interface, as in a
            call of several arguments.

    Example:
        >>> natural_name(Path("inputs", ("image",)), None, argument_named=False)
        'image'
        >>> natural_name(Path("pair", (0,)), None, argument_named=True)
        'pair_0'
    """
    if own_name and not (path.steps and isinstance(path.steps[-1], str)):
        return own_name
    starts_with_key = bool(path.steps) and isinstance(path.steps[0], str)
    parts = [] if starts_with_key and not argument_named else [path.root]
    return "_".join([*parts, *(str(step) for step in path.steps)])


@attrs.frozen
class Rename(Rebuild):
    """A visitor that gives each tensor the name of its path in a table."""

    names: Mapping[Path, str]

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return attrs.evolve(spec, name=self.names[path])


def assign_names(
    roots: Roots, own_names: Mapping[Path, str], *, arguments_named: bool
) -> tuple[SignatureNode, ...]:
    """Name all tensors of an interface.

    Names depend on the structure alone, so that the same structure has the same names in every
    process. Duplicate names are numbered by their occurrence: ``dense``, ``dense_1``.

    Args:
        roots: Each tree with the path of its root.
        own_names: Keras' name for the tensor at a path, where it has one.
        arguments_named: See `natural_name`.

    Returns:
        The trees, in order, with every tensor renamed.
    """
    leaves = [leaf for path, node in roots for leaf in collect_leaves(node, path)]
    wanted = [
        natural_name(leaf.path, own_names.get(leaf.path), argument_named=arguments_named)
        for leaf in leaves
    ]
    names = _tell_apart(leaves, wanted)
    return tuple(fold(node, Rename(names), path) for path, node in roots)


def _tell_apart(leaves: Sequence[Leaf], wanted: Sequence[str]) -> dict[Path, str]:
    taken = set(wanted)
    seen: set[str] = set()
    names: dict[Path, str] = {}
    for leaf, name in zip(leaves, wanted, strict=True):
        unique = _numbered(name, taken) if name in seen else name
        seen.add(name)
        taken.add(unique)
        names[leaf.path] = unique
    return names


def _numbered(name: str, taken: Container[str]) -> str:
    return next(free for i in itertools.count(1) if (free := f"{name}_{i}") not in taken)
