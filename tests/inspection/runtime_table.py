"""Generate the table of runtimes from LiteRT's sources: `python -m tests.inspection.runtime_table`.

Its argument is `tflite/converter/tools/versioning/runtime_version.cc` of a checkout of
https://github.com/google-ai-edge/LiteRT.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

from tests.papers.paper import ROOT

TARGET = ROOT / "litert_ir" / "inspection" / "runtime_versions.json"
_ENTRY = re.compile(r"\{\{BuiltinOperator_([A-Z0-9_]+),\s*(\d+)\},\s*\"([0-9.]+)\"\}")


def table_of(source: str) -> dict[str, list[str | None]]:
    """By operator, the first runtime with each version of its kernel; None where there is none."""
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for name, version, runtime in _ENTRY.findall(source):
        found[name][int(version)] = runtime
    return {
        name: [versions.get(number) for number in range(1, max(versions) + 1)]
        for name, versions in sorted(found.items())
    }


def text_of(table: dict[str, list[str | None]]) -> str:
    """The table as JSON, with a line for each operator."""
    lines = (f"  {json.dumps(name)}: {json.dumps(versions)}" for name, versions in table.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text_of(table_of(Path(sys.argv[1]).read_text("utf-8"))), "utf-8")
