"""Plug-ins of the group ``litert_ir.tasks``: found by the model's class, imported on use."""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path
from types import ModuleType

import keras_hub
import pytest

import litert_ir as lir
from litert_ir.errors import PluginError, RegistryError
from litert_ir.hub import REGISTRY
from litert_ir.hub.default_registry import BUILT_IN
from litert_ir.hub.overview import task_rows
from tests.plugins.installed_package import write_distribution

GROUP = "litert_ir.tasks"
MODELS = """
class Model:
    pass


class Special(Model):
    pass


Same = Special
"""
CONFIGS = """
import litert_ir as lir


class Config(lir.hub.ExporterConfig):
    EXPECTED_INPUTS = ("x",)


class SpecialConfig(Config):
    pass


nothing = 3
"""


@pytest.fixture
def models(folder: Path) -> ModuleType:
    (folder / "their_models.py").write_text(MODELS)
    return importlib.import_module("their_models")


def write(folder: Path, entries: dict[str, str], name: str = "made", module: str = CONFIGS) -> None:
    write_distribution(folder, name, GROUP, entries, module)


def test_the_most_specific_class_decides(folder: Path, models: ModuleType) -> None:
    write(
        folder, {"their_models.Model": "made:Config", "their_models.Special": "made:SpecialConfig"}
    )
    assert REGISTRY.find(3) is None
    assert "made" not in sys.modules
    found = REGISTRY.find(models.Special())
    assert found is sys.modules["made"].SpecialConfig
    assert REGISTRY.find(models.Model()) is sys.modules["made"].Config


def test_other_registries_have_none(folder: Path, models: ModuleType) -> None:
    write(folder, {"their_models.Model": "made:Config"})
    assert lir.hub.ExporterRegistry().find(models.Model()) is None


def test_a_class_that_is_not_imported_yet_does_not_matter(folder: Path, models: ModuleType) -> None:
    names = ("not_imported.Model", "their_models.inner.Model", "email.mime.no_such.Model", "odd")
    write(folder, dict.fromkeys(names, "made:Config"))
    assert REGISTRY.find(models.Model()) is None


BROKEN = {
    "raises": ("made:Config", "raise RuntimeError('broken inside')", "RuntimeError: broken inside"),
    "is no configuration": ("made:nothing", CONFIGS, "3"),
    "is not there": ("made:absent", CONFIGS, "AttributeError"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_one_fails_for_its_models_alone(
    folder: Path, models: ModuleType, fault: str
) -> None:
    value, module, received = BROKEN[fault]
    write(folder, {"their_models.Special": value}, module=module)
    assert REGISTRY.find(models.Model()) is None
    with pytest.raises(PluginError, match=r"made 1\.0") as caught:
        REGISTRY.find(models.Special())
    assert received in caught.value.received


def test_a_class_that_its_module_does_not_have(folder: Path, models: ModuleType) -> None:
    write(folder, {"their_models.Modle": "made:Config"})
    assert REGISTRY.find(3) is None
    with pytest.raises(PluginError, match=r"made 1\.0") as caught:
        REGISTRY.find(models.Model())
    assert caught.value.received == "'Modle', which their_models does not have"


def test_two_for_one_class_are_refused(folder: Path, models: ModuleType) -> None:
    write(folder, {"their_models.Special": "made:Config"})
    write(folder, {"their_models.Special": "more:Config"}, name="more")
    assert REGISTRY.find(models.Model()) is None
    with pytest.raises(PluginError, match="cannot be used") as caught:
        REGISTRY.find(models.Special())
    assert caught.value.received == "so does their_models.Special = more:Config of more 1.0"


def test_two_for_one_class_by_two_names_are_refused(folder: Path, models: ModuleType) -> None:
    write(
        folder, {"their_models.Special": "made:Config", "their_models.Same": "made:SpecialConfig"}
    )
    with pytest.raises(RegistryError, match="equally well"):
        REGISTRY.find(models.Special())


def test_what_is_registered_here_comes_first(folder: Path, models: ModuleType) -> None:
    write(folder, {"their_models.Special": "made:no_such_config"})
    registry = lir.hub.ExporterRegistry(lambda: REGISTRY.plugins)

    class Own(lir.hub.ExporterConfig):
        pass

    registry.register_config(models.Special, Own)
    with warnings.catch_warnings(action="error"):
        assert registry.find(models.Special()) is Own


def test_a_built_in_task_keeps_its_configuration(folder: Path) -> None:
    write(folder, {"keras_hub.models.CausalLM": "made:Config"})
    with warnings.catch_warnings(action="error"):
        assert REGISTRY.find(object.__new__(keras_hub.models.ImageClassifier)) is not None
    with pytest.warns(lir.PluginWarning, match=r"made:Config of made 1\.0"):
        found = REGISTRY.find(object.__new__(keras_hub.models.CausalLM))
    assert found is lir.hub.CausalLMExporterConfig
    assert "made" not in sys.modules


def test_the_overview_says_whose_they_are_and_which_are_broken(folder: Path) -> None:
    write(folder, {"a.Model": "made:Config", "b.Model": "made:nothing"})
    *built_in, good, broken = task_rows(REGISTRY, ())
    assert len(built_in) == len(BUILT_IN)
    assert (good.task, good.inputs, good.exceptions) == (
        "a.Model",
        ("x",),
        ("plug-in of made 1.0",),
    )
    assert (broken.task, broken.exceptions) == ("b.Model", ("plug-in of made 1.0: not used, 3",))
