"""The demo: which weights it takes, and that model and file agree about the image."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import NoReturn

import pytest

from litert_ir.cli.demo_model import Download
from tests.papers.paper import ROOT, blocks

Command = Callable[..., CompletedProcess[str]]

PAPER = ROOT / "litert_ir" / "ir" / "README.md"
SOMETHING = Download("something.h5", "https://storage.invalid/something.h5")


@pytest.mark.parametrize(
    "error", [urllib.error.URLError("no network"), TimeoutError(), http.client.HTTPException()]
)
def test_without_cache_and_network_nothing_is_available(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    def unreachable(*_: object, timeout: float) -> NoReturn:
        assert timeout == 3.0
        raise error

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", unreachable)
    assert not SOMETHING.is_available()


def test_a_cached_file_is_available_without_asking_anybody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / SOMETHING.name).touch()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delattr(urllib.request, "urlopen")
    assert SOMETHING.is_available()


def test_the_output_is_checked_first(run: Command) -> None:
    done = run("demo", "-o", "mobilenet.keras")
    assert done.returncode == 5
    assert "must end with '.tflite'" in done.stderr


@pytest.mark.slow
def test_the_demo_writes_a_verified_file_and_says_which_weights(
    run_process: Command, tmp_path: Path
) -> None:
    done = run_process("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "mobilenet_v2.tflite").stat().st_size > 10 * 2**20
    assert (
        "MobileNetV2 with ImageNet weights" in done.stdout
        or "with random weights (seed 0" in done.stdout
    )
    largest = done.stdout.split("largest difference over all classes:")[1]
    # float32 rounding over 53 layers, of probabilities of at most 1
    assert float(largest) < 1e-4
    assert set(" ".join(plan_in_the_paper()).split()) <= set(done.stdout.split())


def plan_in_the_paper() -> list[str]:
    """The plan of the demo as the paper on plans shows it, but for the versions that made it."""
    shown = [block.text for block in blocks(PAPER, "text") if block.text.startswith("Export")]
    lines = shown[0].splitlines()
    end = next(at for at, line in enumerate(lines) if line.startswith("  made with"))
    assert end > 5
    return [lines[0].removeprefix("ExportPlan"), *lines[1:end]]
