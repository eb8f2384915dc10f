"""On Windows an error says where litert_ir runs, before a module that is not there does."""

from __future__ import annotations

import importlib
import os

import pytest

from litert_ir.errors import MissingDependencyError
from litert_ir.errors.platforms import require_posix


@pytest.mark.parametrize("room", ["litert_ir.isolation", "litert_ir.scratch"])
def test_windows_is_refused_when_a_room_that_needs_posix_is_imported(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = importlib.import_module(room)
    spec = source.__spec__
    assert spec is not None
    assert spec.loader is not None
    # Nothing but the module's code sees the other system: pytest finds modules by Path.
    monkeypatch.setattr(os, "name", "nt")
    with pytest.raises(MissingDependencyError, match="on Linux and macOS") as caught:
        spec.loader.exec_module(source)
    monkeypatch.undo()
    assert "WSL" in caught.value.advice
    assert isinstance(caught.value, ImportError)


def test_this_system_is_one_that_it_runs_on() -> None:
    require_posix()
