"""Explain why Keras does not load a ``.keras`` file.

Keras raises ValueError and TypeError for nearly every fault, often behind a dump of the whole
configuration, so that only the texts tell the reasons apart. Source of the texts: Keras 3.15,
``keras/src/saving/serialization_lib.py`` and ``saving_lib.py``, and the ``from_config`` of the
layers named below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from litert_ir.backends.model_failures import brief
from litert_ir.backends.packages import package_of
from litert_ir.errors import ModelSourceError
from litert_ir.errors.archives import ARCHIVE_DAMAGE

_BUILD = "build the model in a function of your own and give package.module:function"
_TRACEBACK = "--verbose shows the whole traceback"
_SAVE_AGAIN = "save the model again with model.save()"
_COPY = f"copy it again, or {_SAVE_AGAIN}"
_TOO_LARGE = "The model in the file needs more memory than there is."
_MOST_OF_A_NAME, _MOST_OF_KERAS_TEXT = 200, 500
"""The most characters of a name, and of Keras' own text."""


@attrs.frozen
class _Reason:
    """A reason for which Keras cannot load a model.

    Attributes:
        pattern: Matches Keras' text; its groups go into the summary.
        summary: The fault.
        advice: The next step.
        shows_text: Whether Keras' own text adds information.
    """

    pattern: re.Pattern[str]
    summary: str
    advice: str
    shows_text: bool = False


_REASONS = (
    _Reason(
        re.compile(r"Could not locate (class|function) '([^']*)'"),
        "The file uses the custom {0} {1!r}, which is not known here.",
        "name the module that defines it: --import package.module (repeatable)",
    ),
    _Reason(
        re.compile(r"(class|function) '([^']*)' because its parent module (\S+) cannot be"),
        "The file uses the {0} {1!r} of {2}, which cannot be imported here.",
        "install the package that it is from, in the version that the file was saved with",
    ),
    _Reason(
        re.compile(r"Could not deserialize '([^']*)' because it is not a KerasSaveable"),
        "The file uses {0}, which the installed version does not have.",
        "install the version that the file was saved with",
    ),
    _Reason(
        re.compile(r"Unrecognized keyword arguments passed to (\w+): (.*)"),
        "The file gives {0} arguments that the installed version does not have: {1}.",
        "install the version that the file was saved with",
    ),
    _Reason(
        re.compile(r"Requested the deserialization of a (?:Python lambda|`Lambda` layer)"),
        "The file holds Python code (a Lambda layer), which is not run from a file.",
        _BUILD,
    ),
    _Reason(
        re.compile(r"Requested the deserialization of a `(\w+)`"),
        "The file holds a {0}, which would run code that is no part of Keras; it is not run from "
        "a file.",
        _BUILD,
    ),
    _Reason(
        re.compile(r"Requested the loading of a vocabulary file.*Vocabulary file: '(.*)'", re.S),
        "A lookup layer of the file has its vocabulary in another file, {0!r}, which is not read: "
        "a file that is loaded may name any.",
        "save the model with the vocabulary as a list (layer.get_vocabulary()), or " + _BUILD,
    ),
    _Reason(
        re.compile(r"Cannot deserialize `([^`]*)` because it is not a modeling function"),
        "The file calls {0}, which is no part of a model, and is not called from a file.",
        _BUILD,
    ),
    _Reason(
        re.compile(r"Not allowed: H5 file with (\w+)|Not allowed: (H5 file) with external"),
        "The weights in the file point to other files, which are not read.",
        _SAVE_AGAIN,
    ),
    _Reason(
        re.compile(r"Layer '([^']*)' expected (\d+) variables, but received (\d+)"),
        "The weights in the file are not those of its model: layer {0!r} has {1} variables, of "
        "which the file has {2}.",
        _SAVE_AGAIN,
    ),
    _Reason(
        re.compile(
            r"variable\.shape=(\([^)]*\)), Received: value\.shape=(\([^)]*\))\. Target variable: "
            r"<Variable path=([^,]*)",
        ),
        "The weights in the file are not those of its model: {2} has the shape {0}, in the file "
        "{1}.",
        _SAVE_AGAIN,
    ),
    _Reason(
        re.compile(r"A total of \d+ objects could not be loaded"),
        "The weights in the file are not those of its model, or are damaged.",
        _SAVE_AGAIN,
        shows_text=True,
    ),
    _Reason(
        re.compile(r"Unable to synchronously open|Unable to open (?:file|object)"),
        "The weights in the file are damaged.",
        _COPY,
        shows_text=True,
    ),
    _Reason(re.compile(r"OOM when allocating"), _TOO_LARGE, "", shows_text=True),
    _Reason(
        re.compile(r"No module named '([^']*)'"),
        "The file uses layers for which {0} has to be installed.",
        "install it, or " + _BUILD,
    ),
)


def load_failure(path: Path, error: Exception, versions: str) -> ModelSourceError:
    """Make the error for a file that Keras cannot load.

    Args:
        path: The file.
        error: The exception that Keras raised.
        versions: A remark on the version of Keras that saved the file; may be empty.
    """
    summary, advice, received = _told(error)
    return ModelSourceError(
        summary,
        where=str(path),
        received=received,
        advice="; ".join(filter(None, (advice, versions))),
    )


def _told(error: Exception) -> tuple[str, str, str]:
    """Return the summary, the advice, and Keras' own text where it adds information."""
    text = _innermost(str(error))
    shortened = text[:_MOST_OF_KERAS_TEXT] or brief(error)
    for reason in _REASONS:
        found = reason.pattern.search(text)
        if found is not None:
            groups = [str(group)[:_MOST_OF_A_NAME] for group in found.groups()]
            return (
                reason.summary.format(*groups),
                "; ".join(filter(None, (*_commands(groups), reason.advice))),
                shortened if reason.shows_text else "",
            )
    if isinstance(error, MemoryError):
        return _TOO_LARGE, "", brief(error)
    if isinstance(error, ARCHIVE_DAMAGE) and not isinstance(error, OSError):
        return "The file is damaged.", _COPY, brief(error)
    return "Keras cannot load this file.", _TRACEBACK, shortened


def _commands(names: Iterable[str]) -> Iterator[str]:
    """Yield the commands that install the packages whose modules are among some names."""
    known = (package_of(name) for name in names)
    return (package.advice for package in known if package and not package.is_installed)


def _innermost(text: str) -> str:
    """Extract the innermost message, which Keras puts behind a dump of the whole configuration."""
    innermost = text.rpartition("Exception encountered: ")[2]
    return innermost.partition(" Full object config:")[0].strip()
