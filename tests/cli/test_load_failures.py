"""A ``.keras`` file that does not load says the true reason; each is met in Keras itself."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from litert_ir.backends import load_keras
from litert_ir.cli.keras_archive import advice_on_version
from litert_ir.cli.load_failures import load_failure
from litert_ir.cli.model_source import load_model, parse_source
from litert_ir.errors import ModelSourceError
from litert_ir.testing import models
from tests.fuzzing.keras_archives import (
    CONFIG,
    WEIGHTS,
    archive_of,
    members_of,
    saved,
    with_config,
    with_member,
)

h5py: Any = pytest.importorskip("h5py")
Document = dict[str, Any]
pytestmark = pytest.mark.filterwarnings("ignore:Skipping nested container:UserWarning")


@pytest.fixture(scope="module")
def whole() -> bytes:
    return saved(models.single_input_model())


def failure(folder: Path, content: bytes) -> ModelSourceError:
    path = folder / "m.keras"
    path.write_bytes(content)
    with pytest.raises(ModelSourceError) as caught:
        load_model(parse_source(str(path)))
    assert caught.value.where == str(path)
    return caught.value


def without(content: bytes, name: str) -> bytes:
    return archive_of([member for member in members_of(content) if member[0] != name])


def layer_with(index: int = 1, **changes: Any) -> Callable[[Document], Document]:
    """Change the entry of a layer, or with ``config`` its configuration."""

    def change(document: Document) -> Document:
        layer = document["config"]["layers"][index]
        layer["config"].update(changes.get("config", {}))
        layer.update({key: value for key, value in changes.items() if key != "config"})
        layer.pop("build_config", None)
        return document

    return change


@pytest.mark.parametrize(
    ("change", "summary", "advice"),
    [
        (layer_with(class_name="Hidden", module="mine", registered_name="x>Hidden"),
         "custom class 'Hidden'", "--import"),
        (layer_with(class_name="HyperDense"), "keras.layers.HyperDense", "install the version"),
        (layer_with(class_name="A", module="keras_cv.layers"), "keras_cv.layers", "install"),
        (layer_with(config={"turbo": True}), "arguments that the installed version", "install"),
        (layer_with(class_name="TFSMLayer"), "holds a TFSMLayer", "package.module:function"),
        (layer_with(class_name="get_file", module="keras.utils"), "keras.utils.get_file", "build"),
        (layer_with(-1, config={"units": 9}),
         "scores/kernel has the shape (8, 9), in the file (8, 3)", "save the model again"),
        (layer_with(config={"use_bias": False}),
         "'hidden' has 1 variables, of which the file has 2", "save the model again"),
    ],
)  # fmt: skip
def test_reasons_in_the_configuration(
    change: Callable[[Document], Document], summary: str, advice: str, whole: bytes, tmp_path: Path
) -> None:
    error = failure(tmp_path, with_config(whole, change))
    assert summary in error.summary
    assert advice in error.advice
    assert "Lambda" not in str(error)


def test_lambdas_are_called_so(tmp_path: Path) -> None:
    keras = load_keras()
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x + 1)(inputs))
    assert "Python code (a Lambda layer)" in failure(tmp_path, saved(model)).summary


def edited_weights(content: bytes, edit: Callable[[Any], None]) -> bytes:
    def change(data: bytes) -> bytes:
        file = io.BytesIO(data)
        with h5py.File(file, "r+") as stored:
            edit(stored)
        return file.getvalue()

    return with_member(content, WEIGHTS, change)


def drop_layer(stored: Any) -> None:
    del stored["layers/dense"]


def test_weights_that_are_missing(whole: bytes, tmp_path: Path) -> None:
    error = failure(tmp_path, edited_weights(whole, drop_layer))
    assert "'hidden' has 2 variables, of which the file has 0" in error.summary


@pytest.mark.parametrize("change", [lambda _: b"", lambda data: data[: len(data) // 2]])
def test_weights_that_are_damaged(
    change: Callable[[bytes], bytes], whole: bytes, tmp_path: Path
) -> None:
    error = failure(tmp_path, with_member(whole, WEIGHTS, change))
    assert error.summary == "The weights in the file are damaged."
    assert error.received


def test_a_member_that_does_not_have_its_checksum(tmp_path: Path, whole: bytes) -> None:
    content = bytearray(whole)
    place = content.rfind(b"PK\x01\x02") + 16  # the last member is the one with the weights
    content[place] ^= 0xFF
    error = failure(tmp_path, bytes(content))
    assert error.summary == "The file is damaged."
    assert "CRC" in error.received


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_an_archive_that_lacks_a_part(name: str, whole: bytes, tmp_path: Path) -> None:
    error = failure(tmp_path, without(whole, name))
    assert "not all of one" in error.summary
    assert name in error.expected
    assert error.received == "none"


@pytest.mark.parametrize("config", ["null", "[]", "5", "", "[" * 100_000, "9" * 9000, "{}", "\xff"])
def test_a_configuration_that_is_none(config: str, whole: bytes, tmp_path: Path) -> None:
    error = failure(tmp_path, with_member(whole, CONFIG, lambda _: config.encode("latin1")))
    assert "no .keras archive of a model" in error.summary


def test_a_newer_keras_is_named(whole: bytes, tmp_path: Path) -> None:
    newer = with_member(
        with_config(whole, layer_with(class_name="HyperDense")),
        "metadata.json",
        lambda _: json.dumps({"keras_version": "9.1.0"}).encode(),
    )
    assert "saved with Keras 9.1.0, which is newer" in failure(tmp_path, newer).advice


@pytest.mark.parametrize("saved_by", ["", "x", "3", "3.15.99", "2.15.0", "3." + "9" * 5000])
def test_no_version_is_named_where_it_explains_nothing(saved_by: str) -> None:
    assert advice_on_version(saved_by, "3.15.1") == ""


@pytest.mark.parametrize(
    ("error", "summary"),
    [
        (MemoryError("Unable to allocate 9 TiB"), "needs more memory than there is"),
        (RuntimeError("OOM when allocating tensor"), "needs more memory than there is"),
        (ModuleNotFoundError("No module named 'torch'"), "torch has to be installed"),
        (RecursionError("maximum recursion depth exceeded"), "Keras cannot load this file"),
        (ValueError(""), "Keras cannot load this file"),
    ],
)
def test_reasons_that_are_no_texts_of_keras(error: Exception, summary: str) -> None:
    told = load_failure(Path("m.keras"), error, "")
    assert summary in told.summary
    assert len(str(told)) > 40


def test_what_a_file_says_is_shortened() -> None:
    text = f"Could not locate class '{'x' * 10_000}'. Make sure {'{0}' * 10}"
    assert len(str(load_failure(Path("m.keras"), TypeError(text), ""))) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "Could not deserialize class 'GPT2Backbone' because its parent module "
        "keras_hub.src.models.gpt2.gpt2_backbone cannot be imported.",
        "No module named 'keras_hub'",
    ],
)
def test_a_package_that_a_file_needs_is_named_with_its_command(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    told = load_failure(Path("m.keras"), TypeError(text), "")
    assert told.advice.startswith("pip install 'keras-hub>=0.32,<0.33'; install ")
