"""Set the child process's module search path to the parent's, then serve the parent.

The file is run as a script, by its path: under another search path, `litert_ir` and its imports
could be other modules than the parent's.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path


def load_package(folder: Path) -> None:
    """Import a package from its folder, even if the search path has another one of its name."""
    spec = importlib.util.spec_from_file_location(
        folder.name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[folder.name] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    descriptors, sys.path[:] = sys.argv[1:3], sys.argv[3:]
    load_package(Path(__file__).parents[1])
    importlib.import_module("litert_ir.isolation.main").main(*map(int, descriptors))
