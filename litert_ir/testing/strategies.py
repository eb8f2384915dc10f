"""Hypothesis strategies for the data of `litert_ir.ir`: public, for other projects' tests too.

Each gives valid values only and shrinks to the plainest one: one float32 tensor of shape
``(1,)``, in no container, with default options.

Example:
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(plans())
    ... def check(plan):
    ...     assert type(plan).from_json(plan.to_json()) == plan
    >>> check()
"""

from __future__ import annotations

import keyword

from hypothesis import strategies as st

from litert_ir.ir.adapter import AdapterSpec, Binding
from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import (
    OUTPUTS,
    ExportPlan,
    ModelKind,
    RouteStep,
    needs_adapter,
)
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, Shape, TensorSpec
from litert_ir.testing.dimensions import TieDims, dynamic_dims, shapes
from litert_ir.testing.options import converter_options, file_options, quantizations
from litert_ir.testing.plan_facts import ESTIMATES, METADATA, STORED, SUMMARIES, TASKS, VERSIONS
from litert_ir.visitors.naming import Roots, assign_names

__all__ = [
    "converter_options",
    "dtypes",
    "dynamic_dims",
    "file_options",
    "plans",
    "quantizations",
    "shapes",
    "signature_nodes",
    "signatures",
    "tensor_specs",
]

# float32 comes first, as the simplest, and so twice as often as the others.
_INTERFACE_TYPES = (DType.FLOAT32, *(dtype for dtype in DType if dtype.is_interface_type))
# Any text that UTF-8 can hold: a lone surrogate has no JSON that other programs can read.
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
_KEYS = st.sampled_from(("a", "b", "c", "a_1", "0", "inputs")) | _TEXTS
_OWN_NAMES = st.sampled_from((None, "dense", "dense_1", "output"))
_ARGUMENT_NAMES = st.sampled_from(("x", "y", "mask", "training", "x_1")) | st.text(
    "abcdefgh_", min_size=1, max_size=5
).filter(lambda name: not keyword.iskeyword(name))


def dtypes() -> st.SearchStrategy[DType]:
    """Element types that a LiteRT file can take and give; float32 is the simplest."""
    return st.sampled_from(_INTERFACE_TYPES)


def tensor_specs(
    *,
    name: st.SearchStrategy[str] | None = None,
    shape: st.SearchStrategy[Shape] | None = None,
    dtype: st.SearchStrategy[DType] | None = None,
) -> st.SearchStrategy[TensorSpec]:
    """Single tensors.

    Args:
        name: Where names come from; by default short words and any other text.
        shape: Where shapes come from; by default `shapes`.
        dtype: Where element types come from; by default `dtypes`.
    """
    return st.builds(
        _tensor_spec,
        name=_KEYS if name is None else name,
        shape=shapes() if shape is None else shape,
        dtype=dtypes() if dtype is None else dtype,
        widened=st.booleans(),
    )


def _tensor_spec(name: str, shape: Shape, dtype: DType, *, widened: bool) -> TensorSpec:
    """A tensor; if it shall be widened and is a float32 one, it stands for a bfloat16 one."""
    model_dtype = DType.BFLOAT16 if widened and dtype is DType.FLOAT32 else None
    return TensorSpec(name=name, shape=shape, dtype=dtype, model_dtype=model_dtype)


@st.composite
def signature_nodes(
    draw: st.DrawFn, *, max_depth: int = 3, max_leaves: int = 8, root: Path | None = None
) -> SignatureNode:
    """Trees that are a sound interface by themselves; one bare tensor is the simplest.

    They nest mappings, lists and tuples, hold at least one tensor and perhaps `Absent`
    leaves; all tensor names are distinct, as `litert_ir.visitors.naming` gives them.

    Args:
        draw: Given by Hypothesis.
        max_depth: Most containers between the root and a leaf; 0 for a bare tensor.
        max_leaves: Most leaves, absent ones included.
        root: Where the tree stands, which its names depend on; by default ``inputs``.
    """
    path = Path("inputs") if root is None else root
    tree = draw(_trees(max_depth, max_leaves, absent=False).filter(_has_tensor))
    return draw(_named(((path, tree),), arguments_named=False))[0]


def signatures(
    kind: ModelKind = ModelKind.FUNCTIONAL, *, max_depth: int = 3, max_leaves: int = 8
) -> st.SearchStrategy[Signature]:
    """Signatures of the form that models of a kind have.

    A Functional model and a KerasHub task have one argument, a Sequential model has one bare
    tensor, a subclassed model one to three arguments, the keyword-only ones last, of which
    some may be absent altogether.

    Args:
        kind: The kind of model.
        max_depth: See `signature_nodes`; for each argument.
        max_leaves: See `signature_nodes`; for each argument.
    """
    if kind is ModelKind.SUBCLASSED:
        return _subclassed_signatures(max_depth, max_leaves)
    depth = 0 if kind is ModelKind.SEQUENTIAL else max_depth
    nodes = signature_nodes(max_depth=depth, max_leaves=max_leaves)
    return nodes.map(lambda node: Signature((Argument("inputs", node),)))


