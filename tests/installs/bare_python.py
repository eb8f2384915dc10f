"""A Python that has the packages of this one but for some, as if they had never been installed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sysconfig
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def python_without(packages: Sequence[str], folder: Path) -> Path:
    """Make a virtual environment whose packages are links to those of this one.

    Args:
        packages: The names on PyPI of those that it lacks.
        folder: Where to make it; does not exist yet.

    Returns:
        Its interpreter, which child processes have as well.
    """
    venv.EnvBuilder(symlinks=True).create(folder)
    (target,) = folder.glob("lib/python3*/site-packages")
    left_out = {entry for package in packages for entry in _entries_of(package)}
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.name not in left_out:
            (target / entry.name).symlink_to(entry)
    return folder / "bin" / "python"


def _entries_of(package: str) -> set[str]:
    """What a package has in the folder of all packages."""
    files = importlib.metadata.distribution(package).files or []
    return {file.parts[0] for file in files} - {"..", "__pycache__"}


def answers(python: Path, asking: str, settings: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """The JSON that a function of `tests.installs.questions` prints, run by some Python."""
    run = subprocess.run(
        [python, "-c", f"from tests.installs.questions import {asking}; {asking}()"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found
