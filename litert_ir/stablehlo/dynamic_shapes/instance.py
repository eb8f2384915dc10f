"""Check that a general file, at the sizes of a point, equals the file converted there.

The general file is walked beside a file with fixed sizes that was held out. The operators that were
kept have to be that file's operators, with the same options, weights and connections; the added
operators have to compute, at its sizes, the constants of that file; and no size that differs may be
fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litert_ir.backends.litert.schema import type_name
from litert_ir.errors import NotGeneralError
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import Array, Content, decoded
from litert_ir.stablehlo.dynamic_shapes.evaluation import evaluated, places_taken
from litert_ir.stablehlo.dynamic_shapes.fixed_dimensions import ADVICE
from litert_ir.stablehlo.dynamic_shapes.generalize import General
from litert_ir.stablehlo.dynamic_shapes.graph_reader import (
    FileView,
    differences,
    indices,
    shape_of,
    tensor_name,
)

_SLICES = ("SLICE", "STRIDED_SLICE")
_WITH_A_REST = {"RESHAPE": 1, "SPLIT_V": 1}
"""The input of an operator that holds sizes of which the kernel may compute one."""
_CLOSE = 4 * float(np.finfo(np.float32).eps)
"""The greatest relative difference between an inverse that a run computes and the compiler's."""


def check_instance(general: General, held_out: Any) -> None:
    """Require a general file to equal, at its sizes, a file that was held out.

    Args:
        general: The file for all sizes.
        held_out: The `ModelT` of a file with fixed sizes that it was not made of.

    Raises:
        NotGeneralError: When they differ; it names the operator or tensor and both values.
    """
    ours, theirs = FileView(general.model), FileView(held_out)
    counts = [len(view.model.subgraphs) for view in (ours, theirs)]
    if counts[0] != counts[1]:
        raise _no_instance("the file", f"{counts[1]} graphs", str(counts[0]))
    for index, kept in enumerate(general.kept):
        _Walk(ours, theirs, index).run(frozenset(kept))


def _no_instance(where: str, expected: str, received: str) -> NotGeneralError:
    return NotGeneralError(
        "The file for all sizes of the dynamic dimensions is wrong at a size that was held out.",
        where=where,
        expected=expected,
        received=received,
        advice=ADVICE,
    )


