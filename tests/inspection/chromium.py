"""A headless browser, where one is installed: pages in it, and facts about them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="no browser here: apt-get install chromium"
)


def facts_of(page: Path, script: str, tmp_path: Path, width: int = 1280) -> tuple[Any, str]:
    """The value of an expression in JavaScript on a page, and what the console says.

    The page itself allows no scripts: it is shown in a frame of another one of the same folder,
    which looks into it.
    """
    outer = tmp_path / f"outer-{width}.html"
    outer.write_text(
        "<!DOCTYPE html><body style='margin:0'>"
        f"<iframe id=f src='{page.name}' style='border:0;width:{width}px;height:2000px'></iframe>"
        "<pre id=result></pre><script>"
        "f.onload = () => { const page = f.contentDocument, view = f.contentWindow;"
        f"result.textContent = JSON.stringify({script}); }};</script>"
    )
    done = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            outer.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr
    console = "\n".join(line for line in done.stderr.splitlines() if ":CONSOLE" in line)
    return json.loads(unescape(found[1])), console
