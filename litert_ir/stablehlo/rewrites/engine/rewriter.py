"""What a rewrite pattern works with: it reads values and makes operations, constants, weights."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import cached_in_context, ir
from litert_ir.stablehlo.mlir.values import (
    constant_array,
    dtype_of,
    dtype_of_type,
    integers,
    producer,
    shape_of,
    splat_attribute,
    splat_element,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.literals import constant_expr, is_splat
from litert_ir.stablehlo.weights.evaluate import evaluate
from litert_ir.stablehlo.weights.expressions import Broadcast, WeightExpr
from litert_ir.stablehlo.weights.functions import DTYPES
from litert_ir.stablehlo.weights.parameters import parameters_of

BIG_WEIGHT = 1 << 16
"""Bytes from which on a weight stays outside of the module, as an expression."""

BIG_LITERAL = 1 << 19
"""The same where it is made of numbers alone, without a variable: such numbers often depend on
the sizes of the inputs, and are to be seen in the files of all sizes that a model is tried at."""

WEIGHT_OP = "tfl.external_const"
CONSTANT_OP = "stablehlo.constant"
_GROUP = "weights"
_KEPT = "kept"
_OFFSET = re.compile(r"offset = (\d+)")


class Rewriter:
    """Reads and changes a module at one operation after the other.

    Nothing is erased: an operation that was replaced has no uses any more, and is removed
    after the sweep.

    Args:
        values: The values of the small parameters, by index.

    Attributes:
        varying: For each argument of the function its dynamic dimensions, but for the batch;
            empty where nothing is known of that.
        has_dynamic_batch: Whether an argument may have another batch in another run.
        kept: The constants that `keep` made, by index.
    """

    def __init__(self, values: Mapping[int, NDArray[Any]]) -> None:
        self._values = values
        self.varying: dict[Any, tuple[int, ...]] = {}
        self.has_dynamic_batch = False
        self.kept: list[NDArray[Any]] = []
        self._weights: dict[WeightExpr, int] = {}
        self._by_index: list[WeightExpr] = []
        self._exprs: dict[Any, WeightExpr | None] = {}
        self._uses: Counter[int] | None = None
        self._memories: dict[str, dict[Any, Any]] = {}
        self._at: Any = None
        self.changed = False

    def weights_of(self, module: Any) -> tuple[WeightExpr, ...]:
        """The expressions that a rewritten module's external constants stand for.

        They are numbered anew, in the order in which the module refers to them first: what the
        rewrite made on its way differs between modules of one model.
        """
        found = [op for op in _external_constants(module) if _is_of(op, _GROUP)]
        places = list(dict.fromkeys(map(_index_of, found)))
        for op in found:
            op.attributes["external_buffer"] = _reference(_GROUP, places.index(_index_of(op)))
        return tuple(self._by_index[index] for index in places)

    def move_to(self, op: Any) -> None:
        """Insert in front of this operation, with its location, from now on."""
        self._at = op

    def op(
        self,
        name: str,
        operands: Sequence[Any],
        result: Any,
        attributes: Mapping[str, Any] | None = None,
    ) -> Any:
        """A new operation with one result; gives the result.

        Args:
            name: With the dialect, such as ``tfl.gelu``.
            operands: The values it takes.
            result: The type of what it gives.
            attributes: Python ints become i32 attributes, bools and strings their own,
                tuples of ints arrays of i64; MLIR attributes stay as they are.
        """
        (value,) = self.op_with_results(name, operands, [result], attributes)
        return value

    def op_with_results(
        self,
        name: str,
        operands: Sequence[Any],
        results: Sequence[Any],
        attributes: Mapping[str, Any] | None = None,
    ) -> list[Any]:
        """As `op`, with any number of results."""
        made = ir.Operation.create(
            name,
            results=list(results),
            operands=list(operands),
            attributes={key: _attribute(item) for key, item in (attributes or {}).items()},
            loc=self._at.location,
            ip=ir.InsertionPoint(self._at),
        )
        return list(made.results)

    def replace(self, op: Any, *values: Any) -> bool:
        """Use these values in place of the operation's results; gives True."""
        for result, value in zip(op.results, values, strict=True):
            result.replace_all_uses_with(value)
        self.changed = True
        return True

    def constant(self, array: NDArray[Any]) -> Any:
        """A constant in the module; splats take no room."""
        array = np.asarray(array)
        if array.size > 1 and is_splat(array):
            return self.splat_constant(array.reshape(-1)[0], array.shape)
        kind = tensor_type(array.shape, array.dtype.name)
        data = ir.DenseElementsAttr.get(np.ascontiguousarray(array), type=kind)
        return self.op(CONSTANT_OP, [], kind, {"value": data})

    def splat_constant(self, element: Any, shape: tuple[int, ...]) -> Any:
        """A constant of one number, a numpy scalar, all over; it takes no room."""
        one = np.asarray(element)
        kind = tensor_type(shape, one.dtype.name)
        return self.op(CONSTANT_OP, [], kind, {"value": splat_attribute(kind, one.tobytes())})

    def filled(self, like: Any, number: float) -> Any:
        """A constant of the type of another value, all of one number."""
        return self.splat_constant(np.asarray(number, dtype=dtype_of(like)), shape_of(like))

    def weight(self, expr: WeightExpr) -> Any:
        """A weight as a value: a constant if it is small and can be computed here."""
        if isinstance(expr, Broadcast) and not expr.source.shape and self._known(expr.source):
            return self.splat_constant(evaluate(expr.source, self._values.__getitem__), expr.shape)
        if self._is_small(expr) and self._known(expr):
            return self.constant(evaluate(expr, self._values.__getitem__))
        index = self._weights.setdefault(expr, len(self._weights))
        if index == len(self._by_index):
            self._by_index.append(expr)
        reference = _reference(_GROUP, index)
        kind = tensor_type(expr.shape, expr.dtype)
        return self.op(WEIGHT_OP, [], kind, {"external_buffer": reference})

    def keep(self, array: NDArray[Any]) -> Any:
        """A constant with which neither patterns nor the converter compute.

        `place_kept` puts its elements into the converted module.
        """
        self.kept.append(np.ascontiguousarray(array))
        kind = tensor_type(array.shape, array.dtype.name)
        reference = _reference(_KEPT, len(self.kept) - 1)
        return self.op(WEIGHT_OP, [], kind, {"external_buffer": reference})

    def no_value(self) -> Any:
        """What stands for an operand that is left out, such as a bias."""
        return self.op("tfl.no_value", [], ir.NoneType.get(), {"value": ir.UnitAttr.get()})

    def expr(self, value: Any) -> WeightExpr | None:
        """What a constant or a weight stands for; None for anything else."""
        if value not in self._exprs:
            self._exprs[value] = self._read_expr(value)
        return self._exprs[value]

    def forget(self) -> None:
        """Operations were erased: what is known of their results may be said of new ones."""
        self._exprs.clear()
        self._uses = None
        self._memories.clear()

    def memory(self, name: str) -> dict[Any, Any]:
        """What a pattern remembers of values, until operations are erased."""
        return self._memories.setdefault(name, {})

    def is_shared(self, expr: WeightExpr) -> bool:
        """Whether what a big weight is made of is stored for somebody else as well.

        To change such a weight may be to store it twice.
        """
        if expr.nbytes < BIG_WEIGHT:
            return False
        if self._uses is None:
            self._uses = self._count_uses()
        return any(self._uses[index] > 1 for index in parameters_of(expr))

    def _count_uses(self) -> Counter[int]:
        """How many operands the big weights of the module are, by parameter."""
        root, found = self._at, Counter[int]()

        def count(op: Any) -> Any:
            if _is_of(op.operation, _GROUP):
                uses = len(list(op.operation.results[0].uses))
                expr = self._by_index[_index_of(op.operation)]
                found.update(dict.fromkeys(parameters_of(expr), uses))
            return ir.WalkResult.ADVANCE

        while root.parent is not None:
            root = root.parent
        root.walk(count, ir.WalkOrder.PRE_ORDER)
        return found

    def _read_expr(self, value: Any) -> WeightExpr | None:
        op = producer(value)
        if op is None:
            return None
        if _is_of(op, _GROUP):
            return self._by_index[_index_of(op)]
        if op.name != CONSTANT_OP or dtype_of(value) not in DTYPES:
            return None
        return constant_expr(op.attributes["value"])

    def array(self, value: Any) -> NDArray[Any] | None:
        """The elements of a constant; None for weights and everything else."""
        op = producer(value)
        if op is None or op.name != CONSTANT_OP or dtype_of(value) not in DTYPES:
            return None
        return constant_array(op)

    def known_array(self, value: Any) -> NDArray[Any] | None:
        """The elements of a constant, seen through broadcasts; a view that takes no room."""
        op = producer(value)
        if op is None or op.name != "stablehlo.broadcast_in_dim":
            return self.array(value)
        source = self.known_array(op.operands[0])
        if source is None:
            return None
        aligned = [1] * len(shape_of(value))
        dimensions = integers(op, "broadcast_dimensions")
        for size, dimension in zip(source.shape, dimensions, strict=True):
            aligned[dimension] = size
        order = np.argsort(dimensions)
        return np.broadcast_to(source.transpose(order).reshape(aligned), shape_of(value))

    def splat(self, value: Any) -> float | None:
        """The number that all elements of a value are, seen through broadcasts; None if none."""
        op = producer(value)
        if op is None:
            return None
        if op.name in ("stablehlo.broadcast_in_dim", "stablehlo.convert", "stablehlo.reshape"):
            return self.splat(op.operands[0])
        if op.name != CONSTANT_OP or dtype_of(value) not in DTYPES:
            return None
        return _splat_number(op.attributes["value"])

    @staticmethod
    def _is_small(expr: WeightExpr) -> bool:
        return expr.nbytes < (BIG_WEIGHT if parameters_of(expr) else BIG_LITERAL)

    def _known(self, expr: WeightExpr) -> bool:
        return all(index in self._values for index in parameters_of(expr))


