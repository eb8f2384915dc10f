"""Import modules that the user names: installed ones first, then the current folder's."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.errors import ModelSourceError
from litert_ir.errors.shown import shown


def import_module(module: str, *, where: str) -> ModuleType:
    """Import a module that the user named.

    Args:
        module: Its name.
        where: The option that names it, for the error.

    Raises:
        ModelSourceError: When its code fails, or when it cannot be imported; the error names a file
            of the current folder that an installed module hides, if that may be the reason.
    """
    if not all(part.isidentifier() for part in module.split(".")):
        raise _not_imported(module, where, f"{shown(module)}, which is no module's name")
    try:
        with failures_as(
            lambda error: failed(f"The module {module!r}", where, error), OSError, SyntaxError
        ):
            return importlib.import_module(module)
    except ImportError as error:
        hidden = hidden_by_installed(error.name or module)
        raise _not_imported(module, where, str(error), hidden) from error


def failed(what: str, where: str, error: Exception) -> ModelSourceError:
    """Turn an exception of the user's own code into an error."""
    return ModelSourceError(
        f"{what} fails.",
        where=where,
        received=brief(error),
        advice="--verbose shows the whole traceback",
    )


def _not_imported(module: str, where: str, received: str, hidden: str = "") -> ModelSourceError:
    return ModelSourceError(
        f"The module {shown(module)} cannot be imported.",
        where=where,
        expected="a module of the current folder or of this Python environment",
        received="; ".join(filter(None, (received, hidden))),
        advice="give the folder's module another name: installed ones come first"
        if hidden
        else "run from the folder that holds it, or install its package",
    )


def current_folder() -> list[str]:
    """Return the current folder as search path entries; none where the folder was removed."""
    try:
        return [str(Path.cwd())]
    except FileNotFoundError:
        return []


def hidden_by_installed(module: str) -> str:
    """Describe the file of the current folder that an installed module hides; empty for none."""
    name = module.partition(".")[0]
    found = sys.modules.get(name)
    own = PathFinder.find_spec(name, current_folder())
    if found is None or own is None:
        return ""
    if getattr(found, "__file__", None) is None and hasattr(found, "__path__"):
        return ""  # a namespace package, which includes the folder's part as well
    there = getattr(found, "__file__", None) or "Python itself"
    here = own.origin or str(Path(name).absolute())
    return "" if there == here else f"{name!r} is {there}, which hides {here}"
