from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from litert_ir.errors import Problem, SignatureError
from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import ModelKind
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.testing.strategies import signature_nodes, signatures
from litert_ir.visitors.flatten import call_arguments, flatten, unflatten
from litert_ir.visitors.nested import Nested

ROOT = Path("inputs")
X, Y, Z = (TensorSpec(name=name, shape=(1,), dtype=DType.FLOAT32) for name in "xyz")
TREE = MappingNode((("a", ListNode((X, Y))), ("b", Absent()), ("c", TupleNode((Z,)))))


class Places(Nested):
    """Each tensor as the text of its path: a nested value that no other place shares."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> str:
        return str(path)


@given(signature_nodes())
def test_unflatten_undoes_flatten(node: SignatureNode) -> None:
    nested = fold(node, Places(), ROOT)
    flat = flatten(node, nested, ROOT)
    assert flat == tuple(str(leaf.path) for leaf in collect_leaves(node, ROOT))
    assert unflatten(node, flat, ROOT) == nested


@given(signature_nodes())
def test_flatten_undoes_unflatten(node: SignatureNode) -> None:
    flat = tuple(object() for _ in collect_leaves(node, ROOT))
    assert flatten(node, unflatten(node, flat, ROOT), ROOT) == flat


def test_the_order_of_a_mapping_and_the_kind_of_a_sequence_do_not_matter() -> None:
    value = OrderedDict([("c", [3]), ("b", None), ("a", (1, 2))])
    assert flatten(TREE, value, ROOT) == (1, 2, 3)


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        (1, [("inputs", "a mapping with keys ['a', 'b', 'c']", "int")]),
        ([1, 2, 3], [("inputs", "a mapping with keys ['a', 'b', 'c']", "a sequence of 3")]),
        (
            {"a": [1, 2], "c": [3]},
            [("inputs", "a mapping with keys ['a', 'b', 'c']", "a mapping with keys ['a', 'c']")],
        ),
        (
            {"a": [1, 2], "b": None, "c": [3], "d": 4},
            [
                (
                    "inputs",
                    "a mapping with keys ['a', 'b', 'c']",
                    "a mapping with keys ['a', 'b', 'c', 'd']",
                )
            ],
        ),
        (
            {"a": [1], "b": 2, "c": {"x": 3}},
            [
                ("inputs['a']", "a sequence of 2", "a sequence of 1"),
                ("inputs['b']", "None", "int"),
                ("inputs['c']", "a sequence of 1", "a mapping with keys ['x']"),
            ],
        ),
        (
            {"a": [None, {}], "b": None, "c": (3,)},
            [
                ("inputs['a'][0]", "a tensor (1,) float32", "NoneType"),
                ("inputs['a'][1]", "a tensor (1,) float32", "a mapping with keys []"),
            ],
        ),
    ],
)
def test_all_mismatches_are_told_together(value: Any, problems: list[tuple[str, str, str]]) -> None:
    with pytest.raises(SignatureError, match="The value does not fit the signature:") as caught:
        flatten(TREE, value, ROOT)
    assert caught.value.problems == tuple(Problem(*problem) for problem in problems)


@given(signature_nodes(), st.integers(1, 3))
def test_too_many_values_are_refused(node: SignatureNode, surplus: int) -> None:
    count = len(collect_leaves(node, ROOT)) + surplus
    with pytest.raises(SignatureError, match="too many values") as caught:
        unflatten(node, range(count), ROOT)
    expected = Problem("inputs", "one value per tensor", "too many values")
    assert caught.value.problems == (expected,)


def test_too_few_values_for_a_bare_tensor_are_refused() -> None:
    with pytest.raises(SignatureError, match="none left") as caught:
        unflatten(X, (), ROOT)
    expected = Problem("inputs", "one value per tensor", "none left")
    assert caught.value.problems == (expected,)


@pytest.mark.parametrize("given_values", [0, 1, 2])
def test_too_few_values_for_a_container_are_refused(given_values: int) -> None:
    with pytest.raises(SignatureError, match="none left"):
        unflatten(TREE, range(given_values), ROOT)


@given(signatures(ModelKind.SUBCLASSED))
def test_call_arguments_hold_each_value_at_its_place(signature: Signature) -> None:
    paths = [str(leaf.path) for leaf in signature.leaves]
    positional, keywords = call_arguments(signature, paths)
    nested = signature.fold(Places())
    names = [argument.name for argument in signature.arguments]
    assert (*positional, *keywords.values()) == nested
    assert list(keywords) == names[len(positional) :]


def test_the_first_argument_goes_by_position_and_all_others_by_name() -> None:
    arguments = (Argument("x", X), Argument("mask", Absent()), Argument("y", Y, keyword_only=True))
    assert call_arguments(Signature(arguments), (1, 2)) == ([1], {"mask": None, "y": 2})


def test_a_first_argument_by_keyword_only_goes_by_name() -> None:
    signature = Signature((Argument("x", ListNode((X, Y)), keyword_only=True),))
    assert call_arguments(signature, (1, 2)) == ([], {"x": [1, 2]})


def test_a_call_takes_as_many_values_as_tensors() -> None:
    signature = Signature((Argument("x", X),))
    for count, received in ((0, "none left"), (2, "too many values")):
        with pytest.raises(SignatureError, match=received) as caught:
            call_arguments(signature, range(count))
        assert caught.value.problems == (Problem("x", "one value per tensor", received),)