def _attribute(item: Any) -> Any:
    """A Python value as an MLIR attribute."""
    match item:
        case bool():
            return ir.BoolAttr.get(item)
        case int():
            return ir.IntegerAttr.get(ir.IntegerType.get_signless(32), item)
        case float():
            return ir.FloatAttr.get(ir.F32Type.get(), item)
        case str():
            return ir.StringAttr.get(item)
        case tuple():
            return ir.DenseI64ArrayAttr.get(list(item))
        case _:
            return item


def place_kept(module: Any, kept: Sequence[NDArray[Any]]) -> None:
    """Put the constants that `Rewriter.keep` made into a module, in place.

    Args:
        module: In the TFL dialect, after the passes that would compute with them.
        kept: Their elements.
    """
    for op in [op for op in _external_constants(module) if _is_of(op, _KEPT)]:
        kind = op.results[0].type
        value = ir.DenseElementsAttr.get(kept[_index_of(op)], type=kind)
        with ir.InsertionPoint(op), op.location:
            made = ir.Operation.create("arith.constant", [kind], [], {"value": value})
        op.results[0].replace_all_uses_with(made.results[0])
        op.erase()


def _external_constants(module: Any) -> list[Any]:
    found: list[Any] = []

    def collect(op: Any) -> Any:
        if op.operation.name == WEIGHT_OP:
            found.append(op.operation)
        return ir.WalkResult.ADVANCE

    module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
    return found


def _reference(group: str, index: int) -> Any:
    return ir.Attribute.parse(
        f'#tfl.external_buffer<group_name = "{group}", offset = {index}, length = 1, '
        'packing = "raw">'
    )


def _is_of(op: Any, group: str) -> bool:
    """Whether an operation is an external constant of a group."""
    return op.name == WEIGHT_OP and f'"{group}"' in str(op.attributes["external_buffer"])


def _index_of(op: Any) -> int:
    """Which of the weights an external constant refers to."""
    return int(_OFFSET.search(str(op.attributes["external_buffer"]))[1])  # type: ignore[index]


@cached_in_context
def _splat_number(attribute: Any) -> float | None:
    elements = ir.DenseElementsAttr(attribute)
    element = splat_element(elements, dtype_of_type(elements.type))
    return None if element is None else float(element)
