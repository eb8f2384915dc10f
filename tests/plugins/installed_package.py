"""A distribution in a folder: installed from a project by pip, or written as pip would."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).with_name("acme_litert")


def install(project: Path, folder: Path) -> Path:
    """Let pip install a project into a folder to put on the search path; it asks no index."""
    source = shutil.copytree(project, folder / "source")  # setuptools builds inside of it
    target = folder / "target"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--disable-pip-version-check", "--target", target, source),
        ],
        check=True,
        timeout=120,
    )
    return target


def write_distribution(
    folder: Path, name: str, group: str, entries: Mapping[str, str], module: str = ""
) -> None:
    """Write the metadata of a distribution with entry points, and a module.

    Args:
        folder: A folder on the search path.
        name: The name of the distribution, and of the module; its version is 1.0.
        group: The group of the entry points.
        entries: Their values by name.
        module: The source of the module.
    """
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"[{group}]", *(f"{key} = {value}" for key, value in entries.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    (folder / f"{name}.py").write_text(module)
