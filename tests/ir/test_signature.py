from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.errors import Problem, SignatureError
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import Absent, ListNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import ModelKind
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.testing.strategies import signatures
from litert_ir.visitors.rebuild import Rebuild

X = TensorSpec(name="x", shape=(1,), dtype=DType.FLOAT32)


@given(st.sampled_from(ModelKind).flatmap(signatures))
def test_leaves_are_those_of_each_argument_in_order(signature: Signature) -> None:
    by_argument = [collect_leaves(arg.value, Path(arg.name)) for arg in signature.arguments]
    assert signature.leaves == tuple(leaf for leaves in by_argument for leaf in leaves)
    assert signature.tensors == tuple(leaf.spec for leaf in signature.leaves)
    assert len({leaf.path for leaf in signature.leaves}) == len(signature.leaves) > 0


@given(signatures(ModelKind.SUBCLASSED))
def test_fold_visits_each_argument_in_order(signature: Signature) -> None:
    assert signature.fold(Rebuild()) == tuple(arg.value for arg in signature.arguments)


def test_a_signature_with_a_fault_cannot_be_made() -> None:
    with pytest.raises(SignatureError, match=r"x: expected at least one element, received \[\]"):
        Signature((Argument("x", ListNode(())), Argument("y", X)))


def test_a_fault_of_one_argument_is_told_with_those_of_the_others() -> None:
    with pytest.raises(SignatureError, match="The input signature is not valid:") as caught:
        Signature((Argument("x", X), Argument("y", X)))
    expected = "a name that no other tensor has"
    assert caught.value.problems == (Problem("x", expected, "'x'"), Problem("y", expected, "'x'"))


def test_an_absent_argument_is_fine_beside_a_tensor() -> None:
    signature = Signature((Argument("x", X), Argument("mask", Absent(), keyword_only=True)))
    assert signature.tensors == (X,)


def test_arguments_are_a_tuple() -> None:
    with pytest.raises(TypeError, match="arguments"):
        Signature([Argument("x", X)])  # type: ignore[arg-type]


def test_the_way_an_argument_is_passed_is_part_of_it() -> None:
    assert Argument("x", X) != Argument("x", X, keyword_only=True)
    assert Argument("x", X).path == Path("x")
