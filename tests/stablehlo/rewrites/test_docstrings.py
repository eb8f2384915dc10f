"""Each pattern makes of the module in its docstring what the docstring says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import litert_ir
from litert_ir.errors import PatternError
from litert_ir.isolation.worker import shared_worker
from litert_ir.stablehlo.rewrites.engine.example_docstrings import laid_out, write_after
from litert_ir.stablehlo.rewrites.engine.example_modules import canonical, traced_example
from litert_ir.stablehlo.rewrites.engine.examples import example_in
from litert_ir.stablehlo.trace.traced_function import InputArgument
from litert_ir.stablehlo.weights.expressions import Parameter
from tests.stablehlo.rewrites import in_child
from tests.stablehlo.rewrites.example import agree, run
from tests.stablehlo.rewrites.in_child import Shown

TOLERANCES: dict[str, float] = {}
"""How far a file may be from the interpreter where it approximates; see `agree`."""
REWRITES = Path(litert_ir.__file__).parent / "stablehlo" / "rewrites"
call = shared_worker().call


def patterns_in_sources() -> Iterator[tuple[str, str]]:
    """The functions that are decorated as patterns, each with its docstring."""
    for path in sorted(REWRITES.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and any(
                ast.unparse(decorator).startswith("pattern(") for decorator in node.decorator_list
            ):
                yield node.name, ast.get_docstring(node) or ""


DOCSTRINGS = dict(patterns_in_sources())
NAMES = tuple(DOCSTRINGS)
_NOT_INTERPRETED = (
    *("tfl.", "stablehlo.custom_call", "stablehlo.dot ", "stablehlo.einsum"),
    *("stablehlo.torch_index_select", "complex<f32>> {"),
)
"""Operations that the reference interpreter does not know, and results that files do not have."""
INTERPRETED = tuple(
    name
    for name, text in DOCSTRINGS.items()
    if not any(part in example_in(text, name).before for part in _NOT_INTERPRETED)
)
"""The patterns in whose examples StableHLO's reference interpreter knows all operations."""


@pytest.fixture(scope="module")
def examples() -> dict[str, Shown | str]:
    return call(in_child.examples)


def test_every_pattern_is_in_use() -> None:
    assert sorted(NAMES) == sorted(call(in_child.pattern_names))


@pytest.mark.parametrize("name", NAMES)
def test_pattern_makes_what_its_docstring_says(name: str, examples: dict[str, Shown | str]) -> None:
    shown = examples[name]
    assert isinstance(shown, Shown), shown
    assert shown.made == shown.after
    assert shown.made != shown.before


@pytest.mark.parametrize("name", INTERPRETED)
def test_file_computes_what_the_docstrings_module_computes(name: str) -> None:
    computed = call(in_child.computed, name)
    results = run(computed.content, computed.inputs)
    for result, wanted in zip(results, computed.outputs, strict=True):
        agree(result, wanted, TOLERANCES.get(name, 1e-5))


ORDER = """Transpose a constant.

Before:
    func.func @main(%x: tensor<2x1xf32>, %w: tensor<1x2xf32> {litert_ir.weight = "kernel"})
        -> tensor<1x2xf32> {
      %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x1xf32>) -> tensor<1x2xf32>
      %1 = stablehlo.subtract %w, %0 : tensor<1x2xf32>
      return %1 : tensor<1x2xf32>
    }

After:
    func.func @main(%x: tensor<2x1xf32>) -> tensor<1x2xf32> {
      %y = "litert_ir.weight"() {value = "transpose(kernel, [1, 0])"} : () -> tensor<2x1xf32>
      %0 = stablehlo.subtract %y, %x : tensor<2x1xf32>
      %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<2x1xf32>) -> tensor<1x2xf32>
      return %1 : tensor<1x2xf32>
    }
"""


