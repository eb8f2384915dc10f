"""Load the model that a command line names, for the commands that take MODEL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any

import attrs
from cyclopts import CycloptsError, Parameter

from litert_ir.cli.command_options import ReportOptions, SourceOptions
from litert_ir.cli.environment import framework_environment, start_frameworks
from litert_ir.cli.keras_backend import require_backend
from litert_ir.cli.model_source import (
    ModelSource,
    ReferenceSource,
    load_model,
    needs_modules,
    parse_source,
)
from litert_ir.cli.module_search import check_importable
from litert_ir.cli.preset_source import parse_preset
from litert_ir.cli.progress_display import phases
from litert_ir.conversion.progress import Progress

Source = Annotated[str | None, Parameter(metavar="MODEL")]
"""The model on a command line: a file, or package.module:function; None with ``--preset``."""
Surplus = Annotated[str, Parameter(show=False)]
"""An argument behind the last one that a command takes."""


@attrs.frozen
class Loaded:
    """A model in the process of a command.

    Attributes:
        model: The model.
        announce: Called with each phase as it starts.
    """

    model: Any
    announce: Progress


def require_one_source(
    model: str | None, source: SourceOptions, surplus: tuple[str, ...] = ()
) -> None:
    """Require MODEL or ``--preset``.

    Args:
        model: MODEL.
        source: The options of another source.
        surplus: The arguments behind MODEL.

    Raises:
        CycloptsError: When there are none or both or several, or an option of the one that is not
            there.
    """
    if surplus:
        raise CycloptsError(
            msg=f"The command takes one model; {' '.join(surplus)} is one too many. Run it once "
            "for each model."
        )
    if (model is None) == (source.preset is None):
        raise CycloptsError(msg="Name one model: a MODEL, or --preset.")
    if source.task is not None and source.preset is None:
        raise CycloptsError(msg="--task says what to load a --preset as.")


def named_source(model: str | None, source: SourceOptions) -> ModelSource:
    """Return the source that a command line names; nothing is loaded.

    Raises:
        ModelSourceError: When there is no such file, folder or function's name.
    """
    if source.preset is not None:
        return parse_preset(source.preset, source.task or "")
    return parse_source(model or "")


def _check_modules(source: ModelSource, imports: tuple[str, ...]) -> None:
    """Require the modules that the user named, before frameworks start, which takes seconds."""
    for module in imports:
        check_importable(module, where="--import")
    if isinstance(source, ReferenceSource):
        name, _, _ = source.attribute.partition(".")
        check_importable(source.module, where=str(source), name=name)


@contextlib.contextmanager
def loaded_model(
    source: ModelSource, imports: tuple[str, ...], report: ReportOptions
) -> Iterator[Loaded]:
    """Start the frameworks and load the model; progress shows for the duration.

    Args:
        source: From `named_source`.
        imports: Modules to import before.
        report: Options of the output.

    Raises:
        ModelSourceError: When it cannot be loaded.
        MissingDependencyError: When Keras, or the backend that it is to run on, is not installed.
        BackendError: When the user chose a backend that Keras does not have.
    """
    _check_modules(source, imports)
    backend = require_backend()
    with (
        framework_environment(with_own_modules=needs_modules(source, imports)),
        phases(report) as announce,
    ):
        announce(f"starting {backend}")
        start_frameworks(verbose=report.verbose)
        announce("loading the model")
        yield Loaded(load_model(source, imports=imports), announce)
