from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import ModelKind
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.testing.strategies import signature_nodes, signatures
from litert_ir.visitors.naming import assign_names, natural_name
from litert_ir.visitors.rebuild import Rebuild

ROOT = Path("inputs")
X = TensorSpec(name="x", shape=(1,), dtype=DType.FLOAT32)


def names_of(
    tree: SignatureNode,
    own_names: Mapping[Path, str] | None = None,
    *,
    root: Path = ROOT,
    arguments_named: bool = False,
) -> list[str]:
    """The names that the tensors of one tree are given, in order."""
    roots = ((root, tree),)
    (named,) = assign_names(roots, own_names or {}, arguments_named=arguments_named)
    return [leaf.spec.name for leaf in collect_leaves(named, root)]


@attrs.frozen
class Forget(Rebuild):
    """Takes all names away."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return attrs.evolve(spec, name="unnamed")


@st.composite
def own_names(draw: st.DrawFn, tree: SignatureNode) -> dict[Path, str]:
    """Names that Keras might have given some tensors, many of them the same."""
    names = st.sampled_from(("dense", "dense_1", "a", "inputs_0"))
    paths = [leaf.path for leaf in collect_leaves(tree, ROOT)]
    return {path: draw(names) for path in paths if draw(st.booleans())}


@given(signature_nodes(max_leaves=16), st.data(), st.booleans())
def test_names_are_unique_and_follow_from_the_structure_alone(
    tree: SignatureNode, data: st.DataObject, arguments_named: bool
) -> None:
    own = data.draw(own_names(tree))
    names = names_of(tree, own, arguments_named=arguments_named)
    assert len(set(names)) == len(names)
    nameless = fold(tree, Forget(), ROOT)
    again = names_of(nameless, dict(reversed(own.items())), arguments_named=arguments_named)
    assert again == names


@given(signature_nodes(max_leaves=16), st.data())
def test_each_wanted_name_is_given_to_the_first_that_wants_it(
    tree: SignatureNode, data: st.DataObject
) -> None:
    own = data.draw(own_names(tree))
    leaves = collect_leaves(tree, ROOT)
    wanted = [natural_name(at.path, own.get(at.path), argument_named=False) for at in leaves]
    names = names_of(tree, own)
    for index, name in enumerate(wanted):
        if name in wanted[:index]:
            number = names[index].removeprefix(f"{name}_")
            assert number.isdecimal()
            assert names[index] not in wanted
        else:
            assert names[index] == name


@given(signatures(ModelKind.SUBCLASSED))
def test_only_names_change(signature: Signature) -> None:
    roots = tuple((argument.path, argument.value) for argument in signature.arguments)
    named = assign_names(roots, {}, arguments_named=True)
    forget = Forget()
    assert [fold(node, forget, ROOT) for node in named] == [
        fold(node, forget, ROOT) for _, node in roots
    ]


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True))
def test_the_keys_of_a_flat_mapping_are_the_names(keys: list[str]) -> None:
    tree = MappingNode(tuple((key, X) for key in keys))
    assert names_of(tree) == keys
    assert names_of(tree, {Path("inputs", (keys[0],)): "input_layer"}) == keys


def test_outputs_of_the_same_layer_are_numbered() -> None:
    own = {Path("inputs", (index,)): "dense" for index in range(3)}
    assert names_of(ListNode((X, X, X)), own) == ["dense", "dense_1", "dense_2"]


def test_a_number_that_another_tensor_has_by_itself_is_left_to_it() -> None:
    own = {
        Path("inputs", (0,)): "dense",
        Path("inputs", (1,)): "dense",
        Path("inputs", (2,)): "dense_1",
    }
    assert names_of(ListNode((X, X, X)), own) == ["dense", "dense_2", "dense_1"]


@pytest.mark.parametrize(
    ("tree", "names"),
    [
        (X, ["inputs"]),
        (ListNode((X, X)), ["inputs_0", "inputs_1"]),
        (TupleNode((X,)), ["inputs_0"]),
        (MappingNode((("b", X), ("a", X))), ["b", "a"]),
        (MappingNode((("a", ListNode((X, X))), ("a_1", X))), ["a_0", "a_1", "a_1_1"]),
        (MappingNode((("a_1", X), ("a", ListNode((X, X))))), ["a_1", "a_0", "a_1_1"]),
        (MappingNode((("a", MappingNode((("b", X),))), ("a_b", X))), ["a_b", "a_b_1"]),
        (
            MappingNode(
                (("a", MappingNode((("b", X),))), ("a_b", X), ("a_b_1", X)),
            ),
            ["a_b", "a_b_2", "a_b_1"],
        ),
    ],
)
def test_names_without_names_of_their_own(tree: SignatureNode, names: list[str]) -> None:
    assert names_of(tree) == names


@pytest.mark.parametrize(
    ("path", "own_name", "argument_named", "name"),
    [
        (Path("inputs"), None, False, "inputs"),
        (Path("inputs"), "image", False, "image"),
        (Path("inputs"), "image", True, "image"),
        (Path("inputs", ("image",)), None, False, "image"),
        (Path("inputs", ("image",)), "input_layer", False, "image"),
        (Path("inputs", ("a", "b")), None, False, "a_b"),
        (Path("inputs", ("a", 0)), None, False, "a_0"),
        (Path("inputs", ("a", 0)), "input_layer", False, "input_layer"),
        (Path("pair", (0,)), None, True, "pair_0"),
        (Path("pair", (0,)), None, False, "pair_0"),
        (Path("pair", ("a",)), None, True, "pair_a"),
    ],
)
def test_natural_names(path: Path, own_name: str | None, argument_named: bool, name: str) -> None:
    assert natural_name(path, own_name, argument_named=argument_named) == name
