"""Metadata as callers give them: in mappings, and in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.metadata.given_metadata import labels_from, metadata_from
from litert_ir.reports.plain_data import plain
from tests.metadata.described_models import LABELS, METADATA

TOML = """
name = "Pets"
description = "Tells cats from dogs"
version = "1.2"
author = "Ada"
license = "Apache-2.0"

[inputs.images]
description = "A photo"
normalization = { mean = [123.675, 116.28, 103.53], std = [58.395, 57.12, 57.375] }
bounds = { minimum = -2.5, maximum = 2.75 }
color_space = "rgb"

[outputs.scores]
labels = "labels/pets.txt"
bounds = { minimum = 0, maximum = 1 }
"""


def test_a_toml_file_names_its_labels_by_a_path_beside_it(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "pets.txt").write_text("\r\n".join((*LABELS, "", "")), "utf-8-sig")
    path = tmp_path / "pets.toml"
    path.write_text(TOML, "utf-8")
    assert metadata_from(path) == metadata_from(str(path)) == METADATA


def test_json_has_the_form_of_a_report(tmp_path: Path) -> None:
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(plain(METADATA)), "utf-8")
    assert metadata_from(path) == METADATA


def test_none_is_none() -> None:
    assert metadata_from(None).is_empty
    assert metadata_from({}).is_empty


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"nam": "x"}, "metadata"),
        ({"name": 3}, "metadata"),
        ({"inputs": 3}, "metadata: inputs"),
        ({"inputs": {"x": 3}}, "metadata: inputs[0]"),
        ({"inputs": [{"labels": []}]}, "metadata: inputs[0]"),
        ({"inputs": [{"normalization": 127.5}]}, "metadata: inputs[0].normalization"),
        ({"inputs": [{"normalization": {"mean": "a"}}]}, "metadata: inputs[0].normalization"),
        ({"inputs": [{"bounds": {"minimum": 1}}]}, "metadata: inputs[0].bounds"),
        ({"inputs": [{"color_space": "BGR"}]}, "metadata: inputs[0].color_space"),
        ({"outputs": [{"labels": 3}]}, "metadata: outputs[0]"),
        ({"outputs": [{"labels": "none.txt"}]}, "none.txt"),
        (3, "metadata"),
        ("none.toml", "none.toml"),
    ],
)
def test_what_is_malformed_is_named(
    given: Any, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(lir.errors.OptionsError) as caught:
        metadata_from(given)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.toml", b"name = "), ("a.json", b"{"), ("a.json", b"[]"), ("a.json", b"\xff\xfe{}")],
)
def test_a_malformed_file_is_named(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(lir.errors.OptionsError) as caught:
        metadata_from(path)
    assert caught.value.where == str(path)


def test_labels_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes("cat\n\nd\u2028og \n\n".encode())
    assert labels_from(path) == ("cat", "", "d\u2028og ")
