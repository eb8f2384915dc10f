"""The public verb that diagnoses an installation."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from typing import TypeVar

from litert_ir.conversion.strategy_plugins import GROUP as STRATEGIES
from litert_ir.diagnosis.backend_choice import backend_choice
from litert_ir.diagnosis.findings import Diagnosis, Problem
from litert_ir.diagnosis.machine_state import machine_state
from litert_ir.diagnosis.package_states import PackageState, package_states
from litert_ir.diagnosis.strategy_states import strategy_states
from litert_ir.diagnosis.target_states import target_states
from litert_ir.diagnosis.try_out import Trial, trials
from litert_ir.errors import MissingDependencyError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.hub.task_plugins import GROUP as TASKS
from litert_ir.plugins import plugins_in

T = TypeVar("T")
Progress = Callable[[str], None]


def doctor(*, deep: bool = False, on_progress: Progress | None = None) -> Diagnosis:
    """Find what litert_ir can do here, and what to mend.

    No framework is imported: versions are those of the installed packages' metadata, strategies are
    asked, and a child process is started. So it works where frameworks are missing or broken.

    Args:
        deep: Also import each package, and export a small model on each backend, in child
            processes; it takes as long as the frameworks take to start.
        on_progress: Called with each phase as it starts.

    Returns:
        The diagnosis; printable.

    Example:
        ``print(litert_ir.doctor())``
    """
    tell = on_progress or _nothing
    unknown: list[Problem] = []

    def looked_at(what: str, look: Callable[[], T], otherwise: T) -> T:
        tell(f"looking at the {what}")
        try:
            return look()
        except MissingDependencyError:  # which the packages tell
            return otherwise
        except Exception as error:  # noqa: BLE001  (a broken installation may raise anything)
            reraise_interruption(error)
            kind = f"{type(error).__name__}: {error}".splitlines()[0]
            unknown.append(Problem(what=f"looking at the {what} fails: {kind}"))
            return otherwise

    no_packages: tuple[PackageState, ...] = ()
    version = _version()
    if not version:
        what = "litert_ir runs from its sources, without being installed"
        unknown.append(Problem(what=what, advice="pip install . in its folder"))
    packages = looked_at("packages", package_states, no_packages)
    tried = _tried(tell) if deep else ()
    return Diagnosis(
        version=version,
        packages=packages,
        backend=looked_at("backend", backend_choice, None),
        strategies=looked_at("strategies", strategy_states, ()),
        targets=looked_at("compile targets", target_states, ()),
        plugins=looked_at("plug-ins", _plugins, ()),
        machine=looked_at("machine", machine_state, None),
        trials=tried,
        unknown=tuple(unknown),
    )


def _tried(tell: Progress) -> tuple[Trial, ...]:
    return tuple(trials(tell))


def _plugins() -> tuple[str, ...]:
    return tuple(str(plugin) for group in (STRATEGIES, TASKS) for plugin in plugins_in(group))


def _version() -> str:
    try:
        return importlib.metadata.version("litert_ir")
    except importlib.metadata.PackageNotFoundError:  # run from its sources
        return ""


def _nothing(_phase: str) -> None:
    """Report no progress."""
