"""The public strategies: what they reach, and what they shrink to."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from litert_ir.ir.estimate import Layout
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.fold import SignatureVisitor, fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization
from litert_ir.ir.parse_options import SUPPORTED_TYPES
from litert_ir.ir.path import Path
from litert_ir.ir.plan import ExportPlan, ModelKind, needs_adapter
from litert_ir.ir.quantization import Precision
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, DynamicDim, Shape, TensorSpec
from litert_ir.testing.strategies import (
    converter_options,
    dtypes,
    dynamic_dims,
    file_options,
    plans,
    shapes,
    signature_nodes,
    signatures,
    tensor_specs,
)

REPEATABLE = settings(max_examples=500, derandomize=True, database=None, deadline=None)
SEARCH = settings(REPEATABLE, phases=[Phase.generate, Phase.shrink])
ROOT = Path("inputs")
T = TypeVar("T")
# One object each, for the cache of `sample`.
SPECS, NODES, DIMS = tensor_specs(), signature_nodes(), dynamic_dims()
OPTIONS, PLANS, SUBCLASSED = converter_options(), plans(), signatures(ModelKind.SUBCLASSED)


def plainest(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool]) -> Any:
    """What Hypothesis would show of all values that meet the condition."""
    return find(strategy, condition, settings=SEARCH)


@functools.cache
def sample(strategy: st.SearchStrategy[T]) -> list[T]:
    """A few hundred values, the same ones in every run."""
    drawn: list[T] = []

    @settings(REPEATABLE, phases=[Phase.generate])
    @given(strategy)
    def draw(value: T) -> None:
        drawn.append(value)

    draw()
    return drawn


def vector(name: str) -> TensorSpec:
    """The plainest tensor."""
    return TensorSpec(name=name, shape=(1,), dtype=DType.FLOAT32)


def everything(_value: object) -> bool:
    """Any value will do."""
    return True


@pytest.mark.parametrize(
    ("strategy", "value"),
    [
        (dtypes(), DType.FLOAT32),
        (shapes(), (1,)),
        (dynamic_dims(), DynamicDim("batch")),
        (tensor_specs(), vector("a")),
        (signature_nodes(), vector("inputs")),
        (signatures(ModelKind.FUNCTIONAL), Signature((Argument("inputs", vector("inputs")),))),
        (signatures(ModelKind.SEQUENTIAL), Signature((Argument("inputs", vector("inputs")),))),
        (signatures(ModelKind.SUBCLASSED), Signature((Argument("x", vector("x")),))),
        (converter_options(), ConverterOptions()),
        (file_options(), FileOptions()),
    ],
    ids=str,
)
def test_strategies_shrink_to_the_plainest_value(
    strategy: st.SearchStrategy[Any], value: object
) -> None:
    assert plainest(strategy, everything) == value


def test_plans_shrink_to_one_tensor_in_and_one_out() -> None:
    plan: ExportPlan = plainest(plans(), everything)
    assert plan.kind is ModelKind.FUNCTIONAL
    assert plan.inputs == (vector("inputs"),)
    assert [leaf.spec for leaf in plan.output_leaves] == [vector("output")]
    assert plan.adapter is None
    assert plan.options == FileOptions()
    assert (plan.route, plan.notes) == ((), ())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (MappingNode, MappingNode((("a", vector("a")),))),
        (ListNode, ListNode((vector("inputs_0"),))),
        (TupleNode, TupleNode((vector("inputs_0"),))),
    ],
)
def test_containers_shrink_to_one_leaf(kind: type, value: SignatureNode) -> None:
    assert plainest(signature_nodes(), lambda node: isinstance(node, kind)) == value


def test_several_tensors_shrink_to_one_container() -> None:
    found = plainest(signature_nodes(), lambda node: len(collect_leaves(node, ROOT)) == 3)
    assert found == ListNode((vector("inputs_0"), vector("inputs_1"), vector("inputs_2")))


def test_every_type_of_an_interface_is_reached_and_no_other() -> None:
    reached = {spec.dtype for spec in sample(SPECS)}
    assert reached == {dtype for dtype in DType if dtype.is_interface_type}


def test_tensors_of_another_type_in_the_model_are_reached() -> None:
    reached = {(spec.dtype, spec.model_dtype) for spec in sample(SPECS) if spec.model_dtype}
    assert reached == {(DType.FLOAT32, DType.BFLOAT16)}


def test_every_option_is_reached() -> None:
    options = sample(OPTIONS)
    assert {flag for chosen in options for flag in chosen.optimizations} == set(Optimization)
    assert {op for chosen in options for op in chosen.target_spec.supported_ops} == set(OpSet)
    assert {chosen.precision for chosen in options} == set(Precision)
    assert {dtype for chosen in options for dtype in chosen.target_spec.supported_types} == {
        *SUPPORTED_TYPES
    }
    integers = {DType.INT8, DType.UINT8, DType.INT16}
    assert {chosen.inference_input_type for chosen in options} == {DType.FLOAT32, *integers}
    assert {chosen.inference_output_type for chosen in options} == {DType.FLOAT32, *integers}
    assert {chosen.experimental_new_quantizer for chosen in options} == {True, False}
    assert {bool(chosen.aot_compile_targets) for chosen in options} == {True, False}


def not_needed(plan: ExportPlan) -> bool:
    """Whether the plan has an adapter that it could do without."""
    return plan.adapter is not None and not needs_adapter(plan.signature, plan.outputs)


def test_every_form_of_a_plan_is_reached() -> None:
    drawn = sample(PLANS)
    assert {plan.kind for plan in drawn} == set(ModelKind)
    assert {plan.adapter is None for plan in drawn} == {True, False}
    assert any(not_needed(plan) for plan in drawn)
    assert {step.refusal is None for plan in drawn for step in plan.route} == {True, False}
    assert {bool(plan.notes) for plan in drawn} == {True, False}
    assert len({plan.model.compute_dtypes for plan in drawn}) > 1
    assert {plan.estimate and plan.estimate.layout for plan in drawn} == {None, *Layout}


def test_every_form_of_a_subclassed_signature_is_reached() -> None:
    drawn = sample(SUBCLASSED)
    arguments = [argument for signature in drawn for argument in signature.arguments]
    assert {len(signature.arguments) for signature in drawn} == {1, 2, 3}
    assert {argument.keyword_only for argument in arguments} == {True, False}
    assert {type(argument.value) for argument in arguments} == {
        TensorSpec,
        Absent,
        MappingNode,
        ListNode,
        TupleNode,
    }


def test_every_form_of_a_shape_is_reached() -> None:
    drawn = [spec.shape for spec in sample(SPECS)]
    dims = {dim for shape in drawn for dim in shape}
    assert {len(shape) for shape in drawn} == {0, 1, 2, 3, 4}
    assert {DynamicDim(), DynamicDim("batch"), 1, 16} <= dims


def test_every_form_of_a_dynamic_dimension_is_reached() -> None:
    drawn = sample(DIMS)
    assert {dim.name for dim in drawn} == {"batch", "length", None}
    assert {dim.is_bounded for dim in drawn} == {True, False}
    bounded = [dim for dim in drawn if dim.is_bounded]
    assert {dim.maximum is None for dim in bounded} == {True, False}
    assert {dim.smallest == dim.minimum for dim in bounded} == {True, False}
    assert {dim.smallest == dim.maximum for dim in bounded} == {True, False}
    assert {dim.multiple_of for dim in bounded} == set(range(1, 9))
    assert {"", "input_signature"} < {dim.source for dim in bounded}


def test_dimensions_of_one_name_and_bounds_are_reached_in_different_inputs() -> None:
    def shared(signature: Signature) -> bool:
        found = [
            {dim for dim in spec.shape if isinstance(dim, DynamicDim) and dim.name}
            for spec in signature.tensors
        ]
        pairs = itertools.combinations(found, 2)
        return any(dim.is_bounded for one, other in pairs for dim in one & other)

    assert any(map(shared, sample(SUBCLASSED)))


def test_a_bounded_dimension_shrinks_to_a_plain_one() -> None:
    shape: Shape = plainest(
        shapes(), lambda dims: any(isinstance(d, DynamicDim) and d.maximum for d in dims)
    )
    assert shape == (DynamicDim("batch", maximum=1),)


@given(shapes())
def test_dimensions_of_one_name_in_a_shape_are_equal(shape: Shape) -> None:
    named = {dim for dim in shape if isinstance(dim, DynamicDim) and dim.name}
    assert len(named) == len({dim.name for dim in named})


def test_trees_reach_their_limits() -> None:
    sizes = [fold(node, Measure(), ROOT) for node in sample(NODES)]
    assert {depth for depth, _ in sizes} == {0, 1, 2, 3}
    assert {leaves for _, leaves in sizes} >= {1, 2, 3, 4, 5, 6}


@given(shapes(max_rank=2, max_size=3, dynamic=False))
def test_shapes_stay_within_their_limits(shape: Shape) -> None:
    assert len(shape) <= 2
    assert set(shape) <= {1, 2, 3}


class Measure(SignatureVisitor[tuple[int, int]]):
    """The depth of a tree and the number of its leaves, absent ones included."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> tuple[int, int]:
        return 0, 1

    @override
    def visit_absent(self, path: Path) -> tuple[int, int]:
        return 0, 1

    def _container(self, children: tuple[tuple[int, int], ...]) -> tuple[int, int]:
        return 1 + max(depth for depth, _ in children), sum(leaves for _, leaves in children)

    @override
    def visit_mapping(
        self, path: Path, node: MappingNode, children: tuple[tuple[int, int], ...]
    ) -> tuple[int, int]:
        return self._container(children)

    @override
    def visit_list(
        self, path: Path, node: ListNode, children: tuple[tuple[int, int], ...]
    ) -> tuple[int, int]:
        return self._container(children)

    @override
    def visit_tuple(
        self, path: Path, node: TupleNode, children: tuple[tuple[int, int], ...]
    ) -> tuple[int, int]:
        return self._container(children)


@given(st.data(), st.integers(0, 3), st.integers(1, 9))
def test_trees_stay_within_their_limits(
    data: st.DataObject, max_depth: int, max_leaves: int
) -> None:
    node = data.draw(signature_nodes(max_depth=max_depth, max_leaves=max_leaves))
    depth, leaves = fold(node, Measure(), ROOT)
    assert depth <= max_depth
    assert leaves <= max_leaves


@given(signatures(ModelKind.SUBCLASSED))
def test_keyword_only_arguments_come_last(signature: Signature) -> None:
    flags = [argument.keyword_only for argument in signature.arguments]
    assert flags == sorted(flags)
    assert 1 <= len(flags) <= 3
    assert all(argument.name.isidentifier() for argument in signature.arguments)


@given(signatures(ModelKind.SEQUENTIAL))
def test_a_sequential_signature_is_one_bare_tensor(signature: Signature) -> None:
    (argument,) = signature.arguments
    assert isinstance(argument.value, TensorSpec)


@given(st.sampled_from(ModelKind).flatmap(plans))
def test_plans_of_a_kind_are_of_that_kind(plan: ExportPlan) -> None:
    assert isinstance(plan, ExportPlan)
