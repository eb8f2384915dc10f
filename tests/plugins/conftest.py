"""A folder on the search path, with modules that are forgotten after each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.installed_package import PROJECT, install


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which pip has installed the package of the tests."""
    return install(PROJECT, tmp_path_factory.mktemp("acme"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder on the search path."""
    before = set(sys.modules)
    found = tmp_path / "packages"
    found.mkdir()
    monkeypatch.syspath_prepend(found)
    yield found
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(found)):
            del sys.modules[name]
