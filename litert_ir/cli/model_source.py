"""Load the model: from a .keras file, from a function or model to import, or from a preset."""

from __future__ import annotations

import inspect
import re
import shlex
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, assert_never

import attrs

from litert_ir.backends import load_keras
from litert_ir.backends.model_failures import failures_as
from litert_ir.cli.keras_archive import advice_on_version, saved_with
from litert_ir.cli.load_failures import load_failure
from litert_ir.cli.own_modules import failed, hidden_by_installed, import_module
from litert_ir.cli.preset_source import PresetSource, is_preset, load_preset
from litert_ir.errors import ModelSourceError
from litert_ir.errors.archives import ARCHIVE_DAMAGE
from litert_ir.errors.paths import usable_path

SOURCE_FORMS = "a file that ends in .keras, or package.module:function"
_REFERENCE = re.compile(r"(?P<module>[^\W\d][\w.]*):(?P<attribute>[^\W\d][\w.]*)")


@attrs.frozen
class FileSource:
    """A model saved with ``model.save('model.keras')``."""

    path: Path


@attrs.frozen
class ReferenceSource:
    """A model, or a function without arguments that returns one, in an importable module."""

    module: str
    attribute: str

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"


ModelSource = FileSource | ReferenceSource | PresetSource


def parse_source(text: str) -> ModelSource:
    """Parse ``text`` as a source; a file must exist and look like a model.

    Raises:
        ModelSourceError: When it is not a source, or the file cannot be a .keras file.
    """
    reference = _REFERENCE.fullmatch(text)
    if reference is not None:
        return ReferenceSource(reference["module"], reference["attribute"])
    path = usable_path(text, lambda reason: _unusable(text, reason, "check the path"))
    if path.is_dir():
        raise _unusable(text, *_told_of_folder(path))
    if path.suffix in {".h5", ".hdf5"}:
        raise _unusable(text, "a file in the older HDF5 format", "save it again as .keras")
    if not path.is_file():
        raise _unusable(
            text,
            "no such file",
            "check the path; a function is module:function, a KerasHub preset goes with --preset",
        )
    if path.suffix == ".tflite":
        raise _unusable(text, "a LiteRT file", "give the Keras model that it was made from")
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise _unusable(text, "a file that is not a .keras archive", "save it with model.save()")
    return FileSource(path.absolute())


def _told_of_folder(path: Path) -> tuple[str, str]:
    """Return the kind of a folder, and the advice on it."""
    if is_preset(path):
        return "the folder of a KerasHub preset", f"give it as --preset {shlex.quote(str(path))}"
    return (
        "a folder",
        "name the .keras file; the folder of a KerasHub preset goes with --preset; load other "
        "formats in a function",
    )


def needs_modules(source: ModelSource, imports: Sequence[str]) -> bool:
    """Return whether the user named modules, which may be those of the current folder."""
    return isinstance(source, ReferenceSource) or bool(imports)


def load_model(source: ModelSource, *, imports: Sequence[str] = ()) -> Any:
    """Load or build the model.

    Args:
        source: The source of the model.
        imports: Modules to import first, for the custom layers that they define.

    Returns:
        A `keras.Model`, not compiled when it comes from a file.

    Raises:
        ModelSourceError: When a module or attribute is missing, the file needs code that was not
            imported or may not be run, or the object found is not a model.
    """
    modules = [import_module(name, where="--import") for name in imports]
    match source:
        case FileSource(path):
            return _load_file(path, modules)
        case ReferenceSource():
            return _build(source)
        case PresetSource():
            return load_preset(source)
        case _:
            assert_never(source)


def _load_file(path: Path, modules: Sequence[ModuleType]) -> Any:
    saved = saved_with(path)
    keras = load_keras()
    versions = advice_on_version(saved, keras.__version__)
    with failures_as(
        lambda error: load_failure(path, error, versions), ImportError, *ARCHIVE_DAMAGE
    ):
        # Without its optimizer, loss and metrics, which may be custom and are not exported.
        model = keras.saving.load_model(
            path, custom_objects=_definitions(modules), compile=False, safe_mode=True
        )
    return _require_model(model, keras, str(path))


def _definitions(modules: Sequence[ModuleType]) -> dict[str, Any]:
    """Return the classes and functions of the modules, so that unregistered ones load as well."""
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module.__name__
    }


def _build(source: ReferenceSource) -> Any:
    found: Any = import_module(source.module, where=str(source))
    for name in source.attribute.split("."):
        if not hasattr(found, name):
            raise ModelSourceError(
                f"{getattr(found, '__name__', found)} has no attribute {name!r}.",
                where=str(source),
                expected="a function that returns a model, or a model",
                received=hidden_by_installed(source.module),
            )
        found = getattr(found, name)
    keras = load_keras()
    if not isinstance(found, keras.Model) and callable(found):
        found = _call(source, found)
    return _require_model(found, keras, str(source))


def _require_model(found: Any, keras: Any, where: str) -> Any:
    if not isinstance(found, keras.Model):
        raise ModelSourceError(
            "This is not a Keras model and does not return one.",
            where=where,
            expected="a keras.Model, or a function without arguments that returns one",
            received=f"{type(found).__module__}.{type(found).__qualname__}",
        )
    return found


def _call(source: ReferenceSource, function: Any) -> Any:
    try:
        inspect.signature(function).bind()
    except (TypeError, ValueError) as error:
        raise ModelSourceError(
            "This function cannot be called without arguments.",
            where=str(source),
            expected="a function without required arguments that returns a model",
            received=str(error),
            advice="write a function that calls it with the arguments you want",
        ) from error
    with failures_as(lambda error: failed(f"The function {source}", str(source), error), OSError):
        return function()


def _unusable(text: str, received: str, advice: str) -> ModelSourceError:
    return ModelSourceError(
        "There is no model to load here.",
        where=text,
        expected=SOURCE_FORMS,
        received=received,
        advice=advice,
    )
