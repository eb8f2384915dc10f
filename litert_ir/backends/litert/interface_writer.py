"""Give a converted file the plan's interface: order and names of inputs and outputs.

Converters order tensors by their own reasons and name them ``serving_default_x:0`` or
``Identity_1``. This stage puts the plan's order and names into the subgraph and into the
file's one signature, which a runtime finds them by, and the names and bounds of dynamic
dimensions into its metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends.keras.inference import INPUT_WIRE, OUTPUT_WIRE
from litert_ir.backends.litert.dimension_writer import give_dimensions
from litert_ir.backends.litert.output_operators import with_own_operators
from litert_ir.backends.litert.schema import new_table
from litert_ir.errors import FileRejectedError
from litert_ir.ir.plan import ExportPlan

SIGNATURE_KEY = "serving_default"


def give_interface(model: Any, plan: ExportPlan) -> None:
    """Give a file the plan's interface, in place; weights and operators stay as they are.

    Outputs that no operator writes get one; see `with_own_operators`.

    Args:
        model: The `ModelT` of a LiteRT file whose tensors carry wire names, in its signature
            or, when it has none, in the order of its subgraph.
        plan: The plan, which defines the interface.

    Raises:
        FileRejectedError: When the file does not have the plan's inputs and outputs.
    """
    graph = model.subgraphs[0]
    signature = (model.signatureDefs or [None])[0]
    inputs = _tensors(graph.inputs, signature and signature.inputs, INPUT_WIRE)
    outputs = _tensors(graph.outputs, signature and signature.outputs, OUTPUT_WIRE)
    input_names = [spec.name for spec in plan.inputs]
    output_names = [leaf.spec.name for leaf in plan.output_leaves]
    _check_count("inputs", input_names, inputs)
    _check_count("outputs", output_names, outputs)
    outputs = with_own_operators(model, outputs)
    _rename(graph, outputs, output_names)
    _rename(graph, inputs, input_names)
    graph.inputs, graph.outputs = inputs, outputs
    give_dimensions(model, plan.inputs)
    model.signatureDefs = [_signature((input_names, inputs), (output_names, outputs))]


def _tensors(by_position: Sequence[int], maps: Any, wire: str) -> list[int]:
    """Tensor indices in plan order: by wire name where there is a signature, else as they are."""
    if not maps:
        return [int(index) for index in by_position]
    index_of = {entry.name.decode(): int(entry.tensorIndex) for entry in maps}
    wires = [wire.format(i) for i in range(len(index_of))]
    if set(wires) != set(index_of):
        raise FileRejectedError(
            "The file's signature has other tensors than the traced call.",
            expected=", ".join(wires),
            received=", ".join(sorted(index_of)),
        )
    return [index_of[name] for name in wires]


def _check_count(side: str, names: Sequence[str], tensors: Sequence[int]) -> None:
    if len(names) != len(tensors):
        raise FileRejectedError(
            f"The file has another number of {side} than the plan.",
            expected=f"{len(names)}: {', '.join(names)}",
            received=str(len(tensors)),
        )


def _rename(graph: Any, tensors: Sequence[int], names: Sequence[str]) -> None:
    """Name the tensors; one that is several inputs keeps the last name given."""
    for index, name in zip(tensors, names, strict=True):
        graph.tensors[index].name = name.encode()


def _signature(inputs: tuple[list[str], list[int]], outputs: tuple[list[str], list[int]]) -> Any:
    signature = new_table("SignatureDef")
    signature.signatureKey = SIGNATURE_KEY.encode()
    signature.subgraphIndex = 0
    signature.inputs = _tensor_maps(*inputs)
    signature.outputs = _tensor_maps(*outputs)
    return signature


def _tensor_maps(names: Sequence[str], tensors: Sequence[int]) -> list[Any]:
    maps = []
    for name, index in zip(names, tensors, strict=True):
        entry = new_table("TensorMap")
        entry.name, entry.tensorIndex = name.encode(), index
        maps.append(entry)
    return maps
