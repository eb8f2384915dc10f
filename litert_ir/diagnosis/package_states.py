"""Find the versions of packages from their metadata: none of them is imported."""

from __future__ import annotations

import enum
import importlib.metadata
from collections.abc import Iterator

import attrs
from packaging.requirements import InvalidRequirement, Requirement

from litert_ir.backends.packages import (
    CONVERTER,
    INTERPRETER,
    KERAS,
    PACKAGES,
    QUANTIZER,
    Package,
)

_OWN = "litert_ir"

_NEEDED = (KERAS.name, INTERPRETER.name, CONVERTER.name, QUANTIZER.name)
"""The packages that no export, or only some, can do without; of the frameworks one is enough."""


class State(enum.Enum):
    """The state of a package."""

    READY = "ready"
    OTHER_VERSION = "other version"
    INCOMPLETE = "incomplete"
    MISSING = "missing"


@attrs.frozen(kw_only=True)
class PackageState:
    """A package, as it is installed.

    Attributes:
        name: Its name on PyPI.
        version: The installed version; "" for none.
        requirement: The versions that litert_ir is for, such as ``keras<3.16,>=3.15``.
        state: Its state.
        advice: The step that mends it; "" where there is nothing to mend.
        purpose: The work that needs it; "" for what all of litert_ir needs.
        is_needed: Whether its absence is to be mended: PyPI has it for this machine, and no other
            package stands in for it.
    """

    name: str
    version: str
    requirement: str
    state: State
    advice: str
    purpose: str
    is_needed: bool

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


def package_states() -> tuple[PackageState, ...]:
    """Return the states of litert_ir's packages: the frameworks and tools, then the others."""
    required = {each.name: each for each in _own_requirements()}
    known = tuple(map(_of_package, PACKAGES))
    names = {package.name for package in PACKAGES}
    others = (_of_requirement(each) for name, each in required.items() if name not in names)
    return (*known, *others)


def _own_requirements() -> Iterator[Requirement]:
    """Yield what litert_ir requires on this machine, without extras."""
    try:
        texts = importlib.metadata.requires(_OWN) or []
    except importlib.metadata.PackageNotFoundError:  # run from its sources
        return
    for text in texts:
        try:
            found = Requirement(text)
        except InvalidRequirement:  # damaged metadata
            continue
        if found.marker is None or found.marker.evaluate({"extra": ""}):
            yield found


def _of_package(package: Package) -> PackageState:
    version = _version(package.name)
    found = Requirement(package.requirement)
    state = _state(version, found, importable=_is_importable(package))
    return PackageState(
        name=package.name,
        version=version,
        requirement=package.requirement,
        state=state,
        advice="" if state is State.READY else _advice(package, state),
        purpose=package.purpose,
        is_needed=package.name in _NEEDED and package.is_available,
    )


def _of_requirement(required: Requirement) -> PackageState:
    version = _version(required.name)
    state = _state(version, required, importable=True)
    wanted = f"{required.name}{required.specifier}"
    return PackageState(
        name=required.name,
        version=version,
        requirement=wanted,
        state=state,
        advice="" if state is State.READY else f"pip install '{wanted}'",
        purpose="",
        is_needed=True,
    )


def _state(version: str, required: Requirement, *, importable: bool) -> State:
    if not version:
        return State.MISSING
    if not importable:
        return State.INCOMPLETE
    fits = required.specifier.contains(version, prereleases=True)
    return State.READY if fits else State.OTHER_VERSION


def _advice(package: Package, state: State) -> str:
    if state is State.INCOMPLETE and package.is_available:
        return f"{package.advice} --force-reinstall"
    return package.advice


def _is_importable(package: Package) -> bool:
    try:
        return package.is_installed
    except (ImportError, ValueError):  # a module that others have put into sys.modules
        return False


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name) or ""
    except importlib.metadata.PackageNotFoundError:
        return ""
