"""A folder for temporary files that is missing or full: what fails says so, and what to do."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.errors import AllStrategiesFailedError, ConversionError, TargetError
from litert_ir.quantization.file import _in_child
from litert_ir.scratch.folder import shortage
from tests.conversion.exports import exported, model


@pytest.fixture
def missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that is not there."""
    exported("single")  # starts the child, which needs the folder as well
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    return tmp_path / "missing"


def test_only_a_full_disk_is_said_to_be_full(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shortage("TypeError: 'NoneType' object is not callable") == ""
    assert "has" in shortage("[Errno 28] No space left on device: '/tmp/x'")
    usage = shutil.disk_usage(os.curdir)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=4096))
    assert "has 4,096 bytes left: free space there, or let TMPDIR" in shortage("TypeError")


@pytest.mark.parametrize("strategy", [lir.SavedModel(), lir.ConcreteFunction()])
def test_strategies_that_need_the_folder_say_so(
    strategy: Any, missing: Path, tmp_path: Path
) -> None:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(model("single"), tmp_path / "m.tflite", strategies=(strategy,))
    assert "TMPDIR" in caught.value.advice
    assert str(missing) in str(caught.value)
    (attempt,) = caught.value.attempts
    assert "TMPDIR" in str(attempt.error)
    assert list(tmp_path.iterdir()) == []


def test_bytes_need_the_folder(missing: Path) -> None:
    with pytest.raises(TargetError, match="temporary use") as caught:
        lir.execute(lir.plan_for(model("single")), model("single"))
    assert caught.value.where == str(missing)


def test_the_quantizer_needs_the_folder(missing: Path, tmp_path: Path) -> None:
    source = exported("single").file.path
    with pytest.raises(ConversionError, match="temporary files") as caught:
        lir.quantize_file(source, tmp_path / "q.tflite", quantization="dynamic")
    assert caught.value.where == str(missing)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_under_the_quantizer() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "small.tflite")
    with pytest.raises(ConversionError, match="its source cannot be read") as caught:
        _in_child(60.0, raising, full)
    assert caught.value.where == "small.tflite"
    assert "TMPDIR" in caught.value.advice


def raising(error: OSError) -> None:
    """What runs in the child process."""
    raise error
