"""Rows of the table are right on the JAX backend, too."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.backends.jax.process import ROOT, SETTINGS
from tests.dynamic.jax_rows import ROWS

MAIN = "import sys; from tests.dynamic.jax_rows import main; main(sys.argv[1])"


@functools.cache
def all_faults() -> dict[str, Any]:
    """What is wrong with each row, from one process; of one that raises, the traceback."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "faults.json")
        run = subprocess.run(
            [sys.executable, "-c", MAIN, str(target)],
            cwd=ROOT,
            env={**os.environ, **SETTINGS},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if run.returncode:
            return {"process": run.stderr}
        found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)  # the first waits for all of them
@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_right_on_jax(name: str) -> None:
    found = all_faults()
    assert "process" not in found, found["process"]
    assert found[name] == {"answer": []}
