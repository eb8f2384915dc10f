"""Importing a part of the package loads no framework before one is needed."""

from __future__ import annotations

import subprocess
import sys

from tests.house.test_loaders import IMPORTED, LOADED

LOADED_ON_DEMAND = sorted({*LOADED, *IMPORTED, "matplotlib", "hypothesis"})


def loaded_by(statement: str) -> set[str]:
    """Which of the heavy packages a fresh process has loaded after a statement."""
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return set(run.stdout.split()).intersection(LOADED_ON_DEMAND)


def test_importing_the_package_loads_no_framework() -> None:
    assert loaded_by("import litert_ir") == set()


def test_importing_the_data_layer_loads_no_framework() -> None:
    assert (
        loaded_by("import litert_ir.ir.json, litert_ir.ir.text, litert_ir.visitors.flatten")
        == set()
    )


def test_the_strategies_load_hypothesis_and_no_framework() -> None:
    assert loaded_by("import litert_ir.testing") == set()
    assert loaded_by("import litert_ir.testing.strategies") == {"hypothesis"}