@st.composite
def plans(
    draw: st.DrawFn, kind: ModelKind | None = None, *, max_depth: int = 3, max_leaves: int = 8
) -> ExportPlan:
    """Whole plans: with an adapter where one is needed, with or without where none is.

    Args:
        draw: Given by Hypothesis.
        kind: The kind of model; None for any.
        max_depth: See `signature_nodes`; for each argument and for the outputs.
        max_leaves: See `signature_nodes`; for each argument and for the outputs.
    """
    kind = draw(st.sampled_from(ModelKind)) if kind is None else kind
    signature = draw(signatures(kind, max_depth=max_depth, max_leaves=max_leaves))
    outputs = draw(signature_nodes(max_depth=max_depth, max_leaves=max_leaves, root=OUTPUTS))
    adapted = needs_adapter(signature, outputs) or draw(st.booleans())
    return ExportPlan(
        kind=kind,
        model=draw(SUMMARIES),
        signature=signature,
        outputs=outputs,
        adapter=_adapter(signature, outputs) if adapted else None,
        options=draw(file_options()),
        metadata=draw(METADATA),
        route=draw(_ROUTES),
        estimate=draw(ESTIMATES),
        task=draw(TASKS) if kind is ModelKind.HUB_TASK else None,
        stored=draw(STORED),
        notes=draw(st.lists(_TEXTS, max_size=2).map(tuple)),
        versions=draw(VERSIONS),
    )


_UNNAMED = tensor_specs(name=st.just("unnamed"))
_ROOT_KINDS = (TensorSpec, ListNode, TupleNode, MappingNode)
_CHILD_KINDS = (*_ROOT_KINDS, TensorSpec, TensorSpec, Absent)
_MAX_WIDTH = 4


@st.composite
def _trees(draw: st.DrawFn, depth: int, leaves: int, *, absent: bool) -> SignatureNode:
    """Trees whose tensors have no names yet; ``absent`` says whether the root may be absent."""
    kinds = _CHILD_KINDS if absent else _ROOT_KINDS
    leaves_only = [kind for kind in kinds if kind in (TensorSpec, Absent)]
    kind = draw(st.sampled_from(kinds if depth > 0 else leaves_only))
    if kind is TensorSpec:
        return draw(_UNNAMED)
    if kind is Absent:
        return Absent()
    width = draw(st.integers(1, min(_MAX_WIDTH, leaves)))
    children = _trees(depth - 1, leaves // width, absent=True)
    items = tuple(draw(children) for _ in range(width))
    if kind is MappingNode:
        keys = draw(st.lists(_KEYS, min_size=width, max_size=width, unique=True))
        return MappingNode(tuple(zip(keys, items, strict=True)))
    return ListNode(items) if kind is ListNode else TupleNode(items)


def _has_tensor(node: SignatureNode) -> bool:
    return bool(collect_leaves(node, OUTPUTS))


@st.composite
def _named(draw: st.DrawFn, roots: Roots, *, arguments_named: bool) -> tuple[SignatureNode, ...]:
    """The trees with distinct names, some of which come from the tensors' own names.

    Dimensions of one name have one set of bounds.
    """
    tie = TieDims({})
    roots = [(path, fold(node, tie, path)) for path, node in roots]
    leaves = [leaf for path, node in roots for leaf in collect_leaves(node, path)]
    drawn = {leaf.path: draw(_OWN_NAMES) for leaf in leaves}
    own_names = {path: name for path, name in drawn.items() if name is not None}
    return assign_names(roots, own_names, arguments_named=arguments_named)


@st.composite
def _subclassed_signatures(draw: st.DrawFn, max_depth: int, max_leaves: int) -> Signature:
    names = draw(st.lists(_ARGUMENT_NAMES, min_size=1, max_size=3, unique=True))
    sound = _trees(max_depth, max_leaves, absent=False).filter(_has_tensor)
    optional = _trees(max_depth, max_leaves, absent=True)
    present = draw(st.integers(0, len(names) - 1))
    values = [draw(sound if index == present else optional) for index in range(len(names))]
    roots = [(Path(name), value) for name, value in zip(names, values, strict=True)]
    named = draw(_named(roots, arguments_named=len(names) > 1))
    positional = len(names) - draw(st.integers(0, len(names)))
    return Signature(
        tuple(
            Argument(name, node, keyword_only=index >= positional)
            for index, (name, node) in enumerate(zip(names, named, strict=True))
        )
    )


def _adapter(signature: Signature, outputs: SignatureNode) -> AdapterSpec:
    sides = (signature.leaves, collect_leaves(outputs, OUTPUTS))
    inputs, results = (tuple(Binding(leaf.spec.name, leaf.path) for leaf in side) for side in sides)
    return AdapterSpec(inputs=inputs, outputs=results)


_ROUTES = st.lists(
    st.builds(
        RouteStep,
        strategy=st.sampled_from(("stablehlo", "direct", "concrete_function", "saved_model")),
        refusal=st.none() | _TEXTS,
    ),
    unique_by=lambda step: step.strategy,
).map(tuple)
