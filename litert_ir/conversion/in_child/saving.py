"""Save a model so that a child process can load it."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends import load_keras
from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.conversion.in_child.held_values import save_held
from litert_ir.conversion.in_child.references import Reference, lost_names, references_of
from litert_ir.errors import ModelFileError
from litert_ir.ir.plan import ModelSummary
from litert_ir.lowering.lower import summarize

WEIGHTS = "model.weights.h5"
_CONFIG = "config.json"
_COMPILATION = "compile_config"


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of Keras that layers depend on and no file holds; see `keras.config`.

    Attributes:
        floatx: The default float type.
        epsilon: The small number that keeps divisions finite.
        image_data_format: The position of images' channels.
    """

    floatx: str
    epsilon: float
    image_data_format: str


@attrs.frozen(kw_only=True)
class ModelFile:
    """A saved model.

    Attributes:
        folder: What a .keras archive holds, unzipped: so weights go from the model to the disk,
            and from there to the child's model, one at a time.
        model: The summary of the saved model.
        settings: Under which settings.
        references: The custom classes and functions that it needs.
        import_modules: Modules that shall be imported first.
    """

    folder: Path
    model: ModelSummary
    settings: Settings
    references: tuple[Reference, ...]
    import_modules: tuple[str, ...]


def save_model(model: Any, folder: Path, import_modules: tuple[str, ...]) -> ModelFile:
    """Save a model; it stays as it is.

    Args:
        model: The model; need not be built.
        folder: The folder to create.
        import_modules: See `ModelFile`.

    Raises:
        ModelFileError: When Keras cannot save it, when a lambda would lose what it needs, or when
            two custom objects share their name.
    """
    keras = load_keras()
    _require_self_contained(model)
    with failures_as(lambda error: _not_saved(model, error), OSError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is not built, or not compiled
        keras.saving.save_model(model, folder, zipped=False)
        save_held(model, folder)
    config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    config.pop(_COMPILATION, None)  # custom losses and metrics are not exported
    references = references_of(config, model)
    _require_distinct(references)
    return ModelFile(
        folder=folder,
        model=summarize(model),
        settings=Settings(
            floatx=keras.config.floatx(),
            epsilon=keras.config.epsilon(),
            image_data_format=keras.config.image_data_format(),
        ),
        references=references,
        import_modules=import_modules,
    )


def _require_self_contained(model: Any) -> None:
    names = lost_names(model)
    if names:
        raise ModelFileError(
            "The model has a lambda that would not find names of its module in a child process.",
            where=f"model {model.name!r}",
            expected="lambdas that use nothing but their arguments",
            received=", ".join(names),
            advice="make it a function or a layer class at the top level of a module",
            missing=names,
        )


def _not_saved(model: Any, error: Exception) -> ModelFileError:
    return ModelFileError(
        "The model cannot be saved to a file, from which a child process would load it.",
        where=f"model {model.name!r}",
        expected="what keras.saving.save_model can save to the temporary folder",
        received=brief(error),
        advice="give custom layers a get_config that returns the arguments of their __init__; "
        "where the disk is full, TMPDIR names another temporary folder",
    )


def _require_distinct(references: tuple[Reference, ...]) -> None:
    """Refuse custom objects of one name: Keras finds classes and functions by their names alone."""
    by_name: dict[str, Reference] = {}
    for reference in references:
        other = by_name.setdefault(reference.registered_name, reference)
        if other.module != reference.module:
            raise ModelFileError(
                "Two custom objects have the same name, by which a child process would find them.",
                where=reference.registered_name,
                expected="one object",
                received=f"{other} and {reference}",
                advice="register each for a package of its own: "
                "@keras.saving.register_keras_serializable(package='my_package')",
                missing=(reference.registered_name,),
            )
