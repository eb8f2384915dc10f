"""The house's floors: imports point downward, and frameworks stay behind `litert_ir.backends`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path as File

import attrs
import pytest

import litert_ir

ROOT = File(litert_ir.__file__).parent
# From bottom to top. `litert_ir` itself is the package's public names in its __init__.py.
LAYERS = (
    "errors",
    "ir",
    "visitors",
    "backends",
    "isolation",
    "scratch",
    "hub",
    "lowering",
    "runtime",
    "quantization",
    "aot",
    "conversion",
    "verbs",
    "file_verbs",
    "task_exporter",
    "litert_ir",
    "testing",
    "cli",
    "__main__",
)
FRAMEWORKS = frozenset(
    {
        "keras",
        "tensorflow",
        "ai_edge_litert",
        "matplotlib",
        "jax",
        "keras_hub",
        "litert_converter",
        "litert_quantizer",
    }
)
LOADED_ON_DEMAND = (*sorted(FRAMEWORKS), "hypothesis")


@attrs.frozen
class Import:
    """A module that a file imports, and where."""

    module: str
    line: int


def imports(source: str) -> Iterator[Import]:
    """All modules that a file imports when it runs, inside functions and by name too.

    Blocks under `if TYPE_CHECKING` are left out: they never run.
    """
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and _is_type_checking(node.test):
            pending.extend(node.orelse)
            continue
        for module in _imported_by(node):
            yield Import(module, getattr(node, "lineno", 0))
        pending.extend(ast.iter_child_nodes(node))


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _imported_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: imports are absolute"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in {"import_module", "__import__"}:
            return [str(node.args[0].value)]
    return []


def layer_of(module: str) -> str:
    """The layer that a module of this package belongs to."""
    parts = module.split(".")
    inside = len(parts) > 1 and ((ROOT / parts[1]).is_dir() or (ROOT / f"{parts[1]}.py").exists())
    return parts[1] if inside else "litert_ir"


def upward(source: str, layer: str) -> list[Import]:
    """The imports of a file in ``layer`` that lead to a higher one."""
    own = LAYERS.index(layer)
    return [
        found
        for found in imports(source)
        if found.module.split(".")[0] == "litert_ir" and LAYERS.index(layer_of(found.module)) > own
    ]


def frameworks(source: str) -> list[Import]:
    """The frameworks that a file imports."""
    return [found for found in imports(source) if found.module.split(".")[0] in FRAMEWORKS]


def module_name(file: File) -> str:
    """The dotted name of a file of the package."""
    inside = file.relative_to(ROOT.parent).with_suffix("")
    return ".".join(inside.parts).removesuffix(".__init__")


FILES = {module_name(file): file for file in sorted(ROOT.rglob("*.py"))}


@pytest.mark.parametrize("module", FILES)
def test_imports_point_downward(module: str) -> None:
    layer = layer_of(module)
    assert layer in LAYERS, f"{layer} has no place in LAYERS yet: say where it stands"
    assert upward(FILES[module].read_text(encoding="utf-8"), layer) == []


@pytest.mark.parametrize("module", [name for name in FILES if layer_of(name) != "backends"])
def test_only_backends_import_frameworks(module: str) -> None:
    assert frameworks(FILES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import litert_ir.cli.app",
        "from litert_ir.verbs import export",
        "from litert_ir import conversion",
        "import litert_ir",
        "from litert_ir import export_model",
        "def f():\n    from litert_ir.runtime import run",
        "try:\n    import os\nexcept ImportError:\n    from litert_ir.testing import strategies",
        "import importlib\nimportlib.import_module('litert_ir.lowering.lower')",
    ],
)
def test_an_upward_import_is_seen_wherever_it_stands(source: str) -> None:
    (found,) = upward(source, "visitors")
    assert found.line == len(source.splitlines()) or "\n" not in source


@pytest.mark.parametrize(
    "source",
    [
        "from litert_ir.ir.plan import ExportPlan",
        "from litert_ir import errors",
        "from litert_ir.visitors.rebuild import Rebuild",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from litert_ir.cli import app",
        "import typing\nif typing.TYPE_CHECKING:\n    from litert_ir.cli import app",
    ],
)
def test_downward_and_type_checking_imports_are_fine(source: str) -> None:
    assert upward(source, "visitors") == []


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("import keras", "keras"),
        ("def f():\n    import tensorflow as tf", "tensorflow"),
        ("from tensorflow.lite.python import lite", "tensorflow.lite.python.lite"),
        ("from importlib import import_module\nimport_module('jax')", "jax"),
        ("__import__('ai_edge_litert.interpreter')", "ai_edge_litert.interpreter"),
        ("if TYPE_CHECKING:\n    import os\nelse:\n    import keras", "keras"),
    ],
)
def test_a_framework_is_seen_wherever_it_is_imported(source: str, module: str) -> None:
    assert [found.module for found in frameworks(source)] == [module]


@pytest.mark.parametrize(
    "source", ["if TYPE_CHECKING:\n    import keras", "import keras_free", "keras = 'keras'"]
)
def test_what_imports_no_framework_is_fine(source: str) -> None:
    assert frameworks(source) == []


def loaded_by(statement: str) -> set[str]:
    """Which of the heavy packages a fresh process has loaded after a statement."""
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return set(run.stdout.split()).intersection(LOADED_ON_DEMAND)


def test_importing_the_package_loads_no_framework() -> None:
    assert loaded_by("import litert_ir") == set()


def test_importing_the_data_layer_loads_no_framework() -> None:
    assert (
        loaded_by("import litert_ir.ir.json, litert_ir.ir.text, litert_ir.visitors.flatten")
        == set()
    )


def test_the_strategies_load_hypothesis_and_no_framework() -> None:
    assert loaded_by("import litert_ir.testing") == set()
    assert loaded_by("import litert_ir.testing.strategies") == {"hypothesis"}
