"""Ask LiteRT's interpreter which operators its delegates take over, in the child process."""

from __future__ import annotations

import warnings
from pathlib import Path

import attrs

from litert_ir.backends import load_interpreter
from litert_ir.backends.litert.files import mapped, packed, unpacked, with_data_inside
from litert_ir.backends.litert.native_paths import native_path
from litert_ir.isolation.time_limits import TimeBudget, loading_s
from litert_ir.runtime.interface_reader import damage_rejected
from litert_ir.runtime.interpreter import interpreter_blamed
from litert_ir.runtime.isolated import call_on_file

_DELEGATE = "DELEGATE"
"""The interpreter's name for a node that stands for a partition."""


@attrs.frozen
class DelegateNode:
    """A node that runs a partition of the graph in place of the operators.

    Attributes:
        inputs: The tensors that the partition reads, constants included.
        outputs: The tensors that operators outside of the partition read, and the graph's outputs.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def delegate_nodes(path: Path, subgraph: int, budget: TimeBudget) -> tuple[DelegateNode, ...]:
    """Return the partitions that the interpreter makes of a subgraph.

    The file is loaded by the interpreter of `ai_edge_litert` with its defaults, which apply XNNPACK
    on the CPU; nothing is run. Dynamic dimensions have the sizes that the file is stored with. The
    interpreter lists the nodes of the first subgraph alone: another one is put in its place, in a
    copy in memory.

    Args:
        path: The file.
        subgraph: The number of the subgraph.
        budget: The seconds that are allowed; by default many times the usual time of such a file.

    Raises:
        FileRejectedError: When the interpreter does not load the file, or crashes on it.
        ConverterCrashed: When it does not end in time, or is killed from outside.
    """
    limit = loading_s(path.stat().st_size)
    return call_on_file(path, budget, limit, "loading the file", _nodes, path.absolute(), subgraph)


def _nodes(path: Path, subgraph: int) -> tuple[DelegateNode, ...]:
    with interpreter_blamed(path, "does not load"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with native_path(path) as name:
            model = {"model_path": name} if not subgraph else {"model_content": _of(path, subgraph)}
            interpreter = load_interpreter().Interpreter(**model)
        interpreter.allocate_tensors()
        details = interpreter._get_ops_details()  # noqa: SLF001  (nothing public lists nodes)
    return tuple(
        DelegateNode(tuple(map(int, node["inputs"])), tuple(map(int, node["outputs"])))
        for node in details
        if node["op_name"] == _DELEGATE
    )


def _of(path: Path, subgraph: int) -> bytes:
    """Return the file with another subgraph in the place of the first one."""
    with damage_rejected(path):
        content = mapped(path)
        model = with_data_inside(unpacked(content), content)
        model.subgraphs[0], model.signatureDefs = model.subgraphs[subgraph], []
        return bytes(packed(model, len(content)))
