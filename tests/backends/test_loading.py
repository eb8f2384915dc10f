"""Frameworks come lazily, and say what is missing or unfit."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from litert_ir import backends
from litert_ir.errors import BackendError, MissingDependencyError
from litert_ir.lowering.lower import lower


def is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def run_with_backend(backend: str, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a fresh process whose Keras has another backend."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


PLAN_FOR_NOTHING = """
import litert_ir
try:
    litert_ir.plan_for(None)
except litert_ir.LiteRTIRError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("load", "name", "attribute"),
    [
        (backends.load_keras, "keras", "Model"),
        (backends.load_tensorflow, "tensorflow", "TensorSpec"),
        (backends.load_jax, "jax", "export"),
        (backends.load_interpreter, "ai_edge_litert.interpreter", "Interpreter"),
        (backends.load_schema, "ai_edge_litert.schema_py_generated", "Model"),
    ],
)
def test_modules_are_the_frameworks_own(load: Callable[[], Any], name: str, attribute: str) -> None:
    module = load()
    assert module is sys.modules[name]
    assert hasattr(module, attribute)


def test_what_is_loaded_is_known_without_loading_it() -> None:
    assert backends.loaded("keras") is backends.load_keras()
    assert backends.loaded("litert_ir.no_such_module") is None


def test_the_converters_error_is_an_exception() -> None:
    assert issubclass(backends.converter_error(), Exception)
    assert backends.converter_error().__name__ == "ConverterError"


@pytest.mark.parametrize(
    ("load", "package"),
    [
        (backends.load_keras, "keras"),
        (backends.load_tensorflow, "tensorflow"),
        (backends.load_jax, "jax"),
        (backends.load_interpreter, "ai-edge-litert"),
        (backends.load_schema, "ai-edge-litert"),
    ],
)
def test_a_missing_package_is_named(
    load: Callable[[], Any], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingDependencyError, match=f"{package}' is not installed") as caught:
        load()
    assert isinstance(caught.value, ImportError)
    assert caught.value.advice.startswith(f"pip install '{package}>=")
    assert "No module named" in caught.value.received
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.skipif(is_installed("torch"), reason="torch is installed, so it cannot be missing")
def test_a_backend_that_is_not_installed_is_not_taken_for_keras_missing() -> None:
    run = run_with_backend("torch", PLAN_FOR_NOTHING)
    assert run.returncode == 0, run.stderr
    assert "torch" in run.stdout
    assert "'keras' is not installed" not in run.stdout


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_tensorflow_and_jax_are_convertible(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends.load_keras().backend, "backend", lambda: backend)
    assert backends.require_convertible_backend() is backends.load_keras()


def test_models_of_another_backend_are_not_traced_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends.load_keras().backend, "backend", lambda: "torch")
    assert not backends.is_traced_here()
    with pytest.raises(BackendError, match="backend whose models cannot be converted") as caught:
        lower("not even a model")
    error = caught.value
    assert isinstance(error, RuntimeError)
    assert isinstance(error, ValueError)
    assert (error.expected, error.received) == ("tensorflow or jax", "torch")
    assert error.where.startswith("KERAS_BACKEND=")
    assert "litert_ir.plan_for" in error.advice


def test_on_another_backend_the_model_is_looked_at_before_a_child_process_starts() -> None:
    run = run_with_backend("numpy", PLAN_FOR_NOTHING)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("UnsupportedModelError")
