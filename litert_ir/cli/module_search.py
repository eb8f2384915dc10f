"""Find a module and a name in it without running anything, before frameworks are imported."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

import attrs

from litert_ir.cli.own_modules import current_folder, hidden_by_installed, importable_last
from litert_ir.errors import ModelSourceError
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.errors.shown import shown

_DYNAMIC_CALLS = frozenset({"globals", "exec", "eval", "setattr", "vars", "__import__"})
"""Functions that give a module names which its source does not show."""
_MOST_BYTES = 1 << 20
"""The most bytes of source to read; longer files are generated, and not worth the time."""


def check_importable(module: str, *, where: str, name: str = "") -> None:
    """Require a module that Python will find and, where its source tells, a name in it.

    Modules are looked for as they will be imported: installed ones first, then those of the current
    folder. What only running the module could tell passes.

    Args:
        module: Its name.
        where: The option or argument that names it.
        name: A name at the module's top level; "" for none.

    Raises:
        ModelSourceError: When there is no such module or name, or the source is no Python.
    """
    if not all(part.isidentifier() for part in module.split(".")):
        raise _not_found(module, where, f"{shown(module)}, which is no module's name")
    with importable_last(current_folder()):
        spec = _find(module, where)
    if spec is None or not name:
        return
    names = _names_of(spec, where)
    if names is not None and name not in names:
        raise ModelSourceError(
            f"{module} has no attribute {name!r}.{did_you_mean(name, names)}",
            where=where,
            expected="a function that returns a model, or a model",
            received=hidden_by_installed(module) or f"{spec.origin}, without that name",
        )


def _find(module: str, where: str) -> ModuleSpec | None:
    """Find a module, importing none of its packages; None where only an import could tell.

    Raises:
        ModelSourceError: When there is none.
    """
    parts = module.split(".")
    spec = _top(parts[0])
    for depth in range(1, len(parts) + 1):
        found = ".".join(parts[:depth])
        if spec is None:
            raise _not_found(module, where, f"no module named {found!r}", _near(parts, depth))
        if depth == len(parts):
            return spec
        folders = spec.submodule_search_locations
        if folders is None:
            raise _not_found(module, where, f"{found}, which is no package")
        if spec.origin is not None and _extends_its_path(spec):
            return None
        spec = _inside(found, parts[depth], list(folders))
    return spec


def _inside(package: str, name: str, folders: list[str]) -> ModuleSpec | None:
    try:
        return PathFinder.find_spec(f"{package}.{name}", folders)
    except KeyError:  # a namespace package in another one, which it looks for among the imported
        spec = ModuleSpec(f"{package}.{name}", None, is_package=True)
        spec.submodule_search_locations = [str(Path(folder) / name) for folder in folders]
        return spec


def _top(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except ValueError:  # a module that is imported already, and has no spec, such as __main__
        return ModuleSpec(name, None)


def _extends_its_path(spec: ModuleSpec) -> bool:
    """Tell whether a package's own code may add folders to those in which its modules are."""
    text = _source(spec)
    return text is None or "__path__" in text


def _near(parts: Sequence[str], depth: int) -> str:
    """Return a question with a module of the current folder that has nearly the name."""
    if depth > 1:
        return ""
    modules = (
        path.stem
        for folder in current_folder()
        for path in Path(folder).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    )
    return did_you_mean(parts[0], modules)


def _source(spec: ModuleSpec) -> str | None:
    """Return the source; None where there is none to read."""
    path = Path(spec.origin or "")
    try:
        if path.suffix != ".py" or path.stat().st_size > _MOST_BYTES:
            return None
        return importlib.util.decode_source(path.read_bytes())
    except (OSError, UnicodeDecodeError, SyntaxError):
        return None  # importing it will say so


def _names_of(spec: ModuleSpec, where: str) -> set[str] | None:
    """Return the names that a module gets when it runs; None where its source does not tell."""
    text = _source(spec)
    if text is None:
        return None
    try:
        tree = ast.parse(text, filename=spec.origin or "<unknown>")
    except SyntaxError as error:
        raise ModelSourceError(
            f"The module {spec.name!r} is no Python.",
            where=where,
            received=f"{error.msg} ({spec.origin}, line {error.lineno})",
        ) from error
    except (ValueError, RecursionError, MemoryError):  # null bytes, or a very deep expression
        return None
    bound = _Bound.of(tree)
    if bound.is_dynamic:
        return None
    folders = spec.submodule_search_locations or ()
    submodules = {path.stem for folder in folders for path in Path(folder).glob("*")}
    return {*bound.names, *submodules, "__name__", "__file__", "__doc__", "__package__"}


@attrs.define
class _Bound:
    """The names that a module's statements bind.

    Attributes:
        names: The names.
        is_dynamic: Whether others may be bound that the source does not show.
    """

    names: set[str] = attrs.field(factory=set)
    is_dynamic: bool = False

    @classmethod
    def of(cls, tree: ast.Module) -> _Bound:
        """Collect the names of a module."""
        bound = cls()
        for node in ast.walk(tree):  # a function may bind names of the module, by ``global``
            if isinstance(node, ast.Global):
                bound.names.update(node.names)
        for node in _statements(tree):
            bound.add(node)
        return bound

    def add(self, node: ast.AST) -> None:
        """Add what one node binds."""
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self.names.add(name)
                self.is_dynamic |= name == "__getattr__"
            case ast.ClassDef(name=name):
                self.names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                self.names.update(a.asname or a.name.partition(".")[0] for a in aliases)
                self.is_dynamic |= any(alias.name == "*" for alias in aliases)
            case ast.Name(id=name, ctx=ast.Store()):
                self.names.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                self.names.add(name)
            case ast.MatchMapping(rest=str(name)):
                self.names.add(name)
            case ast.Call(func=ast.Name(id=name)):
                self.is_dynamic |= name in _DYNAMIC_CALLS
            case _:  # it binds nothing
                pass


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when the module does: bodies of functions and classes do not."""
    for child in ast.iter_child_nodes(node):
        yield child
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        yield from _statements(child)


def _not_found(module: str, where: str, received: str, question: str = "") -> ModelSourceError:
    hidden = hidden_by_installed(module) if module.partition(".")[0] in sys.modules else ""
    return ModelSourceError(
        f"The module {shown(module)} cannot be imported.{question}",
        where=where,
        expected="a module of the current folder or of this Python environment",
        received="; ".join(filter(None, (received, hidden))),
        advice="give the folder's module another name: installed ones come first"
        if hidden
        else "run from the folder that holds it, or install its package",
    )
