"""What goes between parent and child in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litert_ir.conversion.in_child.exchange import FileContent, write_content, write_samples
from litert_ir.conversion.in_child.references import Kind, Reference
from litert_ir.conversion.in_child.saving import ModelFile, save_model
from litert_ir.errors import ConversionError, ModelFileError
from tests.conversion.exports import CASES, fresh
from tests.conversion.in_child.models import custom_model, keras
from tests.conversion.stubs import Pieces

MIB = 1 << 20


def saved(model: Any, tmp_path: Path) -> ModelFile:
    return save_model(model, tmp_path / "model", ())


# ---- contents and samples ----------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 8 * MIB, 8 * MIB + 1])
def test_a_content_is_read_after_its_file_has_lost_its_name(size: int, tmp_path: Path) -> None:
    path, wanted = tmp_path / "file", np.random.default_rng(size).bytes(size)
    path.write_bytes(wanted)
    content = FileContent(path)
    path.unlink()
    assert content.size_bytes == size
    for _ in range(2):
        pieces = list(content.pieces())
        assert b"".join(pieces) == wanted
        assert max(map(len, pieces), default=0) <= 8 * MIB


def test_a_content_closes_its_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    before = sorted(Path("/proc/self/fd").iterdir())
    content = FileContent(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before) + 1
    del content
    assert sorted(Path("/proc/self/fd").iterdir()) == before


@pytest.mark.parametrize("wrap", [bytes, Pieces])
def test_a_strategys_file_is_written(wrap: Callable[[bytes], Any], tmp_path: Path) -> None:
    write_content(tmp_path / "file", wrap(b"0123456789" * 50))
    assert (tmp_path / "file").read_bytes() == b"0123456789" * 50


def test_samples_can_be_read_more_than_once(tmp_path: Path) -> None:
    samples = [(np.full((2, 2), i, np.float32), np.array([i], np.int32)) for i in range(3)]
    file = write_samples(tmp_path / "samples", iter(samples))
    for _ in range(2):
        for found, wanted in zip(file, samples, strict=True):
            for array, other in zip(found, wanted, strict=True):
                np.testing.assert_array_equal(array, other, strict=True)
    assert list(write_samples(tmp_path / "none", ())) == []


# ---- what a model needs ------------------------------------------------------------------


def of_training(wanted: Any, found: Any) -> Any:
    """A loss, which is not exported."""
    return wanted - found


def test_references_are_what_keras_does_not_bring(tmp_path: Path) -> None:
    here = "tests.conversion.in_child.models"
    custom = "litert_ir_tests>"
    classes = [
        Reference(kind=Kind.CLASS, name=name, registered_name=registered, module=here)
        for name, registered in (
            ("Ones", "Ones"),
            ("Wrapping", "Wrapping"),
            ("Scaled", f"{custom}Scaled"),
        )
    ]
    functions = [
        Reference(kind=Kind.FUNCTION, name=name, registered_name=registered, module=here)
        for name, registered in (("doubled", "doubled"), ("shifted", f"{custom}shifted"))
    ]
    model = custom_model()
    model.compile("adam", loss=of_training)
    assert set(saved(model, tmp_path).references) == {*classes, *functions}


@pytest.mark.parametrize("trait", [t for t in CASES if not t.startswith("subclassed")])
def test_models_of_keras_alone_need_nothing(trait: str, tmp_path: Path) -> None:
    assert saved(fresh(trait), tmp_path).references == ()


def test_saving_leaves_the_model_as_it_is(tmp_path: Path) -> None:
    model = custom_model()
    before = [(id(v), np.asarray(v).tobytes()) for v in model.variables]
    file = saved(model, tmp_path)
    assert [(id(v), np.asarray(v).tobytes()) for v in model.variables] == before
    assert (file.model.parameters, file.settings.floatx) == (model.count_params(), "float32")


# ---- what cannot be saved ----------------------------------------------------------------


class Same(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    def call(self, x: Any) -> Any:
        return x


def test_two_classes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    other = type("Same", (Same,), {"__module__": "elsewhere"})
    model = keras.Sequential([keras.Input((4,)), Same(), other()])
    with pytest.raises(ModelFileError, match="the same name") as caught:
        saved(model, tmp_path)
    assert caught.value.missing == ("Same",)
    assert caught.value.received == (
        "the class 'Same' of tests.conversion.in_child.test_files and the class 'Same' of elsewhere"
    )
    assert "register_keras_serializable(package=" in caught.value.advice


def test_lambdas_that_need_their_module(tmp_path: Path) -> None:
    layer = keras.layers.Lambda(lambda x: keras.ops.sin(x) + np.float32(1.0))
    with pytest.raises(ModelFileError, match="lambda that would not find names") as caught:
        saved(keras.Sequential([keras.Input((4,)), layer]), tmp_path)
    assert caught.value.missing == ("keras", "np")
    assert not (tmp_path / "model").exists()


def test_lambdas_of_their_arguments_alone(tmp_path: Path) -> None:
    layer = keras.layers.Lambda(lambda x: abs(x) * 2.0)
    assert saved(keras.Sequential([keras.Input((4,)), layer]), tmp_path).references == ()


def test_a_model_without_a_configuration(tmp_path: Path) -> None:
    class NeedsObject(keras.Model):  # type: ignore[misc]  # keras has no type stubs
        def __init__(self, _needed: object) -> None:
            super().__init__(name="needs_object")

        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(ModelFileError, match="cannot be saved") as caught:
        saved(NeedsObject(object()), tmp_path)
    error = caught.value
    assert isinstance(error, ConversionError)
    assert isinstance(error, ValueError)
    assert error.where == "model 'needs_object'"
    assert "NotImplementedError" in error.received
    assert "get_config" in error.advice


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file in the way")
    with pytest.raises(ModelFileError, match="cannot be saved"):
        saved(fresh("single"), tmp_path)
