"""A framework is loaded in the rooms that talk to it: `litert_ir.backends`, and few others."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from litert_ir import backends
from tests.house.module_graph import source_files
from tests.papers.paper import ROOT

ROOMS = {
    # Of functions that load a module, the rooms that may import them from `litert_ir.backends`.
    "load_keras": (
        "backends",
        "hub",  # builds the inputs of tasks
        "conversion.in_child",  # saves a model and loads it
        "conversion.tensorflow",  # exports a model by Keras' own exporter
        "cli.demo",
        "cli.demo_model",
        "cli.model_source",  # loads a file
        "diagnosis.trial_child",  # builds the model of a trial
        "explanation.cut_model",  # makes a model of a part
        "testing.models",  # builds models
    ),
    "load_keras_hub": ("cli.preset_source",),
    "load_tensorflow": ("backends", "conversion.tensorflow"),
    "converter_error": ("conversion.tensorflow",),
    "load_jax": ("backends",),
    "load_schema": ("backends.litert",),
    "load_quantizer": ("backends.litert",),
    "load_aot": ("backends.litert",),
    "load_compiled_model": ("backends.litert",),
    "load_interpreter": ("runtime.interpreter", "runtime.delegate_nodes"),
    "load_model_explorer": ("inspection.graph_viewer",),
    "load_pillow": ("samples.image_files",),
    "load_benchmark_tool": ("measurement.shipped_tool",),
    "load_plotting": ("verification.error_plot",),
}

IMPORTED = {
    # Packages that are imported by a statement or by name, and the modules that do.
    "litert_converter": ("stablehlo.mlir.bindings",),
    "jax": (  # parts of it that jax itself does not import
        "backends.jax.dependence",
        "backends.jax.reach",
        "backends.jax.resize_primitive",
    ),
    "flatbuffers": ("backends.litert.files", "metadata.flatbuffer", "stablehlo.writing.writer"),
}
LOADED = ("keras", "tensorflow", "jax", "keras_hub", "ai_edge_litert", "litert_quantizer")


def imports_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The modules that a module imports, by name too, each with the name that it takes of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from ((name, "") for name in _imported_by_name(node))


def _imported_by_name(call: ast.Call) -> Iterator[str]:
    called = ast.unparse(call.func).rpartition(".")[2]
    if called in {"import_module", "__import__"} and isinstance(call.args[0], ast.Constant):
        yield str(call.args[0].value)


IMPORTS = {
    module.removeprefix("litert_ir."): set(imports_of(ast.parse(file.read_text("utf-8"))))
    for module, file in source_files(ROOT / "litert_ir").items()
}


def users_of(name: str) -> set[str]:
    """The modules that take a name from `litert_ir.backends`."""
    wanted = ("litert_ir.backends", name)
    return {module for module, imports in IMPORTS.items() if wanted in imports}


def is_below(module: str, room: str) -> bool:
    return f"{module}.".startswith(f"{room}.")


def test_every_loader_has_its_rooms() -> None:
    loaders = {name for name in vars(backends) if name.startswith("load_")}
    assert loaders | {"converter_error"} == set(ROOMS)


@pytest.mark.parametrize("loader", ROOMS)
def test_a_loader_is_used_in_its_rooms(loader: str) -> None:
    users = users_of(loader)
    outside = [user for user in users if not any(is_below(user, room) for room in ROOMS[loader])]
    assert not outside, f"give {loader}'s rooms a function that does this, and call that"
    unused = [room for room in ROOMS[loader] if not any(is_below(user, room) for user in users)]
    assert not unused, "take these out of ROOMS"


def test_frameworks_are_imported_by_loaders_alone() -> None:
    found = {
        (module, name)
        for module, imports in IMPORTS.items()
        for name in (imported.partition(".")[0] for imported, _ in imports)
        if name in (*LOADED, *IMPORTED) and module not in IMPORTED.get(name, ())
    }
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "import jax",
        "import jax.numpy as jnp",
        "from jax import numpy",
        "def f():\n    import jax",
        "from importlib import import_module\nimport_module('jax')",
        "import importlib\nimportlib.import_module('jax.numpy')",
        "__import__('jax')",
    ],
)
def test_a_framework_is_seen_however_it_is_imported(source: str) -> None:
    found = {name.partition(".")[0] for name, _ in imports_of(ast.parse(source))}
    assert "jax" in found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from litert_ir.backends import load_jax as j", True),
        ("def f():\n    from litert_ir.backends import load_jax", True),
        ("from litert_ir.backends import load_keras", False),
        ("import jax", False),
    ],
)
def test_a_planted_use_is_found(source: str, *, found: bool) -> None:
    assert (("litert_ir.backends", "load_jax") in imports_of(ast.parse(source))) is found
