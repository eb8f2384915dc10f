"""Show a file's graph in Model Explorer, with what runs each operator."""

from __future__ import annotations

from typing import Any

from litert_ir.backends import load_model_explorer
from litert_ir.backends.packages import MODEL_EXPLORER
from litert_ir.inspection.delegation import Delegation
from litert_ir.inspection.inspected_file import Inspection

_PARTITION, _KERNELS = "#a9dcb6", "#f2dd7e"
"""Colours of operators, which are those of the page."""


def require_viewer() -> None:
    """Require Model Explorer.

    Raises:
        MissingDependencyError: When it is not installed.
    """
    MODEL_EXPLORER.require("showing the graph (--graph)")


def show_graph(found: Inspection) -> None:
    """Show a file in Model Explorer, in a browser, until the process is interrupted.

    Where the delegation was measured, each operator has the number of its XNNPACK partition as
    node data, and 0 where LiteRT's own kernels run it.

    Args:
        found: The description of the file.

    Raises:
        MissingDependencyError: When Model Explorer is not installed.
    """
    require_viewer()
    data = [] if found.delegation is None else [_node_data(found, found.delegation)]
    load_model_explorer().visualize(model_paths=[str(found.path.absolute())], node_data=data)


def _node_data(found: Inspection, delegation: Delegation) -> dict[str, Any]:
    """Return Model Explorer's `NodeDataInfo` of the partitions."""
    builder = load_model_explorer().node_data_builder
    names = {each.index: each.name for each in found.subgraphs}
    graphs = {
        names[placement.subgraph] or f"subgraph_{placement.subgraph}": builder.GraphNodeData(
            results={
                str(operator.index): builder.NodeDataResult(
                    value=operator.partition or 0,
                    bgColor=_KERNELS if operator.partition is None else _PARTITION,
                )
                for operator in placement.operators
            }
        )
        for placement in delegation.subgraphs
    }
    return {
        "name": "XNNPACK partition",
        "node_data": builder.ModelNodeData(graphsData=graphs),
        "model_name": found.path.name,
    }
