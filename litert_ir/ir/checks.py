"""Check that a tree of tensors is a usable interface, and report all faults in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from typing_extensions import override

from litert_ir.errors import Problem
from litert_ir.errors.shown import shown
from litert_ir.ir.dimensions import same_but_for_source, sizes_text
from litert_ir.ir.fold import SignatureVisitor, fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import MOST_NESTED, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.scalars import is_encodable
from litert_ir.ir.tensor import LARGEST_SIZE, DType, DynamicDim, TensorSpec

Problems = tuple[Problem, ...]

INTERFACE_TYPES = ", ".join(dtype.value for dtype in DType if dtype.is_interface_type)


class CheckVisitor(SignatureVisitor[Problems]):
    """Finds empty containers, dtypes, sizes and names that no LiteRT file can have.

    The runtime hands names on as C strings of UTF-8, which end at the first NUL.
    """

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> Problems:
        found = []
        if not spec.dtype.is_interface_type:
            found.append(Problem(str(path), f"a dtype among {INTERFACE_TYPES}", spec.dtype.value))
        if 0 in spec.shape:
            found.append(Problem(str(path), "dimensions of size 1 or more", str(spec)))
        if any(isinstance(dim, int) and dim > LARGEST_SIZE for dim in spec.shape):
            largest = f"dimensions of size {LARGEST_SIZE} at most"
            found.append(Problem(str(path), largest, shown(spec.sizes)))
        if "\0" in spec.name:
            found.append(Problem(str(path), "a name without NUL characters", shown(spec.name)))
        found += [_no_text(path, text) for text in _texts(spec) if not is_encodable(text)]
        return tuple(found)

    @override
    def visit_absent(self, path: Path) -> Problems:
        return ()

    @override
    def visit_mapping(
        self, path: Path, node: MappingNode, children: tuple[Problems, ...]
    ) -> Problems:
        keys = [_no_text(path, key) for key, _ in node.entries if not is_encodable(key)]
        return (*keys, *_container_problems(path, "{}", children))

    @override
    def visit_list(self, path: Path, node: ListNode, children: tuple[Problems, ...]) -> Problems:
        return _container_problems(path, "[]", children)

    @override
    def visit_tuple(self, path: Path, node: TupleNode, children: tuple[Problems, ...]) -> Problems:
        return _container_problems(path, "()", children)


def _texts(spec: TensorSpec) -> Iterator[str]:
    yield spec.name
    for dim in spec.shape:
        if isinstance(dim, DynamicDim):
            yield from (dim.name or "", dim.source)


def _no_text(path: Path, text: str) -> Problem:
    return Problem(str(path), "text that UTF-8 encodes", shown(text))


def _container_problems(path: Path, empty: str, children: tuple[Problems, ...]) -> Problems:
    if len(path.steps) >= MOST_NESTED:
        return (too_deep(path),)
    if not children:
        return (Problem(str(path), "at least one element", empty),)
    return tuple(problem for child in children for problem in child)


def too_deep(path: Path) -> Problem:
    """The fault of a container that is inside of `MOST_NESTED` others."""
    around = Path(path.root, path.steps[:3])
    return Problem(str(around), f"at most {MOST_NESTED} containers in each other", "more")


Roots = tuple[tuple[Path, SignatureNode], ...]


def check_nodes(roots: Roots) -> Problems:
    """All faults of an interface made of these trees, names included.

    Args:
        roots: Each tree with the path of its root.

    Returns:
        The faults in reading order; empty when the interface is sound.
    """
    return (*check_structure(roots), *_duplicate_names(roots))


def check_structure(roots: Roots) -> Problems:
    """The faults of an interface apart from the tensors' names.

    Among them are dimensions of one name with different bounds, as they have one size in a run. The
    sources of the bounds may differ, as they do not affect the sizes.
    """
    problems = [problem for path, node in roots for problem in fold(node, CheckVisitor(), path)]
    problems += _duplicate_roots(roots)
    problems += _different_bounds(roots)
    if not problems and not any(collect_leaves(node, path) for path, node in roots):
        problems.append(Problem("the signature", "at least one tensor", "none"))
    return tuple(problems)


def _duplicate_roots(roots: Roots) -> Iterator[Problem]:
    for name, count in Counter(path.root for path, _ in roots).items():
        if count > 1:
            yield Problem(name, "argument names that differ", f"{count} arguments named {name!r}")


def _different_bounds(roots: Roots) -> Iterator[Problem]:
    """One problem for each dimension that has other bounds than the first one of its name."""
    first: dict[str, tuple[Path, DynamicDim]] = {}
    leaves = [leaf for path, node in roots for leaf in collect_leaves(node, path)]
    for leaf in leaves:
        for dim in leaf.spec.shape:
            if isinstance(dim, int) or dim.name is None:
                continue
            path, other = first.setdefault(dim.name, (leaf.path, dim))
            if not same_but_for_source(dim, other):
                wanted = f"sizes of {dim.name!r} as in {path}: {sizes_text(other)}"
                yield Problem(str(leaf.path), wanted, sizes_text(dim))


def _duplicate_names(roots: Roots) -> Iterator[Problem]:
    leaves = [leaf for path, node in roots for leaf in collect_leaves(node, path)]
    counts = Counter(leaf.spec.name for leaf in leaves)
    for leaf in leaves:
        if counts[leaf.spec.name] > 1:
            yield Problem(str(leaf.path), "a name that no other tensor has", shown(leaf.spec.name))
