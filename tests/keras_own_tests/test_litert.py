"""Keras' own tests of its LiteRT export, those of the installed Keras, pass under the drop-in."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.papers.paper import ROOT

SETTINGS = r"""
[pytest]
filterwarnings =
    error
    ignore:`build\(\)` was called on layer:UserWarning
"""
"""Warnings are errors, but for one that Keras gives a model of its tests."""


def litert_tests() -> Path:
    """The file in the installed Keras; its wheel has the tests of each module beside it."""
    spec = importlib.util.find_spec("keras")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "src" / "export" / "litert_test.py"


@pytest.mark.slow
def test_keras_own_tests_pass_with_files_of_litert_ir(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(SETTINGS, "utf-8")
    exports, report = tmp_path / "exports.txt", tmp_path / "report.xml"
    flags = ("-p", "no:anyio", "-p", "no:cacheprovider", "-p", "tests.keras_own_tests.stand_in")
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", *flags),
            *("-c", tmp_path / "pytest.ini", f"--junit-xml={report}", litert_tests()),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "EXPORTS": str(exports),
            "KERAS_BACKEND": "tensorflow",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-10_000:]
    (suite,) = ET.parse(report).getroot()
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 30, "failures": 0, "errors": 0, "skipped": 0}
    made = Counter(exports.read_text("utf-8").split())
    assert made.total() >= counts["tests"] - 2  # two of them export nothing
    assert made.pop("direct") == 2  # whose weights are to be stored sparsely
    assert set(made) == {"stablehlo", "quantized-stablehlo"}
