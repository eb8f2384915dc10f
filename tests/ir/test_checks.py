from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from litert_ir.errors import Problem, SignatureError
from litert_ir.ir.checks import INTERFACE_TYPES, check_nodes
from litert_ir.ir.fold import fold
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import ModelKind
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec
from litert_ir.testing.strategies import signature_nodes, signatures
from litert_ir.visitors.rebuild import Rebuild

ROOT = Path("inputs")


class Fault(enum.Enum):
    """What can be wrong with one leaf."""

    EMPTY = "an empty container in its place"
    DTYPE = "a dtype that no file can take"
    ZERO = "a dimension of size 0"
    TWIN = "the name of another tensor"


FAULTS_OF_A_LEAF = (
    (Fault.DTYPE,),
    (Fault.ZERO,),
    (Fault.TWIN,),
    (Fault.EMPTY,),
    (Fault.DTYPE, Fault.ZERO),
    (Fault.DTYPE, Fault.ZERO, Fault.TWIN),
)
EMPTY_NODES: tuple[SignatureNode, ...] = (ListNode(()), TupleNode(()), MappingNode(()))
REFUSED_DTYPES = (DType.STRING, DType.BFLOAT16, DType.COMPLEX128)


@attrs.frozen
class Plant(Rebuild):
    """Puts faults where a table says; ``choice`` picks among faults of the same sort."""

    faults: Mapping[Path, tuple[Fault, ...]]
    choice: int

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        faults = self.faults.get(path, ())
        if Fault.EMPTY in faults:
            return EMPTY_NODES[self.choice]
        if Fault.DTYPE in faults:
            spec = attrs.evolve(spec, dtype=REFUSED_DTYPES[self.choice])
        if Fault.ZERO in faults:
            spec = attrs.evolve(spec, shape=(*spec.shape, 0))
        if Fault.TWIN in faults:
            spec = attrs.evolve(spec, name="a name that no strategy gives")
        return spec


@st.composite
def planted(draw: st.DrawFn) -> tuple[tuple[Argument, ...], Counter[str]]:
    """Arguments with one fault or more, and how many faults each path has."""
    signature = draw(signatures(ModelKind.SUBCLASSED))
    paths = [leaf.path for leaf in signature.leaves]
    places = draw(st.lists(st.sampled_from(paths), min_size=1, unique=True))
    faults = {path: draw(st.sampled_from(FAULTS_OF_A_LEAF)) for path in places}
    twins = sum(Fault.TWIN in found for found in faults.values())
    if twins == 1:  # one alone is no twin
        faults = {
            path: tuple(fault for fault in found if fault is not Fault.TWIN) or (Fault.ZERO,)
            for path, found in faults.items()
        }
    expected = Counter({str(path): len(found) for path, found in faults.items()})
    plant = Plant(faults, draw(st.integers(0, 2)))
    arguments = tuple(
        attrs.evolve(argument, value=fold(argument.value, plant, argument.path))
        for argument in signature.arguments
    )
    return arguments, expected


@given(planted())
def test_every_planted_fault_is_found_at_once(
    case: tuple[tuple[Argument, ...], Counter[str]],
) -> None:
    arguments, expected = case
    with pytest.raises(SignatureError, match=r"The input signature is not valid:") as caught:
        Signature(arguments)
    assert Counter(problem.path for problem in caught.value.problems) == expected
    lines = str(caught.value).splitlines()[1:]
    assert lines == [f"  - {problem}" for problem in caught.value.problems]


@given(signature_nodes())
def test_a_sound_tree_has_no_problem(node: SignatureNode) -> None:
    assert check_nodes(((ROOT, node),)) == ()


