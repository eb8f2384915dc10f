"""Files that the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

import litert_ir as lir
from tests.aot.files import INTEL_CPU, convolutional


@pytest.fixture(scope="session")
def portable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portable file, one sample per run."""
    path = tmp_path_factory.mktemp("portable") / "portable.tflite"
    lir.export(convolutional(), path, batch_size=1)
    return path


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> lir.ExportResult:
    """An export that was compiled for Intel's OpenVINO on the CPU and held against two CPUs."""
    return lir.export(
        convolutional(),
        tmp_path_factory.mktemp("compiled") / "model.tflite",
        batch_size=1,
        options={"aot_compile_targets": [INTEL_CPU, "arm64", "arm"]},
    )
