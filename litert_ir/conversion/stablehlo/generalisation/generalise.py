"""Make one file for all sizes of the dynamic dimensions out of two files with fixed sizes.

A model is converted twice, with two sizes of each dynamic dimension, to two small files of the
same structure. Where they differ, something depends on the sizes, and the two values say how:

- the shapes of tensors: the dimension becomes dynamic;
- constants that hold sizes, in the inputs of RESHAPE, SLICE, FILL and so on: the kernel finds
  the size, or operators read it from the shape of a tensor;
- constants that have the shape of something dynamic: repeated values, counted numbers, masks
  that compare two positions;
- numbers that are sizes, or inverses of sizes, as in a mean.

Two values cannot tell n + 1 from 2 n - 1. So that different things look different,

- all sizes are above 1, and no two dimensions have sizes of the same ratio: batch 2 and 3, a
  sequence of 7 and 12. Dimensions with the same two sizes are taken to be one dimension; where
  one input has two of them, as an image may, no size can refer to either;
- sizes that are divided, such as those of images, divide differently: where both are even, a
  padding that only odd sizes get is not seen. 31 and 33, 63 and 65 differ in all their halves;
- sizes that the model has nowhere else are best: converters store equal constants once;
- a limit beyond both sizes is not seen: the mask of a sliding window that is longer than both
  sequences looks like a causal mask. `General.has_open_masks` says whether that could be.

The result is to be run, at other sizes still, and compared with the model.
"""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.backends import load_schema
from litert_ir.conversion.stablehlo.generalisation.alignment import (
    OUTPUTS,
    AlignedGraph,
    Step,
    align,
)
from litert_ir.conversion.stablehlo.generalisation.constants import general_constant
from litert_ir.conversion.stablehlo.generalisation.editor import GraphEditor, ModelEditor, set_dims
from litert_ir.conversion.stablehlo.generalisation.emitter import SizeEmitter
from litert_ir.conversion.stablehlo.generalisation.failures import differing_files
from litert_ir.conversion.stablehlo.generalisation.files import FileView, indices, signature_entries
from litert_ir.conversion.stablehlo.generalisation.graph import DynamicGraph
from litert_ir.conversion.stablehlo.generalisation.operators import RULES
from litert_ir.conversion.stablehlo.generalisation.pairs import TensorPair
from litert_ir.conversion.stablehlo.generalisation.pruning import prune
from litert_ir.conversion.stablehlo.generalisation.sizes import (
    SizeFinder,
    check_sizes,
    unclear_ratios,
)


@attrs.frozen(kw_only=True)
class General:
    """A file for every size.

    Attributes:
        model: Its `ModelT`; dynamic dimensions have size 1 in shapes and -1 in signatures.
        has_open_masks: Whether it computes a mask that has no limit on one side. At longer
            sizes than those of the two files it might have one.
    """

    model: Any = attrs.field(repr=False)
    has_open_masks: bool


def generalise(first: Any, second: Any) -> General:
    """One file that holds for every size.

    Args:
        first: The `ModelT` of a LiteRT file with one size of each dynamic dimension; it becomes
            the result's. Weights may stand elsewhere, as external buffers; they must be the
            same for both files.
        second: That of the file with another size of each dynamic dimension.

    Raises:
        NotGeneralError: When the two files do not tell what holds for other sizes; it names the
            operator and the tensor.
    """
    schema = load_schema()
    one, other = FileView(schema, first), FileView(schema, second)
    counts = [len(file.model.subgraphs) for file in (one, other)]
    if counts[0] != counts[1]:
        raise differing_files("another number of graphs", "the file", *counts)
    editor = ModelEditor(schema, one.model)
    graphs = [align(one, other, index) for index in range(counts[0])]
    inputs = _inputs_of(graphs[0])
    check_sizes(inputs)
    unclear = unclear_ratios(inputs)
    for index, graph in enumerate(graphs):
        _generalise_graph(editor, index, graph, SizeFinder(_inputs_of(graph), unclear))
    return General(model=first, has_open_masks=editor.has_open_masks)


def _inputs_of(graph: AlignedGraph) -> list[TensorPair]:
    return [graph.tensors[at] for at in indices(graph.graph.inputs)]


def _generalise_graph(
    model: ModelEditor, index: int, aligned: AlignedGraph, sizes: SizeFinder
) -> None:
    editor = GraphEditor(model, aligned.graph)
    graph = DynamicGraph(
        aligned=aligned,
        editor=editor,
        emitter=SizeEmitter(editor),
        sizes=sizes,
    )
    for step in aligned.steps:
        if step.code in RULES:
            RULES[step.code](graph, step)
        _generalise_inputs(graph, step)
        editor.keep(step.operator)
        graph.sizes.add_results(aligned.tensors[at] for at in step.outputs if at >= 0)
    _generalise_outputs(graph, index)
    editor.finish()
    _set_signatures(aligned)
    prune(model.model, index, [at for at, pair in aligned.tensors.items() if pair.is_constant])


def _generalise_inputs(graph: DynamicGraph, step: Step) -> None:
    for position, at in enumerate(step.inputs):
        pair = graph.pair(at)
        if pair is not None and not pair.is_general:
            step.replace_input(position, general_constant(graph, step, pair))


def _generalise_outputs(graph: DynamicGraph, index: int) -> None:
    """Constants that a graph returns are computed as if an operator took them."""
    model, returning = graph.editor.model, graph.aligned.graph
    reader = model.schema.OperatorT()
    reader.inputs = returning.outputs
    step = Step(code="", label=OUTPUTS, operator=reader, has_same_options=True)
    before = step.inputs
    _generalise_inputs(graph, step)
    replaced = dict(zip(before, step.inputs, strict=True))
    returning.outputs = reader.inputs
    for entry in signature_entries(model.model, index):
        entry.tensorIndex = replaced.get(entry.tensorIndex, entry.tensorIndex)


def _set_signatures(aligned: AlignedGraph) -> None:
    for at, pair in aligned.tensors.items():
        if pair.has_dynamic_dims and not pair.is_constant:
            set_dims(
                aligned.graph.tensors[at],
                [one if one == other else None for one, other in pair.dims],
            )
