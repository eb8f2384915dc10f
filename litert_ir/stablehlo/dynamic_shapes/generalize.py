"""Make one file for all sizes of the dynamic dimensions out of files with fixed sizes.

A model is converted at several points, that is with several sizes of each dynamic dimension, to
small files of the same structure. Where they differ, something depends on the sizes, and its
values say how:

- the shapes of tensors: the dimension becomes dynamic;
- constants that hold sizes, in the inputs of RESHAPE, SLICE, PAD and so on: the kernel finds
  the size, or operators compute it from the shape of a tensor (`size_finder`);
- constants that have the shape of something dynamic: repeated values, counted numbers, masks
  that compare two positions;
- the leading part of a table, of which one of the files has all that any run reads;
- numbers that are sizes, or inverses of sizes, as in a mean.

Points have to be chosen such that different things look different
(`litert_ir.stablehlo.trace.points`). A few points can only suggest what holds for all: the
result has to be checked at a point that was not used
(`litert_ir.stablehlo.dynamic_shapes.instance`), and to be run at other sizes still.

A limit beyond all sizes is not seen: the mask of a sliding window that is longer than every
sequence looks like a causal mask. `General.has_open_masks` says whether that could be.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from litert_ir.backends.litert.schema import new_table
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Sizes, is_fixed
from litert_ir.stablehlo.dynamic_shapes.alignment import (
    OUTPUTS,
    AlignedGraph,
    Step,
    align,
)
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import check_sizes
from litert_ir.stablehlo.dynamic_shapes.constants import general_constant
from litert_ir.stablehlo.dynamic_shapes.editor import GraphEditor, ModelEditor, set_dims
from litert_ir.stablehlo.dynamic_shapes.emitter import SizeEmitter
from litert_ir.stablehlo.dynamic_shapes.fixed_dimensions import differing_files
from litert_ir.stablehlo.dynamic_shapes.graph import DynamicGraph
from litert_ir.stablehlo.dynamic_shapes.graph_reader import FileView, indices, signature_entries
from litert_ir.stablehlo.dynamic_shapes.pruning import prune
from litert_ir.stablehlo.dynamic_shapes.size_finder import SizeFinder
from litert_ir.stablehlo.dynamic_shapes.sized_operators import RULES

Maxima = Mapping[tuple[int, int], int]


@attrs.frozen(kw_only=True)
class General:
    """A file for every size, and its relation to the files that it was made from.

    Attributes:
        model: Its `ModelT`; dynamic dimensions have size 1 in shapes and -1 in signatures.
        kept: For each graph, the places of the operators that stand in the files it was made
            of, in their order; the others compute sizes and what depends on them.
        has_open_masks: Whether it computes a mask that has no limit on one side. At longer
            sizes than those of the files it might have one.
    """

    model: Any = attrs.field(repr=False)
    kept: tuple[tuple[int, ...], ...] = attrs.field(repr=False)
    has_open_masks: bool


def generalize(first: Any, *others: Any, maxima: Maxima = MappingProxyType({})) -> General:
    """Make one file that holds for every size.

    Args:
        first: The `ModelT` of a LiteRT file with one size of each dynamic dimension; it becomes
            the result's. Weights may stand elsewhere, as external buffers; they must be the
            same for all files.
        others: Those of files with other sizes of each dynamic dimension.
        maxima: The largest size that a dimension of an input may have, by the input's place and
            the axis. A table that is read along such a dimension is known from a file in which
            it has that size.

    Raises:
        NotGeneralError: When the files do not tell what holds for other sizes; it names the
            operator and the tensor.
    """
    files = [FileView(model) for model in (first, *others)]
    counts = [len(file.model.subgraphs) for file in files]
    for count in counts[1:]:
        if count != counts[0]:
            raise differing_files("another number of graphs", "the file", counts[0], count)
    editor = ModelEditor(first)
    graphs = [align(files, index) for index in range(counts[0])]
    inputs = _inputs_of(graphs[0])
    check_sizes(inputs)
    largest = {inputs[at].dims[axis]: size for (at, axis), size in maxima.items()}
    kept = tuple(
        _generalize_graph(editor, index, graph, largest) for index, graph in enumerate(graphs)
    )
    return General(model=first, kept=kept, has_open_masks=editor.has_open_masks)


def _inputs_of(graph: AlignedGraph) -> list[AlignedTensor]:
    return [graph.tensors[at] for at in indices(graph.graph.inputs)]


def _generalize_graph(
    model: ModelEditor, index: int, aligned: AlignedGraph, maxima: Mapping[Sizes, int]
) -> tuple[int, ...]:
    editor = GraphEditor(model, aligned.graph)
    graph = DynamicGraph(
        aligned=aligned,
        editor=editor,
        emitter=SizeEmitter(editor),
        sizes=SizeFinder(_inputs_of(aligned), maxima),
    )
    for step in aligned.steps:
        if step.code in RULES:
            RULES[step.code](graph, step)
        _generalize_inputs(graph, step)
        editor.keep(step.operator)
        graph.sizes.add_results(aligned.tensors[at] for at in step.outputs if at >= 0)
    _generalize_outputs(graph, index)
    kept = editor.finish()
    _set_signatures(aligned)
    constants = [at for at, tensor in aligned.tensors.items() if tensor.is_constant]
    prune(model.model, index, constants)
    return kept


def _generalize_inputs(graph: DynamicGraph, step: Step) -> None:
    for position, at in enumerate(step.inputs):
        tensor = graph.tensor(at)
        if tensor is not None and not tensor.is_general:
            step.replace_input(position, general_constant(graph, step, tensor))


def _generalize_outputs(graph: DynamicGraph, index: int) -> None:
    """Generalize the constants that a graph returns, as if an operator took them."""
    model, returning = graph.editor.model, graph.aligned.graph
    reader = new_table("Operator")
    reader.inputs = returning.outputs
    step = Step(code="", label=OUTPUTS, operator=reader, has_same_options=True)
    before = step.inputs
    _generalize_inputs(graph, step)
    replaced = dict(zip(before, step.inputs, strict=True))
    returning.outputs = reader.inputs
    for entry in signature_entries(model.model, index):
        entry.tensorIndex = replaced.get(entry.tensorIndex, entry.tensorIndex)


def _set_signatures(aligned: AlignedGraph) -> None:
    for at, tensor in aligned.tensors.items():
        if tensor.has_dynamic_dims and not tensor.is_constant:
            set_dims(
                aligned.graph.tensors[at],
                [sizes[0] if is_fixed(sizes) else None for sizes in tensor.dims],
            )
