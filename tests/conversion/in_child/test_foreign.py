"""Models on Keras backends that nobody traces are exported through a file by themselves.

PyTorch is such a backend; numpy is one that is always installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir

MAIN = "import sys; from tests.conversion.in_child.foreign_models import main; main(sys.argv[1])"

pytestmark = pytest.mark.slow  # a process on JAX that exports in a child on TensorFlow


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("foreign") / "model.tflite"
    run = subprocess.run(
        [sys.executable, "-c", MAIN, str(target)],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_the_process_keeps_its_backend(answer: dict[str, Any]) -> None:
    assert answer["backend"] == "numpy"


def test_the_plan_is_one_of_the_child(answer: dict[str, Any]) -> None:
    plan = lir.ExportPlan.from_json(answer["plan"])
    assert plan.versions.backend == "tensorflow"
    assert [(spec.name, str(spec)) for spec in plan.inputs] == [
        ("query", "(batch=?, 4) float32"),
        ("second", "(batch=?, 5) float32"),
        ("scale", "(batch=?, 3) float32"),
    ]
    assert plan.model.parameters == 33
    assert {step.refusal for step in plan.route} == {None}


def test_the_file_agrees_with_the_model_of_this_process(answer: dict[str, Any]) -> None:
    """Outputs are of order one; the order of summation differs."""
    assert (answer["strategy"], answer["agrees"]) == ("stablehlo-in-child", True)
    np.testing.assert_allclose(answer["files"], answer["outputs"], rtol=0, atol=1e-5)
    assert np.ptp(answer["outputs"]) > 0
