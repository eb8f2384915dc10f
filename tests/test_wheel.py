"""The wheel holds what is no Python: the papers, the license, the marker of types."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILD = "import sys, setuptools.build_meta as backend; backend.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy, as setuptools leaves folders beside the sources."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "litert_ir", source / "litert_ir", ignore=unwanted)
    subprocess.run([sys.executable, "-c", BUILD, target], cwd=source, check=True, timeout=120)
    (path,) = target.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_has_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    files = (path for path in (ROOT / "litert_ir").rglob("*") if path.is_file())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if "__pycache__" not in path.parts and path.name != "LICENSE"
    }
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_has_the_license_and_names_it(wheel: zipfile.ZipFile) -> None:
    (folder,) = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    metadata = Parser().parsestr(wheel.read(f"{folder}/METADATA").decode())
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License-File"] == "litert_ir/LICENSE"
    text = (ROOT / "litert_ir" / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert wheel.read(f"{folder}/licenses/litert_ir/LICENSE").decode() == text


def test_the_wheel_describes_the_package_by_the_readme(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    shown = Parser().parsestr(wheel.read(name).decode()).get_payload()
    assert (ROOT / "README.md").read_text(encoding="utf-8") in str(shown)
