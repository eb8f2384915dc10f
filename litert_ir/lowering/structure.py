"""Read nested Python structures of specs, symbolic tensors or arrays into a signature tree."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import attrs

from litert_ir.backends.keras.tensors import is_value, known_sizes, tensor_of, unusual_layout
from litert_ir.backends.model_failures import brief, call_failures
from litert_ir.errors import Problem, SignatureError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.shown import shown
from litert_ir.ir.checks import INTERFACE_TYPES, Roots, check_structure, too_deep
from litert_ir.ir.dimensions import BATCH_NAME
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import (
    MOST_NESTED,
    Absent,
    ListNode,
    MappingNode,
    SignatureNode,
    TupleNode,
)
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import Dim, DType, DynamicDim, Shape, TensorSpec
from litert_ir.lowering.held import held

BATCH = DynamicDim(BATCH_NAME)
GIVEN = "input_signature"
"""The source of bounds in a user's spec that names none."""
UNNAMED = "unnamed"
_PLACEHOLDER = TensorSpec(name=UNNAMED, shape=(), dtype=DType.FLOAT32)


@attrs.define(kw_only=True)
class StructureReader:
    """A reader of one interface, which collects faults to report them together.

    Leaves may be `keras.InputSpec`, `keras.KerasTensor`, `tf.TensorSpec`, `jax.ShapeDtypeStruct`,
    litert_ir's own TensorSpec, or values: arrays, tensors, Python numbers. None represents an input
    that is left out. Only a TensorSpec can name and bound its dynamic dimensions; the first is the
    batch unless it has another name.

    Attributes:
        values_are_examples: Whether a value's first dimension counts as a dynamic batch.
        default_dtypes: By path, the dtype of leaves without one.
        default_dtype: The dtype of all other leaves without one.
        static_batches: Paths of inputs whose batch is fixed, so that an example keeps its own.
        problems: The faults found so far.
        own_names: The name of a leaf's own spec, by its path.
        assumed: Paths of leaves to which ``default_dtype`` was applied.
    """

    values_are_examples: bool = True
    default_dtypes: Mapping[Path, DType] = attrs.field(factory=dict)
    default_dtype: DType | None = None
    static_batches: Container[Path] = ()
    problems: list[Problem] = attrs.field(factory=list)
    own_names: dict[Path, str] = attrs.field(factory=dict)
    assumed: list[Path] = attrs.field(factory=list)

    def read(self, value: Any, path: Path) -> SignatureNode:
        """Read the tree of ``value``; a faulty part becomes a placeholder and a problem."""
        if isinstance(value, TensorSpec):
            self.own_names[path] = value.name
            return attrs.evolve(value, shape=_given_dims(value.shape))
        if value is None or isinstance(value, Absent):
            return Absent()
        if isinstance(value, Mapping | list | tuple) and len(path.steps) >= MOST_NESTED:
            self.problems.append(too_deep(path))
            return _PLACEHOLDER
        if isinstance(value, Mapping):
            return self._mapping(value, path)
        if isinstance(value, list | tuple):
            items = tuple(self.read(item, path.child(i)) for i, item in enumerate(value))
            return ListNode(items) if isinstance(value, list) else TupleNode(items)
        return self._leaf(value, path)

    def _mapping(self, value: Mapping[Any, Any], path: Path) -> SignatureNode:
        odd = [key for key in value if not isinstance(key, str) or not key]
        if odd:
            self._note(path, "a mapping whose keys are non-empty strings", f"the keys {shown(odd)}")
            return _PLACEHOLDER
        return MappingNode(
            tuple((key, self.read(item, path.child(key))) for key, item in value.items())
        )

    def _leaf(self, value: Any, path: Path) -> TensorSpec:
        """Read a tensor of any origin: its attributes are code that may raise anything."""
        try:
            return self._read_leaf(value, path)
        except call_failures() as error:
            reraise_interruption(error)
            received = f"{_brief(value)}: {brief(error, limit=100)}"
            self._note(path, "a tensor spec or an example", received)
            return _PLACEHOLDER

    def _read_leaf(self, value: Any, path: Path) -> TensorSpec:
        layout = unusual_layout(value)
        if layout:
            self._note(path, "a dense tensor", f"a {layout} tensor")
            return _PLACEHOLDER
        if isinstance(value, bool | int | float):
            value = tensor_of(value)
        shape = self._shape(value, path)
        dtype = None if shape is None else self._dtype(value, path)
        if shape is None or dtype is None:
            return _PLACEHOLDER
        name = None if is_value(value) else getattr(value, "name", None)
        if isinstance(name, str) and name:
            self.own_names[path] = name
        return TensorSpec(name=UNNAMED, shape=shape, dtype=dtype)

    def _shape(self, value: Any, path: Path) -> tuple[Dim, ...] | None:
        shape = getattr(value, "shape", None)
        if shape is None or getattr(shape, "rank", 0) is None:
            self._note(path, "a tensor spec with a known number of dimensions", _brief(value))
            return None
        sizes = known_sizes(shape)
        is_example = self.values_are_examples and is_value(value)
        if sizes and is_example and path not in self.static_batches:
            sizes[0] = None
        return dims_of(sizes)

    def _dtype(self, value: Any, path: Path) -> DType | None:
        raw = getattr(value, "dtype", None)
        if raw is None:
            return self._dtype_by_default(path)
        if self.values_are_examples and is_value(value):
            return self._dtype_of_example(raw, path)
        return self._named_dtype(raw, path)

    def _named_dtype(self, raw: Any, path: Path) -> DType | None:
        name = raw if isinstance(raw, str) else getattr(raw, "name", None)
        if name not in {dtype.value for dtype in DType}:
            self._note(path, f"a dtype among {INTERFACE_TYPES}", shown(raw))
            return None
        return DType(name)

    def _dtype_of_example(self, raw: Any, path: Path) -> DType | None:
        """Return the dtype that Keras gives an example: its input's, or its own for float64."""
        dtype = self._named_dtype(raw, path)
        if dtype is not None and path in self.default_dtypes:
            return self.default_dtypes[path]
        default = self.default_dtype
        if dtype is DType.FLOAT64 and default is not None and default.is_floating:
            return default
        return dtype

    def _dtype_by_default(self, path: Path) -> DType | None:
        if path in self.default_dtypes:
            return self.default_dtypes[path]
        if self.default_dtype is None:
            self._note(path, f"a dtype among {INTERFACE_TYPES}", "none")
        else:
            self.assumed.append(path)
        return self.default_dtype

    def require_sound(self, summary: str, roots: Roots, conflicts: Iterable[Problem] = ()) -> None:
        """Raise one error for all faults of the value, if there are any.

        Args:
            summary: The first line of the error.
            roots: The trees that were read, with their paths.
            conflicts: Further problems; left out for leaves that are faulty.

        Raises:
            SignatureError: With all faults, in reading order.
        """
        faulty = {problem.path for problem in self.problems}
        others = [problem for problem in conflicts if problem.path not in faulty]
        in_file = tuple((path, held(node, path)) for path, node in roots)
        found = [*self.problems, *others, *check_structure(in_file)]
        if found:
            order = [str(leaf.path) for path, node in roots for leaf in collect_leaves(node, path)]
            raise SignatureError(summary, sorted(found, key=lambda p: _rank(p.path, order)))

    def notes(self) -> tuple[str, ...]:
        """Return the assumptions made, for the plan."""
        if not self.assumed or self.default_dtype is None:
            return ()
        names = ", ".join(str(path) for path in self.assumed)
        return (f"No dtype was given for {names}; taken as {self.default_dtype.value}.",)

    def _note(self, path: Path, expected: str, received: str) -> None:
        self.problems.append(Problem(str(path), expected, received))


def _rank(path: str, order: Sequence[str]) -> int:
    return order.index(path) if path in order else len(order)


def dims_of(sizes: Sequence[int | None]) -> tuple[Dim, ...]:
    """Convert a shape in Keras' notation to dimensions; a leading None is the batch."""
    return tuple(
        (BATCH if index == 0 else DynamicDim()) if size is None else int(size)
        for index, size in enumerate(sizes)
    )


def _given_dims(shape: Shape) -> Shape:
    """Set the source of a user's bounded dimensions."""
    return tuple(
        dim if isinstance(dim, int) else _given_dim(dim, index) for index, dim in enumerate(shape)
    )


def _given_dim(dim: DynamicDim, index: int) -> DynamicDim:
    name = BATCH.name if index == 0 and dim.name is None else dim.name
    source = dim.source or (GIVEN if dim.is_bounded else "")
    return attrs.evolve(dim, name=name, source=source)


def _brief(value: Any) -> str:
    text = shown(value)
    return text if len(text) < 80 else f"an object of type {type(value).__name__}"
