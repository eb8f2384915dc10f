"""Import modules that the user names: installed ones first, then the current folder's."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
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


@contextlib.contextmanager
def importable_last(folders: list[str]) -> Iterator[None]:
    """Let modules of some folders be importable for the duration, behind all others."""
    new = [entry for entry in folders if entry not in sys.path]
    sys.path.extend(new)
    try:
        yield
    finally:
        for entry in new:
            with contextlib.suppress(ValueError):  # the model's code may have removed it
                sys.path.remove(entry)


def hidden_by_installed(module: str) -> str:
    """Describe the file of the current folder that an installed module hides; empty for none."""
    name = module.partition(".")[0]
    own = PathFinder.find_spec(name, current_folder())
    there = None if own is None else _origin(name)
    if own is None or there is None:
        return ""
    here = own.origin or str(Path(name).absolute())
    return "" if there == here else f"{name!r} is {there}, which hides {here}"


def _origin(name: str) -> str | None:
    """Return the file that a module is imported from, or was.

    None where there is no module, or a namespace package, which includes the folder's part as well.
    """
    module = sys.modules.get(name)
    if module is not None:
        is_namespace = getattr(module, "__file__", None) is None and hasattr(module, "__path__")
        return None if is_namespace else getattr(module, "__file__", None) or "Python itself"
    spec = importlib.util.find_spec(name)
    if spec is None or (spec.origin is None and spec.submodule_search_locations is not None):
        return None
    return spec.origin if spec.has_location else "Python itself"
