"""KerasHub tasks on JAX, in a process that cannot import TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backends.jax.process import ROOT, SETTINGS

SCRIPT = """
import sys
from tests.backends.jax.process import block_tensorflow

block_tensorflow()
import litert_ir as lir
from tests.hub.tiny_tasks import bert_classifier

result = lir.export(bert_classifier(sequence_length=12), sys.argv[1])
print(result.strategy, *(f"{spec.name} {spec.sizes}" for spec in result.plan.inputs), sep="; ")
print("tensorflow" in sys.modules, result.parity.agrees)
"""


@pytest.mark.slow
def test_a_task_is_exported_without_tensorflow(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "bert.tflite")],
        cwd=ROOT,
        env={**os.environ, **SETTINGS},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "stablehlo; token_ids (None, 12); padding_mask (None, 12); segment_ids (None, 12)",
        "False True",
    ]
