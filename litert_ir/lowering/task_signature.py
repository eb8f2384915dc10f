"""Apply a task's configuration to the signature that its model declares."""

from __future__ import annotations

import attrs

from litert_ir.hub.task_inputs import TaskInputs
from litert_ir.ir.nodes import MappingNode, SignatureNode
from litert_ir.ir.path import Path
from litert_ir.lowering.draft import SignatureDraft


def configured(draft: SignatureDraft, task: TaskInputs) -> SignatureDraft:
    """Apply the configuration's order and names of inputs to the draft."""
    argument, *others = draft.arguments
    return attrs.evolve(
        draft,
        arguments=(attrs.evolve(argument, value=_ordered(argument.value, task.order)), *others),
        own_names={**draft.own_names, **named(argument.path, task.input_name)},
    )


def named(path: Path, name: str) -> dict[Path, str]:
    """Map the path of a tensor to its name; empty for no name."""
    return {path: name} if name else {}


def _ordered(node: SignatureNode, order: tuple[str, ...]) -> SignatureNode:
    if not isinstance(node, MappingNode):
        return node
    places = {name: place for place, name in enumerate(order)}
    return MappingNode(tuple(sorted(node.entries, key=lambda entry: places[entry[0]])))