def test_problems_say_what_was_expected_and_received() -> None:
    tree = MappingNode(
        (
            ("words", TensorSpec(name="words", shape=(4,), dtype=DType.STRING)),
            ("image", TensorSpec(name="x", shape=(1, 0), dtype=DType.FLOAT32)),
            ("none", TupleNode(())),
            ("mask", TensorSpec(name="x", shape=(1,), dtype=DType.BOOL)),
        )
    )
    assert check_nodes(((ROOT, tree),)) == (
        Problem("inputs['words']", f"a dtype among {INTERFACE_TYPES}", "string"),
        Problem("inputs['image']", "dimensions of size 1 or more", "(1, 0) float32"),
        Problem("inputs['none']", "at least one element", "()"),
        Problem("inputs['image']", "a name that no other tensor has", "'x'"),
        Problem("inputs['mask']", "a name that no other tensor has", "'x'"),
    )


@pytest.mark.parametrize(
    ("node", "received"), [(ListNode(()), "[]"), (TupleNode(()), "()"), (MappingNode(()), "{}")]
)
def test_each_empty_container_is_shown_as_python_writes_it(
    node: SignatureNode, received: str
) -> None:
    assert check_nodes(((ROOT, node),)) == (Problem("inputs", "at least one element", received),)


def test_the_accepted_types_are_those_of_an_interface() -> None:
    assert INTERFACE_TYPES.split(", ") == [t.value for t in DType if t.is_interface_type]


def test_arguments_of_the_same_name_are_refused() -> None:
    x, y = (TensorSpec(name=name, shape=(1,), dtype=DType.INT32) for name in "xy")
    problems = check_nodes(((ROOT, x), (ROOT, y)))
    assert problems == (
        Problem("inputs", "argument names that differ", "2 arguments named 'inputs'"),
    )


@pytest.mark.parametrize("roots", [(), ((ROOT, Absent()),), ((ROOT, ListNode((Absent(),))),)])
def test_an_interface_without_a_tensor_is_refused(
    roots: tuple[tuple[Path, SignatureNode], ...],
) -> None:
    assert check_nodes(roots) == (Problem("the signature", "at least one tensor", "none"),)


def test_a_name_with_nul_is_a_fault() -> None:
    spec = TensorSpec(name="a\0b", shape=(1,), dtype=DType.FLOAT32)
    (problem,) = check_nodes(((Path("x"), spec),))
    assert problem == Problem("x", "a name without NUL characters", repr("a\0b"))


def lengths(*dims: DynamicDim) -> tuple[SignatureNode, ...]:
    """One tensor for each dimension."""
    return tuple(
        TensorSpec(name=f"x{index}", shape=(1, dim), dtype=DType.FLOAT32)
        for index, dim in enumerate(dims)
    )


def test_dimensions_of_one_name_have_one_set_of_bounds() -> None:
    first = DynamicDim("length", minimum=20, maximum=512, multiple_of=8)
    others = (attrs.evolve(first, maximum=64), first, attrs.evolve(first, multiple_of=1))
    tree = ListNode(lengths(first, *others, DynamicDim("length")))
    wanted = "sizes of 'length' as in inputs[0]: 20 .. 512, multiples of 8"
    assert check_nodes(((ROOT, tree),)) == (
        Problem("inputs[1]", wanted, "20 .. 64, multiples of 8"),
        Problem("inputs[3]", wanted, "20 .. 512"),
        Problem("inputs[4]", wanted, "1 or more"),
    )


def test_bounds_are_compared_between_arguments_and_within_a_tensor() -> None:
    square = TensorSpec(
        name="y", shape=(DynamicDim("n", minimum=2), DynamicDim("n")), dtype=DType.BOOL
    )
    (line,) = lengths(DynamicDim("n"))
    assert check_nodes(((Path("a"), line), (Path("b"), square))) == (
        Problem("b", "sizes of 'n' as in a: 1 or more", "2 or more"),
    )


def test_bounds_may_differ_in_name_or_source() -> None:
    dims = (
        DynamicDim("length", maximum=9, source="input_signature"),
        DynamicDim("length", maximum=9, source="the position table of 'pos'"),
        DynamicDim("width", maximum=8),
        DynamicDim(maximum=7),
        DynamicDim(maximum=6),
    )
    assert check_nodes(((ROOT, TupleNode(lengths(*dims))),)) == ()
