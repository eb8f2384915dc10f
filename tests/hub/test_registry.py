"""The most specific registered class decides, in whatever order classes were registered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.errors import RegistryError, UnsupportedTaskError
from litert_ir.hub import REGISTRY, Exporter, ExporterConfig, ExporterRegistry
from litert_ir.hub.default_registry import BUILT_IN


def config_named(name: str) -> type[ExporterConfig]:
    return type(name, (ExporterConfig,), {"MODEL_TYPE": name})


@attrs.frozen
class Hierarchy:
    """Classes, each below some earlier ones; some of them are registered, in some order."""

    classes: tuple[type, ...]
    registered: tuple[int, ...]

    def registry(self, order: Sequence[int] | None = None) -> ExporterRegistry:
        registry = ExporterRegistry()
        for index in self.registered if order is None else order:
            registry.register_config(self.classes[index], config_named(f"Config{index}"))
        return registry

    def best(self, cls: type) -> list[int]:
        """The registered ancestors that have no registered class between them and ``cls``."""
        above = [index for index in self.registered if issubclass(cls, self.classes[index])]
        return [
            index
            for index in above
            if not any(
                other != index and issubclass(self.classes[other], self.classes[index])
                for other in above
            )
        ]


@st.composite
def hierarchies(draw: st.DrawFn) -> Hierarchy:
    classes: list[type] = []
    for index in range(draw(st.integers(1, 8))):
        bases = draw(st.lists(st.sampled_from(classes), max_size=2, unique=True)) if classes else []
        try:
            made = type(f"C{index}", tuple(bases), {})
        except TypeError:  # no consistent method resolution order
            made = type(f"C{index}", tuple(bases[:1]), {})
        classes.append(made)
    indices = st.lists(st.sampled_from(range(len(classes))), unique=True)
    return Hierarchy(tuple(classes), tuple(draw(indices)))


@given(hierarchies(), st.data())
def test_the_most_specific_class_wins_in_any_order(family: Hierarchy, data: st.DataObject) -> None:
    registry = family.registry(data.draw(st.permutations(family.registered)))
    for cls in family.classes:
        match family.best(cls):
            case []:
                assert registry.find(cls()) is None
                with pytest.raises(UnsupportedTaskError, match="not supported"):
                    registry.get_config(cls())
            case [index]:
                found = registry.get_config(cls())
                assert type(found).__name__ == f"Config{index}"
                assert isinstance(found.model, cls)
            case several:
                with pytest.raises(RegistryError, match="equally well") as caught:
                    registry.get_config(cls())
                assert all(f"Config{index}" in caught.value.received for index in several)


class Animal:
    pass


class Dog(Animal):
    pass


def test_it_works_as_a_decorator() -> None:
    registry = ExporterRegistry()

    @registry.register_config(Animal)
    class AnimalConfig(ExporterConfig):
        pass

    assert registry.find(Dog()) is AnimalConfig
    assert REGISTRY.find(Dog()) is None


def test_a_later_registration_replaces_an_earlier_one() -> None:
    registry, first, second = ExporterRegistry(), config_named("First"), config_named("Second")
    registry.register_config(Animal, first)
    registry.register_config(Animal, second)
    assert registry.find(Animal()) is second


def test_a_class_is_known_by_its_name_once_it_is_imported() -> None:
    registry, config = ExporterRegistry(), config_named("Named")
    registry.register_config("collections.abc.Sized", config)
    registry.register_config("no_such_package.Model", config_named("Other"))
    assert registry.find([1]) is config
    assert registry.find(3) is None


def test_a_name_that_is_no_class_is_refused() -> None:
    registry = ExporterRegistry()
    registry.register_config("collections.nothing", config_named("Lost"))
    with pytest.raises(RegistryError, match="does not exist") as caught:
        registry.find([])
    assert caught.value.received == "collections.nothing"


def test_an_unknown_task_is_told_what_there_is_and_how_to_register() -> None:
    with pytest.raises(ValueError, match="Dog model type is not supported for export") as caught:
        REGISTRY.get_config(Dog())
    error = caught.value
    assert isinstance(error, UnsupportedTaskError)
    assert all(f"keras_hub.models.{name}" in error.expected for name, _ in BUILT_IN)
    assert "register_config" in error.advice


class FileExporter(Exporter):
    def export(self, filepath: Any, **options: Any) -> Any:
        return filepath, type(self.config).__name__, options


def test_exporters_are_found_by_format() -> None:
    registry = ExporterRegistry()
    registry.register_config(Animal, config_named("AnimalConfig"))
    registry.register_exporter("text", FileExporter)
    exporter = registry.get_exporter("text", registry.get_config(Dog()))
    assert exporter.export("a.txt", loud=True) == ("a.txt", "AnimalConfig", {"loud": True})
    with pytest.raises(RegistryError, match="Unknown format") as caught:
        registry.get_exporter("onnx", exporter.config)
    assert (caught.value.expected, caught.value.received) == ("'text'", "'onnx'")


def test_importing_the_package_does_not_import_keras_hub() -> None:
    script = "import litert_ir.hub, sys; print('keras_hub' in sys.modules, 'keras' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout.split() == ["False", "False"]
