"""Assign precisions to a file's operators by the recipe's rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from litert_ir.backends.litert.file_quantizer import scope_of
from litert_ir.backends.litert.files import has_data
from litert_ir.backends.litert.schema import operator_name
from litert_ir.errors import OptionsError
from litert_ir.ir.quantization import LayerRule, Precision, Quantization
from litert_ir.quantization.layer_scopes import LayerScopes
from litert_ir.verification.tensor_scopes import FileScopes

LOOKUP = "EMBEDDING_LOOKUP"


@attrs.frozen
class PlacedOperator:
    """An operator and its candidate layers.

    Attributes:
        name: Its name in the schema, such as ``CONV_2D``.
        operator: The `OperatorT`.
        tensors: The `TensorT` of its subgraph.
        layers: The layers of its weights, then those of its results.
        in_loop: Whether it is in the body of a loop or of a branch.
    """

    name: str
    operator: Any
    tensors: Sequence[Any] = attrs.field(repr=False)
    layers: tuple[str, ...]
    in_loop: bool = False

    @property
    def scope(self) -> str:
        """The scope by which the quantizer identifies it."""
        return scope_of(self.operator, self.tensors)


def scopes_in(model: Any, layers: Iterable[str] | None) -> LayerScopes | FileScopes:
    """Return the finder of the layers of a `ModelT`'s tensors.

    Args:
        model: The file.
        layers: The paths of the Keras model's layers; None where the model is unknown.
    """
    if layers is not None:
        return LayerScopes(layers)
    graph = model.subgraphs[0]
    results = (i for operator in graph.operators or () for i in operator.outputs)
    return FileScopes.of(graph.tensors[i].name.decode() for i in results)


def placed_operators(model: Any, scopes: LayerScopes | FileScopes) -> Iterator[PlacedOperator]:
    """Yield all operators of a `ModelT`."""
    for number, graph in enumerate(model.subgraphs):
        for operator in graph.operators or ():
            constants = [i for i in operator.inputs if i >= 0 and has_data(model, graph.tensors[i])]
            names = (graph.tensors[i].name.decode() for i in (*constants, *operator.outputs))
            layers = dict.fromkeys(layer for name in names for layer in scopes.layers_of(name))
            name = operator_name(model, operator)
            yield PlacedOperator(name, operator, graph.tensors, tuple(layers), in_loop=number > 0)


def precisions(
    operators: Sequence[PlacedOperator], recipe: Quantization, gating: Iterable[Any] = ()
) -> tuple[Precision, ...]:
    """Compute the precision of each operator.

    In the bodies of loops, integer precisions apply to the weights alone: a loop-carried tensor
    needs one range for all iterations, which calibration does not find. The same holds for
    EMBEDDING_LOOKUP, whose kernel returns floats.

    Args:
        operators: All operators of the file.
        recipe: The recipe.
        gating: The `OperatorT` that stay in float if their results would be integers.

    Raises:
        OptionsError: When no operator belongs to the layers that a rule matches.
    """
    used: set[LayerRule] = set()
    found = [_precision(operator, recipe, used) for operator in operators]
    in_float = {id(operator) for operator in gating}
    found = [
        Precision.FLOAT if id(placed.operator) in in_float and precision.is_integer else precision
        for placed, precision in zip(operators, found, strict=True)
    ]
    unused = [rule.pattern for rule in recipe.layers if rule not in used]
    if unused:
        raise OptionsError(
            "No operator of the file belongs to the layers of a quantization rule.",
            where=", ".join(map(repr, unused)),
            expected="layers with operators of their own; those of the file are "
            + ", ".join(dict.fromkeys(layer for op in operators for layer in op.layers)),
            received=", ".join(unused),
            advice="name other layers: some are fused into their neighbours",
        )
    return tuple(found)


def _precision(operator: PlacedOperator, recipe: Quantization, used: set[LayerRule]) -> Precision:
    matching = recipe.rules_for(*operator.layers)
    used.update(matching)
    precision = matching[-1].precision if matching else recipe.precision
    gives_floats = operator.in_loop or operator.name == LOOKUP
    return Precision.DYNAMIC_RANGE if precision.is_integer and gives_floats else precision


def exceptions(
    operators: Sequence[PlacedOperator], chosen: Sequence[Precision], usual: Precision
) -> Mapping[str, Precision]:
    """Return the scopes of the operators with another precision than the usual one."""
    pairs = zip(operators, chosen, strict=True)
    return {op.scope: precision for op, precision in pairs if precision is not usual}
