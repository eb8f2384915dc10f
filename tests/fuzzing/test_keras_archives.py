"""Damaged and hostile ``.keras`` files are refused: they run no code, and no other file is read."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_keras
from litert_ir.cli.model_source import load_model, parse_source
from litert_ir.errors import ModelSourceError
from litert_ir.testing import models
from tests.fuzzing.findings import Findings
from tests.fuzzing.keras_archives import (
    WEIGHTS,
    KerasArchives,
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


def load(path: Path, content: bytes) -> Any:
    path.write_bytes(content)
    return load_model(parse_source(str(path)))


@pytest.mark.slow
def test_damaged_archives(tmp_path: Path) -> None:
    found = Findings().run(KerasArchives(tmp_path), 24, seed=1)
    assert not found.faults, found
    assert set(found.refused) == {"ModelSourceError"}
    assert found.accepted > 0


GADGETS: tuple[tuple[str, str, Document], ...] = (
    ("os", "system", {"command": "touch {planted}"}),
    ("subprocess", "Popen", {"args": "touch {planted}", "shell": True}),
    ("builtins", "exec", {"source": "open('{planted}', 'w')"}),
    ("pathlib", "Path", {"path": "{planted}"}),
    ("keras.utils", "get_file", {"fname": "{planted}", "origin": "file:///etc/hostname"}),
    ("keras.saving", "load_model", {"filepath": "{planted}", "safe_mode": False}),
    ("keras.config", "enable_unsafe_deserialization", {}),
    ("keras.layers", "TFSMLayer", {"filepath": "{planted}"}),
    ("litert_ir.cli.model_source", "_import", {"module": "this"}),
)


def _planting(config: Document, planted: Path) -> Document:
    return {
        key: value.format(planted=planted) if isinstance(value, str) else value
        for key, value in config.items()
    }


def _as_activation(document: Document, gadget: Document) -> Document:
    document["config"]["layers"][1]["config"]["activation"] = gadget
    return document


def _as_layer(document: Document, gadget: Document) -> Document:
    document["config"]["layers"].insert(1, {**gadget, "name": "gadget", "inbound_nodes": []})
    return document


@pytest.mark.parametrize("place", [_as_activation, _as_layer, lambda _, gadget: gadget])
@pytest.mark.parametrize("call", GADGETS)
def test_a_call_in_a_configuration_is_not_made(
    call: tuple[str, str, Document],
    place: Callable[[Document, Document], Document],
    whole: bytes,
    tmp_path: Path,
) -> None:
    planted = tmp_path / "planted"
    module, name, config = call
    gadget = {
        "module": module,
        "class_name": name,
        "config": _planting(config, planted),
        "registered_name": None,
    }
    with pytest.raises(ModelSourceError):
        load(tmp_path / "m.keras", with_config(whole, lambda document: place(document, gadget)))
    assert not planted.exists()


def _edited_weights(content: bytes, edit: Callable[[Any, str], None]) -> bytes:
    """An archive with another dataset in place of the first weight."""

    def change(data: bytes) -> bytes:
        file = io.BytesIO(data)
        with h5py.File(file, "r+") as stored:
            names: list[str] = []
            stored.visititems(
                lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
            )
            edit(stored, names[0])
        return file.getvalue()

    return with_member(content, WEIGHTS, change)


def test_weights_that_stand_in_another_file_are_not_read(whole: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.full(64, 7, np.float32).tobytes())

    def point_outside(stored: Any, name: str) -> None:
        shape, dtype = stored[name].shape, stored[name].dtype
        del stored[name]
        external = [(str(secret), 0, int(np.prod(shape)) * dtype.itemsize)]
        stored.create_dataset(name, shape=shape, dtype=dtype, external=external)

    with pytest.raises(ModelSourceError, match="point to other files"):
        load(tmp_path / "m.keras", _edited_weights(whole, point_outside))


def test_weights_that_are_linked_from_another_file_are_not_read(
    whole: bytes, tmp_path: Path
) -> None:
    other = tmp_path / "other.h5"

    def link_outside(stored: Any, name: str) -> None:
        with h5py.File(other, "w") as file:
            file["d"] = np.full(stored[name].shape, 7, np.float32)
        del stored[name]
        stored[name] = h5py.ExternalLink(str(other), "d")

    with pytest.raises(ModelSourceError, match="point to other files"):
        load(tmp_path / "m.keras", _edited_weights(whole, link_outside))


def test_a_vocabulary_in_another_file_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("top\nsecret\n")
    keras = load_keras()
    words = keras.Input((1,), dtype="string")
    lookup = keras.layers.StringLookup(vocabulary=["a", "b"])

    def name_a_file(document: Document) -> Document:
        (layer,) = (
            layer for layer in document["config"]["layers"] if layer["class_name"] == "StringLookup"
        )
        layer["config"]["vocabulary"] = str(secret)
        return document

    content = with_config(saved(keras.Model(words, lookup(words))), name_a_file)
    with pytest.raises(ModelSourceError, match="vocabulary in another file") as caught:
        load(tmp_path / "m.keras", content)
    assert str(secret) in str(caught.value)
    assert "Lambda" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:Skipping invalid path during archive extraction")
def test_members_with_paths_outside_of_the_archive_write_nothing(
    whole: bytes, tmp_path: Path
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    outside = [
        ("../planted", b"x"),
        (str(tmp_path / "planted"), b"x"),
        ("assets/../../planted", b"x"),
    ]
    load(inside / "m.keras", archive_of([*members_of(whole), *outside]))
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    assert [path.name for path in inside.iterdir()] == ["m.keras"]
