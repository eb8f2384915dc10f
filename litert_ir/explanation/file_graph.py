"""Read the tensors of a LiteRT file with the operators between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends.litert.schema import builtin_number, type_name
from litert_ir.runtime.interface_reader import file_tables, is_quantized
from litert_ir.runtime.tensor_table import is_constant

_RUNS_GRAPHS = ("WHILE", "IF", "STABLEHLO_COMPOSITE")


@attrs.frozen(kw_only=True)
class GraphTensor:
    """A tensor.

    Attributes:
        index: Its number in the subgraph.
        name: Its name in the file, which others may have too.
        dtype: Its element type by the schema's name in lower case.
        size_bytes: The bytes that it stores; 0 for one that is computed.
        is_constant: Whether it stores its values.
        is_quantized: Whether its integers represent real values.
    """

    index: int
    name: str
    dtype: str
    size_bytes: int
    is_constant: bool
    is_quantized: bool


@attrs.frozen(kw_only=True)
class GraphOperator:
    """An operator.

    Attributes:
        inputs: The indices of its inputs, without those left out.
        outputs: The indices of its results.
        runs_graphs: Whether it runs other subgraphs, as loops and branches do.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    runs_graphs: bool


@attrs.frozen(kw_only=True)
class FileGraph:
    """The subgraph of a file's first signature.

    Attributes:
        subgraph: Its number.
        tensors: Its tensors, by index.
        operators: Its operators, each behind those whose results it takes.
        inputs: The indices of its inputs.
        outputs: The name of each output in the signature, with the index of its tensor.
    """

    subgraph: int
    tensors: tuple[GraphTensor, ...]
    operators: tuple[GraphOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[tuple[str, int], ...]

    @property
    def computed(self) -> Iterator[GraphTensor]:
        """The results of operators, in the order in which they are computed."""
        return (self.tensors[index] for each in self.operators for index in each.outputs)

    def users(self) -> dict[int, list[GraphOperator]]:
        """Return the operators that take each tensor, by its index."""
        found: dict[int, list[GraphOperator]] = {}
        for operator in self.operators:
            for index in operator.inputs:
                found.setdefault(index, []).append(operator)
        return found

    def segment(self, tensor: int, stops: Collection[int]) -> tuple[GraphOperator, ...]:
        """Return the operators that compute a tensor from others that are known.

        Args:
            tensor: Its index.
            stops: The indices of the known tensors; inputs and constants need not be among them.
        """
        makers = {index: each for each in self.operators for index in each.outputs}
        found: dict[int, GraphOperator] = {}
        wanted = [tensor]
        while wanted:
            maker = makers.get(wanted.pop())
            if maker is not None and id(maker) not in found:
                found[id(maker)] = maker
                wanted.extend(index for index in maker.inputs if index not in stops)
        return tuple(found.values())

    def constants(self, operators: Collection[GraphOperator]) -> tuple[GraphTensor, ...]:
        """Return the constants that operators take, each once."""
        inputs = dict.fromkeys(index for each in operators for index in each.inputs)
        return tuple(self.tensors[index] for index in inputs if self.tensors[index].is_constant)


def read_graph(path: Path) -> FileGraph:
    """Read the graph of a file that `read_interface` accepts.

    Raises:
        FileRejectedError: When the tables are damaged or truncated.
    """
    with file_tables(path) as model:
        signature = model.SignatureDefs(0)
        number = signature.SubgraphIndex()
        graph = model.Subgraphs(number)
        named = (signature.Outputs(place) for place in range(signature.OutputsLength()))
        return FileGraph(
            subgraph=number,
            tensors=tuple(_tensor(model, graph, i) for i in range(graph.TensorsLength())),
            operators=tuple(
                _operator(model, graph.Operators(i)) for i in range(graph.OperatorsLength())
            ),
            inputs=tuple(graph.Inputs(i) for i in range(graph.InputsLength())),
            outputs=tuple((each.Name().decode(), int(each.TensorIndex())) for each in named),
        )


def _tensor(model: Any, graph: Any, index: int) -> GraphTensor:
    tensor = graph.Tensors(index)
    buffer = model.Buffers(tensor.Buffer())
    name = tensor.Name()
    return GraphTensor(
        index=index,
        name=name.decode() if name else "",
        dtype=type_name(tensor.Type()),
        size_bytes=int(buffer.Size() or buffer.DataLength()),
        is_constant=is_constant(model, tensor),
        is_quantized=is_quantized(tensor),
    )


def _operator(model: Any, operator: Any) -> GraphOperator:
    inputs = (operator.Inputs(place) for place in range(operator.InputsLength()))
    return GraphOperator(
        inputs=tuple(int(index) for index in inputs if index >= 0),
        outputs=tuple(int(operator.Outputs(i)) for i in range(operator.OutputsLength())),
        runs_graphs=_code(model, operator) in {builtin_number(name) for name in _RUNS_GRAPHS},
    )


def _code(model: Any, operator: Any) -> int:
    code = model.OperatorCodes(operator.OpcodeIndex())
    return max(int(code.BuiltinCode()), int(code.DeprecatedBuiltinCode()))
