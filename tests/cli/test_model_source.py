"""Each way in which a model can fail to be found, through the real command line."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from litert_ir.cli.environment import framework_environment
from litert_ir.cli.model_source import FileSource, ReferenceSource, load_model, parse_source
from litert_ir.errors import ModelSourceError

Command = Callable[..., CompletedProcess[str]]

# Saving a model: keras calls numpy.array on TensorFlow's variables, which lack numpy 2's keyword.


@pytest.fixture
def odd_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with things in it that are no saved models."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.h5").touch()
    (tmp_path / "text.keras").write_text("this is no archive")
    _write_archive(tmp_path / "zip.tflite")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "preset").mkdir()
    (tmp_path / "preset" / "config.json").write_text("{}")
    return tmp_path


def test_a_reference_is_told_from_a_file(tiny: Path) -> None:
    assert parse_source("my_pkg.models:build.default") == ReferenceSource(
        "my_pkg.models", "build.default"
    )
    assert parse_source(str(tiny)) == FileSource(tiny)


@pytest.mark.parametrize(
    ("source", "received", "advice"),
    [
        ("missing.keras", "no such file", "check the path"),
        ("folder", "a folder", "name the .keras file"),
        ("old.h5", "a file in the older HDF5 format", "save it again as .keras"),
        ("text.keras", "a file that is not a .keras archive", "model.save()"),
        ("zip.tflite", "a LiteRT file", "the Keras model that it was made from"),
        ("preset", "the folder of a KerasHub preset", "--preset preset"),
        ("bert_tiny_en_uncased", "no such file", "a KerasHub preset goes with --preset"),
        ("my_pkg.models:", "no such file", "a function is module:function"),
    ],
)
def test_what_cannot_be_a_model_is_refused_at_once(
    run: Command, odd_files: Path, source: str, received: str, advice: str
) -> None:
    assert Path.cwd() == odd_files
    with pytest.raises(ModelSourceError) as caught:
        parse_source(source)
    assert (caught.value.where, caught.value.received) == (source, received)
    done = run("plan", source)
    assert done.returncode == 3
    assert received in done.stderr
    assert advice in done.stderr


def test_an_archive_without_a_model(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "other.keras"
    _write_archive(path)
    done = run("plan", path)
    assert done.returncode == 3
    assert "no .keras archive of a model" in done.stderr
    assert "config.json" in done.stderr
    assert str(path) in done.stderr


def test_a_custom_layer_that_was_not_imported(run: Command, keras: Any, tmp_path: Path) -> None:
    class Hidden(keras.layers.Layer):  # type: ignore[misc]
        pass

    path = tmp_path / "custom.keras"
    keras.Sequential([keras.Input((3,)), Hidden()]).save(path)
    done = run("plan", path)
    assert done.returncode == 3
    assert "custom class 'Hidden'" in done.stderr
    assert "--import package.module" in done.stderr


def test_a_lambda_layer_is_not_run_from_a_file(run: Command, keras: Any, tmp_path: Path) -> None:
    path = tmp_path / "lambda.keras"
    keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2)]).save(path)
    done = run("plan", path)
    assert done.returncode == 3
    assert "Lambda" in done.stderr
    assert "package.module:function" in done.stderr


def test_imported_layers_are_known_registered_or_not(tmp_path: Path, custom_layers: str) -> None:
    with framework_environment(with_own_modules=True):
        built = load_model(ReferenceSource(custom_layers, "model"))
        built.save(tmp_path / "custom.keras")
        loaded = load_model(FileSource(tmp_path / "custom.keras"), imports=[custom_layers])
    assert [type(layer).__name__ for layer in loaded.layers[:2]] == ["Doubled", "Unregistered"]


@pytest.mark.parametrize("attribute", ["model", "ready"])
def test_a_function_or_a_model_of_a_module(custom_layers: str, attribute: str, keras: Any) -> None:
    with framework_environment(with_own_modules=True):
        assert isinstance(load_model(ReferenceSource(custom_layers, attribute)), keras.Model)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("no_such_module:model", "The module 'no_such_module' cannot be imported."),
        ("{module}:no_such", "has no attribute 'no_such'"),
        ("{module}:model.no_such", "model has no attribute 'no_such'"),
        ("{module}:text", "received: builtins.str"),
        ("{module}:CUSTOM", "has no attribute 'CUSTOM'"),
        ("{module}:__name__", "This is not a Keras model"),
        ("{module}:model_of", "missing a required argument: 'size'"),
    ],
)
def test_faults_of_a_reference_are_named(
    run: Command, custom_layers: str, reference: str, message: str
) -> None:
    source = reference.format(module=custom_layers)
    done = run("plan", source)
    assert done.returncode == 3
    assert message in done.stderr
    assert source in done.stderr
    assert done.stdout == ""


def test_a_module_to_import_that_is_not_there(run: Command, tiny: Path) -> None:
    done = run("plan", tiny, "--import", "no_such_module")
    assert done.returncode == 3
    assert "where:    --import" in done.stderr


def _write_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "not a model")