def test_marks_say_what_arguments_are() -> None:
    text = """func.func @main(%w: tensor<2x1xf32> {litert_ir.weight = "kernel"},
            %x: tensor<1x2x3xi32> {litert_ir.dynamic = [0, 2]}, %y: tensor<f32>) {
          return
        }"""
    traced, names = call(traced_example, text, "a pattern")
    assert traced.arguments == (
        Parameter(0, (2, 1), "float32"),
        InputArgument(1, dynamic_axes=(2,), has_dynamic_batch=True),
        InputArgument(2),
    )
    assert names == {0: "kernel"}


def holds(docstring: str) -> bool:
    shown = call(in_child.documented, "sink_transpose", docstring)
    return shown.made == shown.after


def test_values_have_any_names_and_operations_any_order() -> None:
    head = "func.func @main(%x: tensor<f32>) -> tensor<f32> {\n"
    end = "%r = stablehlo.add %a, %b : tensor<f32>\nreturn %r : tensor<f32>\n}"
    sine, cosine = (f"stablehlo.{name} %x : tensor<f32>\n" for name in ("sine", "cosine"))
    first, second, other = (
        call(canonical, f"{head}{body}{end}", "")
        for body in (
            f"%a = {sine}%b = {cosine}",
            f"%b = {cosine}%a = {sine}",
            f"%a = {cosine}%b = {sine}",
        )
    )
    assert first == second
    assert first != other


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("subtract %y, %x", "subtract %x, %y"),
        ("subtract %y, %x", "add %y, %x"),
        ("transpose(kernel, [1, 0])", "reshape(kernel, [2, 1])"),
        ("%0, dims = [1, 0]", "%x, dims = [1, 0]"),
    ],
)
def test_operands_operations_and_weights_are_compared(old: str, new: str) -> None:
    before, _, after = ORDER.partition("After:")
    assert old in after
    assert not holds(f"{before}After:{after.replace(old, new)}")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Before:", "Before", "has no example"),
        ("stablehlo.subtract %w", "stablehlo.subtract", "does not parse"),
        ("\nAfter", "\nWith: fold_everything\n\nAfter", "fold_everything"),
    ],
)
def test_errors_name_the_pattern(old: str, new: str, message: str) -> None:
    with pytest.raises(PatternError, match=message) as caught:
        holds(ORDER.replace(old, new))
    assert caught.value.where == "sink_transpose"


SOURCE = '''"""Patterns."""


def first(op, rewriter):
    """Do one thing.

    Before:
        func.func @main() {
          return
        }

    A word more.
    """


def second(op, rewriter):
    """Do another thing.

    Before:
        func.func @main(%x: i32) {
          return
        }
    """
'''


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_section_is_written_once_and_replaced_afterwards(name: str, tmp_path: Path) -> None:
    path = tmp_path / "patterns.py"
    path.write_text(SOURCE)
    write_after(path, name, "module A {\n}")
    once = path.read_text()
    assert once.replace("\n    After:\n        module A {\n        }\n", "", 1) == SOURCE
    write_after(path, name, "module B {\n}")
    assert path.read_text() == once.replace("module A", "module B")


def test_lines_break_where_they_read_well() -> None:
    before = 'func.func @main(%w: i1 {litert_ir.weight = "w"}, %image: i1) -> i1 {'
    types = ", ".join(["tensor<2x3xf32>"] * 6)
    text = (
        f'  %0 = "f"(%arg0, %arg10) {{value = "a very long value"}} : ({types}) -> tensor<2x3xf32>'
    )
    lines = laid_out(text, before).splitlines()
    assert max(map(len, lines)) <= 92
    assert " ".join(line.strip() for line in lines) == text.strip().replace("%arg0", "%image")
    assert lines[-1].endswith("-> tensor<2x3xf32>")


def test_the_command_prints_what_the_docstring_says() -> None:
    assert call(in_child.shown_by_command, ("name_function", "relu")) == (
        0,
        "".join(
            f"{example_in(DOCSTRINGS[name], name).after}\n" for name in ("name_function", "relu")
        ),
    )


def test_the_command_names_what_there_is_not() -> None:
    code, printed = call(in_child.shown_by_command, ("rleu", "relu"))
    assert code == 1
    assert printed.startswith("func.func @main(%x")
