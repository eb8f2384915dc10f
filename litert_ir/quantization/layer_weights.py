"""List the layers that a recipe's rules reach in a float file, with the weights of each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends.litert.files import has_data, mapped, unpacked
from litert_ir.backends.litert.schema import type_name
from litert_ir.isolation.time_limits import quantization_s
from litert_ir.isolation.worker import shared_worker
from litert_ir.quantization.operator_precisions import PlacedOperator, placed_operators, scopes_in
from litert_ir.runtime.interface_reader import damage_rejected


@attrs.frozen
class LayerWeights:
    """A layer that has operators in a file.

    An operator with several layers belongs to the first one: that of its weights.

    Attributes:
        layer: Its path, as rules match it.
        elements: The elements of its float weights.
        operators: The number of its operators.
    """

    layer: str
    elements: int
    operators: int


def weights_by_layer(source: Path, layers: tuple[str, ...] | None) -> tuple[LayerWeights, ...]:
    """List the layers of a float file, in the order of their first operators.

    Args:
        source: The file.
        layers: The paths of the Keras model's layers; None where the model is unknown, so that the
            layers are the file's own name scopes.

    Raises:
        FileRejectedError: When the file's tables are damaged.
        ConverterCrashed: When native code crashes on the file.
    """
    found: tuple[LayerWeights, ...] = shared_worker().call(
        read_layers,
        source.absolute(),
        layers,
        time_limit_s=quantization_s(source.stat().st_size),
        task="reading the file's layers",
    )
    return found


def read_layers(source: Path, layers: tuple[str, ...] | None) -> tuple[LayerWeights, ...]:
    """Read a file in the child process, for `weights_by_layer`."""
    with damage_rejected(source):
        model = unpacked(mapped(source))
        counted: set[int] = set()
        elements: dict[str, int] = {}
        operators: dict[str, int] = {}
        for placed in placed_operators(model, scopes_in(model, layers)):
            for layer in placed.layers[:1]:
                operators[layer] = operators.get(layer, 0) + 1
                own = sum(_elements(model, placed, counted))
                elements[layer] = elements.get(layer, 0) + own
        return tuple(
            LayerWeights(layer, elements[layer], count) for layer, count in operators.items()
        )


def _elements(model: Any, placed: PlacedOperator, counted: set[int]) -> Iterator[int]:
    """Yield the elements of each float constant of an operator that is not counted yet."""
    for index in placed.operator.inputs:
        tensor = placed.tensors[index] if index >= 0 else None
        if tensor is None or tensor.buffer in counted or not has_data(model, tensor):
            continue
        if type_name(tensor.type) == "float32":
            counted.add(tensor.buffer)
            yield math.prod(map(int, tensor.shape))
