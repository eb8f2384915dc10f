"""Run cases of the sweep in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.stablehlo.sweep.attempt import Outcome

ROOT = Path(__file__).parents[3]
RUN = (sys.executable, "-m", "tests.stablehlo.sweep.run")
SETTINGS = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "JAX_PLATFORMS": "cpu",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
}
MOST_CASES = 60
PROCESSES = 2
TIME_LIMIT_S = 600


def outcomes_elsewhere(
    backend: str, names: Sequence[str], *, static: bool = False
) -> dict[str, Outcome]:
    """What becomes of cases; no process runs more than `MOST_CASES`.

    Raises:
        AssertionError: When a process ends before its last case.
    """
    parts = [names[start : start + MOST_CASES] for start in range(0, len(names), MOST_CASES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        found = pool.map(lambda part: _outcomes(backend, part, static=static), parts)
        return {name: outcome for part in found for name, outcome in part.items()}


def _outcomes(backend: str, names: Sequence[str], *, static: bool) -> dict[str, Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "outcomes.json")
        options = ["--backend", backend, "--json", str(report), *(["--static"] if static else [])]
        cases = [argument for name in names for argument in ("--case", name)]
        run = subprocess.run(
            [*RUN, *options, *cases],
            cwd=ROOT,
            env={**os.environ, **SETTINGS},
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
        assert report.exists(), f"{run.stdout[-500:]}\nexit status {run.returncode}\n{run.stderr}"
        found = json.loads(report.read_text(encoding="utf-8"))
    return {name: Outcome(**fields) for name, fields in found.items()}
