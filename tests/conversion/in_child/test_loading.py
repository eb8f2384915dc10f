"""Models from files, loaded in this process as a child process does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.conversion.in_child.loading import load_model
from litert_ir.conversion.in_child.saving import ModelFile, save_model
from litert_ir.errors import ModelFileError
from tests.conversion.in_child.models import TwoArguments, custom_model, keras

# A child process ignores what Keras warns of here; the weights follow.
pytestmark = pytest.mark.filterwarnings("ignore:.*build:UserWarning")


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    """Keep Keras' settings, which loading sets, and forget what was loaded."""
    config = keras.config
    before = config.floatx(), config.epsilon(), config.image_data_format()
    yield
    for restore, value in zip(
        (config.set_floatx, config.set_epsilon, config.set_image_data_format), before, strict=True
    ):
        restore(value)
    load_model.cache_clear()


@pytest.fixture(scope="module")
def model() -> Any:
    return custom_model()


@pytest.fixture
def file(model: Any, tmp_path: Path) -> ModelFile:
    return save_model(model, tmp_path / "model", ())


@attrs.frozen
class Incomplete:
    """A model that Keras cannot build when it loads it, and what to build it for."""

    model: Any
    file: ModelFile
    signature: lir.Signature


@pytest.fixture
def incomplete(tmp_path: Path) -> Incomplete:
    model = TwoArguments(name="two_arguments")
    specs = [keras.InputSpec(shape=(None, size), dtype="float32") for size in (4, 5)]
    plan = lir.plan_for(model, input_signature=specs)
    return Incomplete(model, save_model(model, tmp_path / "model", ()), plan.signature)


def assert_same_weights(found: Any, wanted: Any) -> None:
    for weight, other in zip(found.weights, wanted.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), np.asarray(other), strict=True)


def test_a_model_has_the_weights_of_the_file(model: Any, file: ModelFile) -> None:
    loaded = load_model(file)
    assert loaded.is_whole
    assert loaded.model is not model
    assert_same_weights(loaded.model, model)


def test_what_keras_cannot_build_gets_the_weights_of_the_file(incomplete: Incomplete) -> None:
    loaded = load_model(incomplete.file)
    before = len(loaded.model.weights)
    whole = loaded.whole(incomplete.signature)
    assert (before, len(whole.weights)) == (0, 4)
    assert_same_weights(whole, incomplete.model)
    (incomplete.file.folder / "model.weights.h5").unlink()
    assert loaded.whole(incomplete.signature) is whole


def test_a_model_is_loaded_once(file: ModelFile) -> None:
    assert load_model(file) is load_model(attrs.evolve(file))


def test_the_settings_of_the_parent_are_taken_over(file: ModelFile) -> None:
    wanted = attrs.evolve(
        file.settings, floatx="float16", epsilon=1e-3, image_data_format="channels_first"
    )
    load_model(attrs.evolve(file, settings=wanted))
    config = keras.config
    assert (config.floatx(), config.epsilon()) == ("float16", 1e-3)
    assert config.image_data_format() == "channels_first"


def test_modules_that_are_named_are_imported(file: ModelFile) -> None:
    wanted = attrs.evolve(file, import_modules=("tests.conversion.isolated_named",))
    with pytest.raises(ModelFileError, match="a module cannot be imported") as caught:
        load_model(wanted)
    assert caught.value.received.startswith("tests.conversion.isolated_named: ModuleNotFoundError")


def test_other_weights_than_those_that_were_saved(incomplete: Incomplete) -> None:
    other = attrs.evolve(incomplete.file.model, parameters=7)
    loaded = load_model(attrs.evolve(incomplete.file, model=other))
    with pytest.raises(ModelFileError, match="its weights are not those") as caught:
        loaded.whole(incomplete.signature)
    assert caught.value.expected == "7 parameters"
    assert caught.value.received == f"{incomplete.file.model.parameters:,} parameters"


def test_weights_that_cannot_be_read(incomplete: Incomplete) -> None:
    loaded = load_model(incomplete.file)
    (incomplete.file.folder / "model.weights.h5").unlink()
    with pytest.raises(ModelFileError, match="its weights are not those") as caught:
        loaded.whole(incomplete.signature)
    assert "FileNotFoundError" in caught.value.received


class Stubborn(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Cannot be made from its configuration."""

    def __init__(self, needed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.needed = needed

    def get_config(self) -> dict[str, Any]:
        return dict(super().get_config())

    def call(self, x: Any) -> Any:
        return x


def test_a_layer_that_cannot_be_made_again(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), Stubborn(1)])
    file = save_model(model, tmp_path / "model", ())
    with pytest.raises(ModelFileError, match=r"cannot be loaded in a child process\.") as caught:
        load_model(file)
    error = caught.value
    assert error.missing == ()
    assert error.received.endswith("missing 1 required positional argument: 'needed'")
    assert len(error.received) < 200
    assert "model.save" in error.advice


def test_a_module_that_cannot_be_imported_says_why(tmp_path: Path) -> None:
    lost = type("Lost", (Stubborn,), {"__module__": "tests.nowhere"})
    model = keras.Sequential([keras.Input((4,)), lost(1)])
    file = save_model(model, tmp_path / "model", ())
    with pytest.raises(ModelFileError, match="custom classes that are not known") as caught:
        load_model(file)
    assert caught.value.missing == ("Lost",)
    assert caught.value.received.startswith(
        "the class 'Lost' of tests.nowhere (ModuleNotFoundError: "
    )
