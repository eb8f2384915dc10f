"""What is installed where: the dependencies that ``pyproject.toml`` names for each platform."""

from __future__ import annotations

import importlib.util
import platform
import tomllib
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from litert_ir.backends.packages import CONVERTER, PACKAGES, TENSORFLOW, Package, missing
from litert_ir.errors import MissingDependencyError

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEPENDENCIES = {entry.name: entry for entry in map(Requirement, PROJECT["dependencies"])}
EXTRAS = {
    entry.name: entry
    for name, entries in PROJECT["optional-dependencies"].items()
    for entry in map(Requirement, entries)
    if name != "test"
}
PLATFORMS = {
    "Linux x86-64": {"sys_platform": "linux", "platform_machine": "x86_64"},
    "Linux aarch64": {"sys_platform": "linux", "platform_machine": "aarch64"},
    "macOS arm64": {"sys_platform": "darwin", "platform_machine": "arm64"},
    "Windows x86-64": {"sys_platform": "win32", "platform_machine": "AMD64"},
}
WITH_CONVERTER = {"Linux x86-64", "macOS arm64"}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def environment(where: str, python: str) -> dict[str, str]:
    return {
        **PLATFORMS[where],
        "python_version": python,
        "python_full_version": f"{python}.0",
    }


def installed(where: Mapping[str, str]) -> set[str]:
    """The dependencies that pip installs there."""
    return {
        name
        for name, entry in DEPENDENCIES.items()
        if entry.marker is None or entry.marker.evaluate(dict(where))
    }


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("where", PLATFORMS)
def test_only_what_pypi_has_is_asked_for(where: str, python: str) -> None:
    found = installed(environment(where, python))
    assert ("litert-converter" in found) is (where in WITH_CONVERTER)
    assert ("tensorflow" in found) is (python != "3.14")
    assert ("jax" in found) is (python == "3.14"), "Keras needs a backend"
    assert {"ai-edge-litert", "keras", "litert-quantizer"} <= found


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_what_a_message_installs_is_what_the_project_asks_for(package: Package) -> None:
    named = Requirement(package.requirement)
    asked = (EXTRAS | DEPENDENCIES)[package.name]
    if package.name in EXTRAS:
        asked = EXTRAS[package.name]
    assert (named.name, named.specifier) == (asked.name, asked.specifier)
    if asked.marker is not None:
        assert str(asked.marker) == str(Marker(package.marker))


def test_the_list_without_tensorflow_is_that_of_the_project() -> None:
    lines = (ROOT / "litert_ir" / "requirements-jax.txt").read_text(encoding="utf-8").splitlines()
    listed = {e.name: e for e in map(Requirement, (line for line in lines if line[0] != "#"))}
    assert listed.keys() == DEPENDENCIES.keys() - {"tensorflow"} | {"jax"}
    for name, entry in listed.items():
        assert entry.specifier == DEPENDENCIES[name].specifier
        assert entry.marker is None


def test_where_pypi_has_nothing_no_command_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "python_version_tuple", lambda: ("3", "14", "2"))
    monkeypatch.setattr(Package, "is_available", False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert CONVERTER.absence() == (
        "litert-converter is not installed: PyPI has no litert-converter for Python 3.14 on Linux "
        "aarch64: use another strategy, with Keras on TensorFlow, or Linux on x86-64"
    )
    advice = TENSORFLOW.advice
    assert advice.startswith("PyPI has no tensorflow for Python 3.14 on Linux aarch64: use Keras")
    with pytest.raises(MissingDependencyError, match="'tensorflow' is not installed") as caught:
        TENSORFLOW.require("testing")
    assert (caught.value.where, caught.value.advice) == ("testing", advice)


def test_a_folder_that_an_uninstallation_left_is_no_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "left_behind" / "cache").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    assert isinstance(importlib.util.find_spec("left_behind"), ModuleSpec)
    assert not Package(module="left_behind", requirement="left-behind").is_installed


def test_of_an_unknown_package_the_module_is_named() -> None:
    error = missing("six", where="importing tensorflow", received="No module named 'six'")
    assert (error.advice, error.where) == ("pip install six", "importing tensorflow")
