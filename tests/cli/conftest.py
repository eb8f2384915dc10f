"""What the tests of the command line share: one tiny saved model, and ways to run the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from litert_ir.backends import load_keras
from litert_ir.cli.app import main

CUSTOM_LAYERS = """
import keras


@keras.saving.register_keras_serializable(package="tests")
class Doubled(keras.layers.Layer):
    def call(self, x):
        return 2.0 * x


class Unregistered(keras.layers.Layer):
    def call(self, x):
        return x + 1.0


def model():
    return keras.Sequential([keras.Input((3,)), Doubled(), Unregistered(), keras.layers.Dense(2)])


def model_of(size):
    return keras.Sequential([keras.Input((size,))])


def text():
    print("this goes to stderr")
    return "no model"


ready = model()
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., CompletedProcess[str]]:
    """Run the command line in this process."""

    def call(*arguments: str | Path) -> CompletedProcess[str]:
        texts = [str(argument) for argument in arguments]
        code = main(texts)
        captured = capsys.readouterr()
        return CompletedProcess(texts, code, captured.out, captured.err)

    return call


PLANTED = ("tensorflow", "keras", "numpy", "json", "rich", "attrs", "sitecustomize")
"""Names that modules of a folder of downloads may have, to be run in place of the real ones."""


@pytest.fixture
def run_process(tmp_path: Path) -> Iterator[Callable[..., CompletedProcess[str]]]:
    """Run the command line as users do, in the folder ``tmp_path``.

    Modules lie there with the names of installed ones, of which none may run.
    """
    ran = tmp_path / "ran"
    for name in PLANTED:
        (tmp_path / f"{name}.py").write_text(f"open({str(ran)!r}, 'a').write({name + ' '!r})")

    def call(*arguments: str | Path) -> CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "litert_ir", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    yield call
    assert not ran.exists(), ran.read_text()


@pytest.fixture
def custom_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with custom layers and a model, importable from ``tmp_path``."""
    name = f"layers_of_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(CUSTOM_LAYERS)
    monkeypatch.chdir(tmp_path)
    return name


@pytest.fixture(scope="session")
def keras() -> Any:
    return load_keras()


@pytest.fixture(scope="session")
def tiny(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model of 8 parameters, ``(batch, 3)`` to ``(batch, 2)``."""
    keras.utils.set_random_seed(0)
    features = keras.Input((3,), name="features")
    model = keras.Model(features, keras.layers.Dense(2, name="scores")(features), name="tiny")
    path = tmp_path_factory.mktemp("saved") / "tiny.keras"
    model.save(path)
    return path
