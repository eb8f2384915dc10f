"""Finding the value of each input among what a caller gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litert_ir.errors import SamplesError
from litert_ir.measurement.named_values import values_by_name

ONE = np.arange(6.0).reshape(2, 3)


def pixels(name: str, path: Path) -> Any:
    """Stands for an image."""
    return np.array([len(name), len(path.stem)])


def found(names: list[str], given: Any) -> dict[str, tuple[Any, str]]:
    return {
        name: (value.values.tolist(), value.source)
        for name, value in values_by_name(names, given, pixels).items()
    }


@pytest.mark.parametrize(
    "given", [ONE, ONE.tolist(), [ONE], (ONE,), {"x": ONE}, {"x": ONE.tolist()}]
)
def test_a_single_input_takes_its_value_in_any_form(given: Any) -> None:
    assert found(["x"], given) == {"x": (ONE.tolist(), "given")}


def test_several_inputs_take_values_by_name_or_in_order() -> None:
    assert found(["x", "y"], [1, [2, 3]]) == {"x": (1, "given"), "y": ([2, 3], "given")}
    assert found(["x", "y"], {"y": True}) == {"y": (True, "given")}


def test_a_list_of_numbers_is_the_value_of_a_single_input() -> None:
    assert found(["x"], [1]) == {"x": ([1], "given")}
    assert found(["x"], [[1]]) == {"x": ([[1]], "given")}


def test_files_give_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", ONE)
    np.savez(tmp_path / "both.npz", x=ONE, y=np.int32(3))
    np.savez(tmp_path / "any.npz", other=ONE)
    whole = {"x": (ONE.tolist(), "both.npz"), "y": (3, "both.npz")}
    assert found(["x", "y"], tmp_path / "both.npz") == whole
    assert found(["x"], str(tmp_path / "one.npy")) == {"x": (ONE.tolist(), "one.npy")}
    assert found(["x"], tmp_path / "any.npz") == {"x": (ONE.tolist(), "any.npz")}
    assert found(["x", "y"], {"x": tmp_path / "both.npz"}) == {"x": (ONE.tolist(), "both.npz")}


def test_images_are_read_for_their_inputs() -> None:
    assert found(["x"], "cat.png") == {"x": ([1, 3], "cat.png")}
    assert found(["x", "yy"], {"yy": Path("in/horse.JPG")}) == {"yy": ([2, 5], "horse.JPG")}


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        pytest.param(["images"], {"image": 1}, "'image' may be 'images'", id="misspelt"),
        pytest.param(["x", "y"], ONE, "values by name, or one for each", id="array for two"),
        pytest.param(["x", "y"], [1, 2, 3], "received: 3 values", id="three for two"),
        pytest.param(["x"], {"x": "no.npy"}, "no samples here", id="no such file"),
        pytest.param(["x"], {"x": [[1], [2, 3]]}, "no array of numbers", id="ragged"),
        pytest.param(["x"], {"x": None}, "no array of numbers", id="nothing"),
        pytest.param(["x"], {"x": np.array(["a"])}, "elements of type <U1", id="text"),
        pytest.param([], {"x": 1}, "without inputs takes none", id="no inputs"),
    ],
)
def test_other_values_are_refused(names: list[str], given: Any, message: str) -> None:
    with pytest.raises(SamplesError, match=message):
        values_by_name(names, given, pixels)


def test_an_array_of_another_name_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", a=ONE, b=ONE)
    with pytest.raises(SamplesError, match="has the name of the input"):
        values_by_name(["x"], {"x": tmp_path / "two.npz"}, pixels)
    with pytest.raises(SamplesError, match="no such input"):
        values_by_name(["x", "y"], tmp_path / "two.npz", pixels)
