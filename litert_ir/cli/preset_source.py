"""Load KerasHub presets: a local folder, or a name that KerasHub looks up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends import load_keras_hub
from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.errors import ModelSourceError
from litert_ir.errors.archives import ARCHIVE_DAMAGE
from litert_ir.errors.paths import usable_path
from litert_ir.hub.default_registry import BUILT_IN

_TASK_FILE = "task.json"
_MODEL_FILE = "config.json"
_BACKBONE = "Backbone"
_FORMS = (
    "check the path; --preset also takes a name such as bert_tiny_en_uncased, or an address such "
    "as hf://user/model"
)


@attrs.frozen
class PresetSource:
    """A preset, and the class to load it as.

    Attributes:
        preset: A folder that ``save_to_preset`` wrote, or a name such as
            ``bert_tiny_en_uncased``, or an address such as ``hf://user/model``.
        task: The name of a class of `keras_hub.models`; empty for the one that was saved.
    """

    preset: str
    task: str = ""

    def __str__(self) -> str:
        return self.preset


def is_preset(folder: Path) -> bool:
    """Tell whether a folder holds a preset."""
    return (folder / _MODEL_FILE).is_file()


def parse_preset(preset: str, task: str = "") -> PresetSource:
    """Parse a preset, and check as much as possible without KerasHub.

    Raises:
        ModelSourceError: When a folder holds no preset.
    """
    folder = usable_path(preset, lambda reason: _no_preset(preset, reason))
    if folder.is_file():
        advice = "a .keras file is a MODEL, without --preset" if folder.suffix == ".keras" else ""
        raise _no_preset(preset, "a file", advice)
    if not folder.exists() and _is_path(preset):
        raise _no_preset(preset, "no such folder", _FORMS)
    if folder.is_dir() and not is_preset(folder):
        with failures_as(lambda error: _no_preset(preset, brief(error)), OSError):
            found = sorted(path.name for path in folder.iterdir())
        raise _no_preset(preset, ", ".join(found[:8]) or "nothing")
    return PresetSource(preset, task)


def _is_path(preset: str) -> bool:
    """Tell whether a preset is none but a folder: names have no slash, addresses a scheme.

    Source: KerasHub 0.32, `keras_hub.models.Backbone.from_preset`.
    """
    return "://" not in preset and ("/" in preset or preset.startswith((".", "~")))


def _no_preset(preset: str, received: str, advice: str = "") -> ModelSourceError:
    return ModelSourceError(
        "There is no preset here.",
        where=f"--preset {preset}",
        expected=f"a folder with {_MODEL_FILE}, as task.save_to_preset(folder) writes it",
        received=received,
        advice=advice,
    )


def load_preset(source: PresetSource) -> Any:
    """Load the task of a preset with its weights and its preprocessor.

    Raises:
        ModelSourceError: When the class is unknown or does not match, or the preset cannot be read.
        MissingDependencyError: When KerasHub is not installed.
    """
    cls = _class_of(source)
    with failures_as(lambda error: _failure(source, cls, error), ImportError, *ARCHIVE_DAMAGE):
        return cls.from_preset(source.preset)


def _class_of(source: PresetSource) -> Any:
    models = load_keras_hub().models
    name = source.task or _saved_class(Path(source.preset)) or _only_class(models, source)
    cls = getattr(models, name, None)
    if cls is None or not hasattr(cls, "from_preset"):
        raise ModelSourceError(
            "KerasHub has no such class.",
            where="--task" if source.task else source.preset,
            expected="one of " + ", ".join(_loadable(models)),
            received=name,
        )
    return cls


def _saved_class(folder: Path) -> str:
    """Return the class that was saved to a folder; empty where it is not a folder."""
    if not folder.is_dir():
        return ""
    task = folder / _TASK_FILE
    if not task.is_file():
        return _BACKBONE
    try:
        return str(json.loads(task.read_text(encoding="utf-8"))["class_name"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelSourceError(
            "The preset does not name its class.",
            where=str(task),
            received=brief(error),
            advice="name the class: --task CausalLM",
        ) from error


def _only_class(models: Any, source: PresetSource) -> str:
    """Return the one task that has a preset of this name."""
    having = [name for name in _loadable(models) if source.preset in getattr(models, name).presets]
    if len(having) == 1:
        return having[0]
    raise ModelSourceError(
        "The preset fits several tasks." if having else "This name alone does not say the task.",
        where=source.preset,
        expected="a folder, or a preset together with --task",
        received="" if having else "no folder here, and none of KerasHub's own presets",
        advice="name the class: --task " + " or --task ".join(having or ["CausalLM"]),
    )


def _loadable(models: Any) -> Iterator[str]:
    return (name for name, _ in BUILT_IN if name != _BACKBONE and hasattr(models, name))


def _failure(source: PresetSource, cls: Any, error: Exception) -> ModelSourceError:
    return ModelSourceError(
        "KerasHub cannot load this preset.",
        where=source.preset,
        expected=f"a preset of a {cls.__name__}",
        received=brief(error),
        advice="--verbose shows the whole traceback; --task names another class",
    )
