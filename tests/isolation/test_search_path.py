"""The child's search path: that of its parent, in the same order, and nothing before it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import litert_ir

ROOT = Path(litert_ir.__file__).parents[1]

SCRIPT = """
import os, sys
from litert_ir.isolation.worker import Worker
import own
sys.path += ["", "relative", "no-such-folder", "."]
def absolute(entries):
    found = (os.path.abspath(e) if os.path.exists(e or ".") else e for e in entries)
    return list(dict.fromkeys(found))
with Worker() as worker:
    assert worker.call(own.search_path) == absolute(sys.path)
    assert worker.call(own.package) == own.package()
    sys.path.insert(0, "/added/later")
    assert worker.call(own.search_path)[0] == "/added/later"
    print(worker.call(own.own_json), worker.call(own.flags) == own.flags())
"""
OWN = """
import sys, json
import litert_ir
def search_path(): return list(sys.path)
def package(): return litert_ir.__file__
def own_json(): return hasattr(json, "planted")
def flags(): return sys.flags.isolated, sys.flags.no_user_site, sys.flags.ignore_environment
"""


@pytest.mark.parametrize("options", [(), ("-s", "-E")])
def test_the_child_finds_what_a_script_finds(options: tuple[str, ...], tmp_path: Path) -> None:
    folder, current = tmp_path / "scripts", tmp_path / "current"
    for made in (folder, current, current / "relative"):
        made.mkdir()
    (folder / "script.py").write_text(f"import sys\nsys.path.append({str(ROOT)!r})\n{SCRIPT}")
    (folder / "own.py").write_text(OWN)
    (folder / "json.py").write_text("planted = True")  # a script's own folder comes first
    for place in (folder, current):
        (place / "sitecustomize.py").write_text("print('planted')")
        (place / "litert_ir").mkdir()
        (place / "litert_ir" / "__init__.py").write_text("planted = True")
    (folder / "litert_ir" / "__init__.py").unlink()
    (folder / "litert_ir").rmdir()
    done = subprocess.run(
        [sys.executable, *options, str(folder / "script.py")],
        cwd=current,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.stdout) == ("", "True True\n")
