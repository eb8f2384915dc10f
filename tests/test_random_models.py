"""Random nested signatures become real models, real files, and the same values again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from typing_extensions import override

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import litert_ir as lir
from litert_ir import DType, DynamicDim, ListNode, ModelKind, Path, SignatureNode, TupleNode
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.tensor import Dim, TensorSpec
from litert_ir.testing.models import model_of_inputs
from litert_ir.testing.strategies import signature_nodes
from litert_ir.visitors.flatten import flatten, unflatten
from litert_ir.visitors.nested import Nested
from litert_ir.visitors.rebuild import Rebuild

INPUTS, OUTPUTS = Path("inputs"), Path("output")
BATCH = DynamicDim("batch")
# What both Keras' and LiteRT's builtin kernels multiply or negate: LiteRT 2.21 has no MUL of
# int8, uint8, uint16, float16 and float64, and Keras goes through float32 for uint64.
DTYPES = (
    DType.FLOAT32,
    DType.INT16,
    DType.INT32,
    DType.INT64,
    DType.UINT32,
    DType.BOOL,
    DType.COMPLEX64,
)
# Keras wants the keys of flat dicts to be the layers' names, and says so.
pytestmark = pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict:UserWarning")


@attrs.define
class Fill(Rebuild):
    """Puts given tensors in the places of a tree's leaves, absent ones too."""

    specs: Iterator[TensorSpec]

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return next(self.specs)

    @override
    def visit_absent(self, path: Path) -> SignatureNode:
        return next(self.specs)


class Paths(Nested):
    """Each tensor as the text of its path."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> str:
        return str(path)


@st.composite
def input_specs(draw: st.DrawFn) -> TensorSpec:
    """Tensors that models of all kinds of layers take: the batch first, then any sizes."""
    dims: st.SearchStrategy[Dim] = st.integers(1, 3) | st.just(DynamicDim())
    others = draw(st.lists(dims, max_size=3))
    return TensorSpec(name="leaf", shape=(BATCH, *others), dtype=draw(st.sampled_from(DTYPES)))


@st.composite
def input_trees(draw: st.DrawFn) -> SignatureNode:
    """What functional models may take, in any nesting."""
    tree = draw(signature_nodes(max_depth=3, max_leaves=6))
    drawn = iter(lambda: draw(input_specs()), None)
    return lir.fold(tree, Fill(drawn), INPUTS)


def is_list_of_one(tree: SignatureNode) -> bool:
    return isinstance(tree, ListNode | TupleNode) and len(tree.items) == 1


def arrays_for(plan: lir.ExportPlan, batch: int, size: int) -> tuple[NDArray[Any], ...]:
    """One array per input, with ``size`` for each dynamic dimension but the batch."""
    rng = np.random.default_rng(batch)
    return tuple(
        rng.integers(0, 2 if spec.dtype is DType.BOOL else 100, shape).astype(spec.dtype.value)
        for spec in plan.inputs
        if (shape := [batch, *(size if n is None else n for n in spec.sizes[1:])])
    )


def run_file(
    content: bytes, feeds: Sequence[Mapping[str, NDArray[Any]]]
) -> list[dict[str, NDArray[Any]]]:
    """What the interpreter makes of each feed."""
    with tempfile.TemporaryDirectory() as folder:
        path = File(folder) / "model.tflite"
        path.write_bytes(content)
        file = lir.LiteRTFile(path)
        return [file.run(feed) for feed in feeds]


@pytest.mark.slow
@given(input_trees())
@settings(max_examples=150)
def test_plans_say_how_nested_and_flat_values_correspond(tree: SignatureNode) -> None:
    plan = lir.plan_for(model_of_inputs(tree))
    assert plan.kind is ModelKind.FUNCTIONAL
    (argument,) = plan.signature.arguments
    wanted = collect_leaves(tree, INPUTS)
    assert [leaf.path for leaf in plan.signature.leaves] == [leaf.path for leaf in wanted]
    assert [(spec.sizes, spec.dtype) for spec in plan.inputs] == [
        (leaf.spec.sizes, leaf.spec.dtype) for leaf in wanted
    ]
    dims = [dim for spec in plan.inputs for dim in spec.shape if isinstance(dim, lir.DynamicDim)]
    assert all(dim.name for dim in dims)
    for root, node in ((INPUTS, argument.value), (OUTPUTS, plan.outputs)):
        leaves = collect_leaves(node, root)
        nested = lir.fold(node, Paths(), root)
        flat = flatten(node, nested, root)
        assert flat == tuple(str(leaf.path) for leaf in leaves)
        assert unflatten(node, flat, root) == nested
        assert len({leaf.spec.name for leaf in leaves}) == len(leaves)
    # Of a list or tuple of one, Keras returns its element.
    start = 1 if is_list_of_one(tree) else 0
    assert [leaf.path.steps for leaf in plan.output_leaves] == [
        leaf.path.steps[start:] for leaf in wanted
    ]
    assert lir.ExportPlan.from_json(plan.to_json()) == plan


@pytest.mark.slow
@given(input_trees())
@settings(max_examples=100)
def test_files_compute_what_their_models_compute(tree: SignatureNode) -> None:
    model = model_of_inputs(tree)
    plan = lir.plan_for(model)
    result = lir.execute(plan, model, strategies=(lir.ConcreteFunction(),))
    assert result.parity is not None
    assert result.parity.agrees
    assert result.content is not None
    cases = [arrays_for(plan, batch, size) for batch, size in ((1, 2), (4, 3))]
    names = [spec.name for spec in plan.inputs]
    feeds = [dict(zip(names, arrays, strict=True)) for arrays in cases]
    for arrays, outputs in zip(cases, run_file(result.content, feeds), strict=True):
        nested = model(unflatten(plan.signature.arguments[0].value, arrays, INPUTS))
        for leaf in plan.output_leaves:
            expected = nested
            for step in leaf.path.steps:
                expected = expected[step]
            # Exact: one product of small integers, which float32 holds without rounding.
            np.testing.assert_array_equal(outputs[leaf.spec.name], expected.numpy(), str(leaf.path))
