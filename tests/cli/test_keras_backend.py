"""The backend of a command is the user's choice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from litert_ir.backends.packages import Package
from litert_ir.cli.keras_backend import chosen_backend

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for ``keras.json``; ``KERAS_BACKEND`` is not set."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND")
    return tmp_path / "keras.json"


@pytest.mark.parametrize(
    ("configuration", "backend"),
    [
        (None, "tensorflow"),
        ('{"backend": "jax"}', "jax"),
        ('{"backend": "numpy"}', "numpy"),
        ('{"backend": "torch"}', "tensorflow"),  # it is not installed
        ('{"backend": 3}', "tensorflow"),
        ("[]", "tensorflow"),
        ("{", "tensorflow"),
    ],
)
def test_the_configuration_counts_where_it_can(
    keras_home: Path, configuration: str | None, backend: str
) -> None:
    if configuration is not None:
        keras_home.write_text(configuration)
    assert chosen_backend() == backend


def test_the_variable_counts_most(keras_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras_home.write_text('{"backend": "jax"}')
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    assert chosen_backend() == "numpy"
    monkeypatch.setenv("KERAS_BACKEND", "")
    assert chosen_backend() == "jax"


def test_without_tensorflow_it_is_jax(keras_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras_home.write_text('{"backend": "tensorflow"}')  # as Keras writes it by itself
    monkeypatch.setattr(Package, "is_installed", property(lambda self: self.module == "jax"))
    assert chosen_backend() == "jax"


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ("jx", "Keras has no such backend. Did you mean 'jax'?"),
        ("torch", "The package 'torch' is not installed."),
    ],
)
def test_a_backend_that_is_not_there_is_named_at_once(
    run: Command, tiny: Path, monkeypatch: pytest.MonkeyPatch, backend: str, message: str
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", backend)
    done = run("plan", tiny)
    assert done.returncode == 9
    assert message in done.stderr
    assert "KERAS_BACKEND" in done.stderr


@pytest.mark.parametrize(
    ("backend", "made_on"), [("jax", "jax"), ("numpy", "tensorflow"), ("tensorflow", "tensorflow")]
)
def test_a_model_is_planned_on_the_backend_or_in_a_child(
    run_process: Command,
    tiny: Path,
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
    made_on: str,
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", backend)
    done = run_process("plan", tiny, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["versions"]["backend"] == made_on
