"""In the child process: load the model from its file, with all of its weights."""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Mapping
from typing import Any

import attrs

from litert_ir.backends import load_keras
from litert_ir.backends.current_tracer import tracer
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.model_failures import MODEL_FAILURES, brief, failures_as
from litert_ir.conversion.in_child.held_values import restore_held
from litert_ir.conversion.in_child.references import MAIN, Kind, Reference
from litert_ir.conversion.in_child.saving import WEIGHTS, ModelFile, Settings
from litert_ir.errors import ModelFileError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import Wording
from litert_ir.ir.signature import Signature
from litert_ir.lowering.lower import summarize

_IMPORT_FAILURES: tuple[type[Exception], ...] = (ImportError, OSError, *MODEL_FAILURES)
_SUMMARY = "The model cannot be loaded in a child process"


@attrs.define
class LoadedModel:
    """A model from a file.

    Keras gives layers that it cannot build from recorded shapes alone no weights, or new ones.

    Attributes:
        file: The file of the model.
        model: The Keras model, not compiled.
        is_whole: Whether its weights are those of the file.
    """

    file: ModelFile
    model: Any
    is_whole: bool

    def whole(self, signature: Signature) -> Any:
        """The model with the weights of the file.

        Args:
            signature: The signature to build it for, if need be.

        Raises:
            ModelFileError: When its weights are not those that were saved.
        """
        if not self.is_whole:
            with failures_as(self._other_weights, OSError):
                tracer().build(InferenceCall(self.model, signature))
                self.model.load_weights(self.file.folder / WEIGHTS)
            self.is_whole = _has_weights_of(self.file, self.model)
        if not self.is_whole:
            raise self._other_weights(None)
        return self.model

    def _other_weights(self, error: Exception | None) -> ModelFileError:
        found = summarize(self.model)
        return ModelFileError(
            f"{_SUMMARY}: its weights are not those that were saved.",
            where=f"model {self.file.model.name!r}",
            expected=f"{self.file.model.parameters:,} parameters",
            received=brief(error) if error else f"{found.parameters:,} parameters",
            advice="give custom layers a build that builds the layers in them",
        )


@functools.lru_cache(maxsize=1)
def load_model(file: ModelFile) -> LoadedModel:
    """Load a model; the child keeps it for the next call.

    Raises:
        ModelFileError: When a custom class or function, or a module, is not known here.
    """
    _apply(file.settings)
    for module in file.import_modules:
        with failures_as(functools.partial(_not_imported, module), ImportError, OSError):
            importlib.import_module(module)
    failures = {module: _import_failure(module) for module in _modules_of(file)}
    with failures_as(functools.partial(_not_loaded, file, failures), ImportError, OSError):
        model = load_keras().saving.load_model(
            file.folder,
            custom_objects={
                reference.registered_name: found
                for reference in file.references
                if (found := _find(reference)) is not None
            },
            compile=False,
            safe_mode=False,  # the parent process has just written the file
        )
    return LoadedModel(file, model, _has_weights_of(file, model))


def _has_weights_of(file: ModelFile, model: Any) -> bool:
    """Tell whether a loaded model has all weights; copy those that Keras does not save."""
    found = summarize(model)
    wanted = file.model
    same = (found.parameters, found.weight_bytes) == (wanted.parameters, wanted.weight_bytes)
    return same and restore_held(model, file.folder)


def _apply(settings: Settings) -> None:
    config = load_keras().config
    config.set_floatx(settings.floatx)
    config.set_epsilon(settings.epsilon)
    config.set_image_data_format(settings.image_data_format)


def _modules_of(file: ModelFile) -> tuple[str, ...]:
    """The modules of custom objects; ``__main__`` is another module in this process."""
    modules = (reference.module for reference in file.references)
    return tuple(module for module in dict.fromkeys(modules) if module and module != MAIN)


def _import_failure(module: str) -> str:
    """Return the reason that a module cannot be imported; empty when it can."""
    try:
        importlib.import_module(module)
    except _IMPORT_FAILURES as error:
        return brief(error)
    return ""


def _find(reference: Reference) -> Any:
    """The object, if it is registered or at the top level of its module; else None."""
    registered = load_keras().saving.get_registered_object(reference.registered_name)
    if registered is not None or reference.module in (None, MAIN):
        return registered
    with contextlib.suppress(*_IMPORT_FAILURES):
        return getattr(importlib.import_module(reference.module), reference.name, None)
    return None


def _not_imported(module: str, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"{_SUMMARY}: a module cannot be imported there.",
        where="import_modules",
        expected="modules that `python -c 'import ...'` finds",
        received=f"{module}: {brief(error)}",
        advice="correct its name, or make it importable",
    )


def _not_loaded(file: ModelFile, failures: Mapping[str, str], error: Exception) -> ModelFileError:
    missing = [reference for reference in file.references if _find(reference) is None]
    if not missing:
        return ModelFileError(
            f"{_SUMMARY}.",
            where=f"model {file.model.name!r}",
            expected="a model that keras.saving.load_model can load",
            received=_reason(error),
            advice="save the model with model.save('model.keras'), and load it in a new process "
            "to see the whole error",
        )
    kinds = {Kind.CLASS: "classes", Kind.FUNCTION: "functions"}
    what = " and ".join(kinds[kind] for kind in Kind if any(r.kind is kind for r in missing))
    return ModelFileError(
        f"{_SUMMARY}: it uses custom {what} that are not known there.",
        where=", ".join(reference.name for reference in missing),
        expected="classes and functions at the top level of modules, or registered by modules",
        received="; ".join(_text(reference, failures) for reference in missing),
        advice=advise(
            "move them from scripts, notebooks and functions into a module, decorate them with "
            "@keras.saving.register_keras_serializable(), and name the module: {module}",
            module=Wording(
                "through=litert_ir.ThroughFile(import_modules=('my_package.layers',))",
                "--import my_package.layers",
            ),
        ),
        missing=tuple(reference.name for reference in missing),
    )


def _reason(error: Exception) -> str:
    """The innermost message, which Keras puts behind a dump of the whole configuration.

    Source of the text: keras/src/saving/serialization_lib.py, Keras 3.15.
    """
    innermost = str(error).rpartition("Exception encountered: ")[2]
    return brief(type(error)(innermost) if innermost else error)


def _text(reference: Reference, failures: Mapping[str, str]) -> str:
    failure = failures.get(reference.module or "")
    return f"{reference} ({failure})" if failure else str(reference)