class _Walk:
    """One graph of both files, side by side."""

    def __init__(self, ours: FileView, theirs: FileView, index: int) -> None:
        self._ours, self._theirs = ours, theirs
        self._general, self._held = (view.model.subgraphs[index] for view in (ours, theirs))
        self._partners: dict[int, int] = {}
        self._computed: dict[int, Array] = {}
        self._parts: dict[int, tuple[Content, tuple[int, ...]]] = {}

    def run(self, kept: frozenset[int]) -> None:
        self._pair(self._general.inputs, self._held.inputs, "the graph's inputs")
        held = iter(self._held.operators or ())
        for place, operator in enumerate(self._general.operators or ()):
            if place in kept:
                self._match(operator, next(held, None))
            else:
                self._evaluate(operator)
        rest = next(held, None)
        if rest is not None:
            raise _no_instance("the graph", self._theirs.describe(rest, self._held), "its end")
        outputs = zip(indices(self._general.outputs), indices(self._held.outputs), strict=True)
        for ours, theirs in outputs:
            self._same(ours, theirs, "the graph's outputs", spread=False)

    def _evaluate(self, operator: Any) -> None:
        """Evaluate an added operator at the sizes of the other file."""
        code = self._ours.code(operator)
        (result,) = indices(operator.outputs)
        dtype = np.dtype(type_name(self._general.tensors[result].type))
        if code == "SHAPE":
            (source,) = indices(operator.inputs)
            self._computed[result] = np.array(self._shape(source), dtype)
            return
        inputs = [self._value(at) for at in indices(operator.inputs)]
        if code == "STRIDED_SLICE" and inputs[0] is None:
            self._take_part(operator, inputs[1:])
            return
        known = [values for values in inputs if values is not None]
        if len(known) != len(inputs):
            where = self._ours.describe(operator, self._general)
            raise _no_instance(where, "sizes and constants alone", "what depends on data")
        self._computed[result] = evaluated(code, known, operator.builtinOptions, dtype)

    def _take_part(self, operator: Any, ends: Sequence[Array | None]) -> None:
        """Record the leading part of a weight that is stored outside."""
        table, (result,) = indices(operator.inputs)[0], indices(operator.outputs)
        where = self._ours.describe(operator, self._general)
        stored = self._content(self._ours, self._general, table)
        if stored is None or any(values is None for values in ends):
            raise _no_instance(where, "sizes and constants alone", "what depends on data")
        shape = self._shape(table)
        taken = places_taken("STRIDED_SLICE", operator.builtinOptions, shape, ends)
        leading = [places for places in taken if isinstance(places, range)]
        if [*map(range, map(len, leading))] != list(taken):
            raise _no_instance(where, "the leading part of a weight", f"places {taken}")
        self._parts[result] = stored, tuple(map(len, leading))

    def _match(self, ours: Any, theirs: Any) -> None:
        where = self._ours.describe(ours, self._general)
        code = self._ours.code(ours)
        found = "none" if theirs is None else self._theirs.code(theirs)
        if code != found and {code, found} != set(_SLICES):
            raise _no_instance(where, found, code)
        if code in _SLICES:
            self._match_slice(ours, theirs, where)
        else:
            self._match_inputs(ours, theirs, where, code)
        self._pair(ours.outputs, theirs.outputs, where)

    def _match_inputs(self, ours: Any, theirs: Any, where: str, code: str) -> None:
        rest = _WITH_A_REST.get(code)
        if code != "RESHAPE":
            self._same_options(ours, theirs, where)
        inputs = [indices(operator.inputs) for operator in (ours, theirs)]
        count = 1 if code == "RESHAPE" else max(map(len, inputs))
        rows = list(zip(*(each[:count] for each in inputs), strict=True))
        spread = self._spreads(rows, theirs)
        for position, (one, other) in enumerate(rows):
            if position != rest:
                self._same(one, other, where, spread=spread)
        if rest is not None:
            self._same_sizes(ours, theirs, where, code)

    def _same_options(self, ours: Any, theirs: Any, where: str) -> None:
        for field in ("builtinOptions", "builtinOptions2", "customOptions"):
            found = next(differences(getattr(ours, field), getattr(theirs, field), field), None)
            if found is not None:
                wanted, received = f"{found.field} {found.second}", str(found.first)
                raise _no_instance(where, wanted, received)

    def _same_sizes(self, ours: Any, theirs: Any, where: str, code: str) -> None:
        """Require equal sizes, of which the kernel may compute one."""
        results = indices(theirs.outputs)
        shapes = [shape_of(self._held.tensors[at]) for at in results]
        if code == "RESHAPE":
            wanted: Sequence[int] = shapes[0]
        else:
            wanted = [int(size) for size in self._known(self._theirs, self._held, theirs.inputs[1])]
        inputs = indices(ours.inputs)
        if len(inputs) > 1:
            values = self._value(inputs[1])
            sizes = [] if values is None else values.ravel().tolist()
        else:
            sizes = list(shape_of(self._general.tensors[indices(ours.outputs)[0]]))
        pairs = list(zip(sizes, wanted, strict=False))
        known = [one == other for one, other in pairs if one != -1]
        if len(sizes) != len(wanted) or not all(known) or len(known) < len(sizes) - 1:
            raise _no_instance(where, f"sizes {list(wanted)}", str(list(sizes)))

    def _match_slice(self, ours: Any, theirs: Any, where: str) -> None:
        data, held = indices(ours.inputs)[0], indices(theirs.inputs)[0]
        self._same(data, held, where, spread=False)
        shape = self._shape(data)
        sides = (
            (ours, self._ours, [self._value(at) for at in indices(ours.inputs)[1:]]),
            (theirs, self._theirs, [self._constant(at) for at in indices(theirs.inputs)[1:]]),
        )
        if any(values is None for _, _, found in sides for values in found):
            self._match_inputs(ours, theirs, where, "")
            return
        taken = [
            places_taken(view.code(operator), operator.builtinOptions, shape, found)
            for operator, view, found in sides
        ]
        if taken[0] != taken[1]:
            raise _no_instance(where, f"places {taken[1]}", str(taken[0]))

    def _spreads(self, rows: Sequence[tuple[int, int]], theirs: Any) -> bool:
        """Tell whether the operator broadcasts its inputs to the other file's result."""
        results = indices(theirs.outputs)
        shapes = [self._shape(one) for one, _ in rows if one >= 0]
        if len(results) != 1:
            return False
        try:
            found = np.broadcast_shapes(*shapes)
        except ValueError:
            return False
        return found == shape_of(self._held.tensors[results[0]])

    def _same(self, ours: int, theirs: int, where: str, *, spread: bool) -> None:
        """Require a tensor to be, or to hold, the same as its counterpart in the other file.

        Args:
            ours: A tensor of the general file, -1 for none.
            theirs: The other file's.
            where: The user of the tensor.
            spread: Whether values may be repeated to the other one's shape.
        """
        if ours < 0 or theirs < 0:
            if ours != theirs:
                raise _no_instance(where, f"input {theirs}", f"input {ours}")
            return
        if self._content(self._theirs, self._held, theirs) is None:
            if self._partners.get(ours) != theirs:
                names = [tensor_name(self._held.tensors[theirs]), self._name(ours)]
                raise _no_instance(where, *names)
        elif not self._holds(ours, theirs, spread=spread):
            shapes = [str(shape_of(self._held.tensors[theirs])), str(self._shape(ours))]
            name = self._name(ours)
            raise _no_instance(
                f"input {name!r} of {where}",
                f"{self._shown(self._constant(theirs))} of shape {shapes[0]}",
                f"{self._shown(self._value(ours))} of shape {shapes[1]}",
            )

    def _holds(self, ours: int, theirs: int, *, spread: bool) -> bool:
        stored = self._content(self._theirs, self._held, theirs)
        shape = shape_of(self._held.tensors[theirs])
        if ours in self._parts:
            return self._parts[ours] == (stored, shape)
        if self._content(self._ours, self._general, ours) == stored:
            return self._shape(ours) == shape
        one, other = self._value(ours), self._constant(theirs)
        if one is None or other is None or one.dtype != other.dtype:
            return False
        if one.shape != other.shape and not spread:
            return False
        try:
            wide = np.broadcast_to(one, other.shape)
        except ValueError:
            return False
        return _equal(wide, other)

    def _pair(self, ours: Any, theirs: Any, where: str) -> None:
        """Record tensors at the same position; fixed sizes have to equal the other file's."""
        places = indices(ours), indices(theirs)
        if len(places[0]) != len(places[1]):
            raise _no_instance(where, f"{len(places[1])} tensors", str(len(places[0])))
        for one, other in zip(*places, strict=True):
            if one >= 0:
                self._partners[one] = other
                self._check_shape(one, other)

    def _check_shape(self, ours: int, theirs: int) -> None:
        tensor = self._general.tensors[ours]
        signature = indices(tensor.shapeSignature) or list(shape_of(tensor))
        shape = shape_of(self._held.tensors[theirs])
        pairs = zip(signature, shape, strict=False)
        if len(signature) != len(shape) or any(one not in (-1, size) for one, size in pairs):
            raise _no_instance(self._name(ours), f"shape {shape}", str(tuple(signature)))

    def _name(self, at: int) -> str:
        return tensor_name(self._general.tensors[at])

    def _shape(self, at: int) -> tuple[int, ...]:
        """The shape of a tensor of the general file at the sizes of the other file."""
        if at in self._partners:
            return shape_of(self._held.tensors[self._partners[at]])
        if at in self._computed:
            return self._computed[at].shape
        if at in self._parts:
            return self._parts[at][1]
        return shape_of(self._general.tensors[at])

    def _value(self, at: int) -> Array | None:
        """Evaluate one of the general file's tensors; None when its value depends on data."""
        if at in self._computed:
            return self._computed[at]
        return _values(self._ours, self._general.tensors[at])

    def _constant(self, at: int) -> Array | None:
        return _values(self._theirs, self._held.tensors[at])

    def _known(self, view: FileView, graph: Any, at: int) -> list[int]:
        values = _values(view, graph.tensors[at])
        return [] if values is None else values.ravel().tolist()

    @staticmethod
    def _content(view: FileView, graph: Any, at: int) -> Content | None:
        return view.content(graph.tensors[at])

    @staticmethod
    def _shown(values: Array | None) -> str:
        return "weights" if values is None else np.array2string(values, threshold=8)


def _values(view: FileView, tensor: Any) -> Array | None:
    return decoded(view.content(tensor), type_name(tensor.type), shape_of(tensor))


def _equal(one: Array, other: Array) -> bool:
    if one.dtype.kind == "f":
        return bool(np.allclose(one, other, rtol=_CLOSE, atol=0, equal_nan=True))
    return bool(np.array_equal(one, other))
