"""Run cases of the sweep in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs

from tests.stablehlo.sweep.attempt import Outcome

ROOT = Path(__file__).parents[3]
RUN = (sys.executable, "-m", "tests.stablehlo.sweep.run")
SETTINGS = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "JAX_PLATFORMS": "cpu",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
}
MOST_CASES = 60
"""Of one process."""
TIME_LIMIT_S = 600


@attrs.frozen
class Elsewhere:
    """What becomes of cases, found out part by part, when it is first asked for.

    Attributes:
        backend: Keras' backend.
        names: Of the cases.
        static: Fix the batch, where the model leaves it dynamic.
    """

    backend: str
    names: Sequence[str]
    static: bool
    _found: dict[str, Outcome] = attrs.field(factory=dict, init=False)

    def outcome(self, name: str) -> Outcome:
        """What becomes of a case; an end of its process is a leak of each case of the part."""
        if name not in self._found:
            start = self.names.index(name) // MOST_CASES * MOST_CASES
            part = self.names[start : start + MOST_CASES]
            self._found.update(_outcomes(self.backend, part, static=self.static))
        return self._found[name]


def _outcomes(backend: str, names: Sequence[str], *, static: bool) -> dict[str, Outcome]:
    options = ["--backend", backend, *(["--static"] if static else [])]
    cases = [argument for name in names for argument in ("--case", name)]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "outcomes.json")
        try:
            run = subprocess.run(
                [*RUN, *options, "--json", str(report), *cases],
                cwd=ROOT,
                env={**os.environ, **SETTINGS},
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            return dict.fromkeys(names, Outcome.leaked(f"{error}\n{error.output!r}"))
        if not report.exists():
            end = f"{run.stdout[-500:]}\nexit status {run.returncode}\n{run.stderr}"
            return dict.fromkeys(names, Outcome.leaked(end))
        found = json.loads(report.read_text(encoding="utf-8"))
    return {name: Outcome(**fields) for name, fields in found.items()}
