"""Damaged files of samples are refused, allocate nothing that they do not hold, and run no code."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.errors import SamplesError
from tests.fuzzing.findings import Findings
from tests.fuzzing.sample_files import SampleFiles, npz


def test_damaged_sample_files(tmp_path: Path) -> None:
    found = Findings().run(SampleFiles(tmp_path), 800, seed=1)
    assert not found.faults, found
    assert set(found.refused) == {"SamplesError"}
    assert found.accepted > 20


class _Touch:
    """A pickle that makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self._path}",))


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "member.npz", "bare_member.npz"])
def test_a_pickle_is_not_run(name: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    code = pickle.dumps(_Touch(planted))
    content = {"member.npz": npz(code), "bare_member.npz": npz(code, name="x")}.get(name, code)
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SamplesError, match="cannot be read"):
        lir.samples_from(path)
    assert not planted.exists()
