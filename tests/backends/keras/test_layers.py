"""Where layers and variables are, by containment."""

from __future__ import annotations

from pathlib import Path

import pytest

from litert_ir.backends import load_keras
from litert_ir.backends.keras.layers import layer_paths, variable_paths
from tests.conversion.exports import model


def nested_namesakes() -> object:
    keras = load_keras()
    layers = keras.layers
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(3, name="d")], name="inner")
    return keras.Sequential([layers.Input((4,)), inner, layers.Dense(3, name="d")], name="outer")


def test_namesakes_are_told_apart_by_what_they_are_in(tmp_path: Path) -> None:
    built = nested_namesakes()
    expected = ["inner", "inner/d", "d"]
    assert [path for path, _ in layer_paths(built)] == expected
    built.save(tmp_path / "m.keras")  # type: ignore[attr-defined]
    loaded = load_keras().models.load_model(tmp_path / "m.keras")
    assert [path for path, _ in layer_paths(loaded)] == expected
    named = variable_paths(loaded)
    assert [named[id(variable)] for variable in loaded.variables] == [
        "inner/d/kernel",
        "inner/d/bias",
        "d/kernel",
        "d/bias",
    ]


@pytest.mark.parametrize("trait", ["single", "dict", "nested", "shared-layer"])
def test_every_variable_has_a_path_of_its_own(trait: str) -> None:
    built = model(trait)
    named = variable_paths(built)
    paths = [named[id(variable)] for variable in built.variables]
    assert len(set(paths)) == len(paths)
    assert all("/" in path for path in paths)
