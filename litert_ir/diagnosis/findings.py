"""The result of a diagnosis: what is here, what can be done with it, and what to mend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.diagnosis.backend_choice import BackendChoice
from litert_ir.diagnosis.machine_state import MachineState
from litert_ir.diagnosis.package_states import PackageState, State
from litert_ir.diagnosis.strategy_states import StrategyState
from litert_ir.diagnosis.target_states import TargetState
from litert_ir.diagnosis.try_out import Trial
from litert_ir.errors.shown import bytes_text
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table, facts

_LITTLE_DISK = 1 << 30
"""Bytes below which an export of a large model may not find room for its files."""


@attrs.frozen(kw_only=True)
class Problem:
    """Something to mend.

    Attributes:
        what: The problem.
        advice: The next step; "" where none is known.
    """

    what: str
    advice: str = ""


@attrs.frozen(kw_only=True, repr=False)
class Diagnosis(Report):
    """An installation of litert_ir, and what it can do.

    Attributes:
        version: The version of litert_ir; "" where it runs from its sources.
        packages: The packages that it uses.
        backend: The backend that Keras runs on in a process like this one.
        strategies: What each strategy can do here, by backend.
        targets: The chips that files can be compiled for.
        plugins: The plug-ins of other distributions.
        machine: The machine.
        trials: What was tried; empty where nothing was.
        unknown: Parts of this that could not be looked at, and why.
    """

    version: str
    packages: tuple[PackageState, ...]
    backend: BackendChoice | None
    strategies: tuple[StrategyState, ...]
    targets: tuple[TargetState, ...]
    plugins: tuple[str, ...]
    machine: MachineState | None
    trials: tuple[Trial, ...] = ()
    unknown: tuple[Problem, ...] = ()

    @property
    def able_backends(self) -> tuple[str, ...]:
        """The backends whose models can be converted here, as far as it was looked at."""
        able = {each.backend for each in self.strategies if each.is_able and each.file == "float"}
        failed = {each.backend for each in self.trials if each.backend and not each.is_good}
        no_child = self.machine is not None and self.machine.child_start_s is None
        if no_child:
            return ()
        return tuple(each for each in ConvertibleBackend if each in able - failed)

    @property
    def can_convert(self) -> bool:
        """Tell whether any model can be converted here."""
        return bool(self.able_backends)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems, in the order in which one would mend them."""
        return tuple(dict.fromkeys((*self._problems(), *self.unknown)))

    @property
    @override
    def headline(self) -> str:
        problems = [*self.problems]
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        if not self.can_convert:
            return f"{self._name} can convert nothing here: {count}"
        names = [ConvertibleBackend(each).display_name for each in self.able_backends]
        tried = " (tried)" if self.trials else ""
        rest = f"; {count}" if problems else ""
        return f"{self._name} converts Keras models on {' and '.join(names)}{tried}{rest}"

    @property
    def _name(self) -> str:
        return f"litert_ir {self.version}".rstrip()

    @override
    def tables(self) -> tuple[Table, ...]:
        return (
            Table("To mend", ("problem", "to do"), [(p.what, p.advice) for p in self.problems]),
            self._strategies_table(),
            self._packages_table(),
            self._targets_table(),
            Table("Plug-ins", ("entry point",), [(each,) for each in self.plugins]),
            *(() if self.machine is None else (self._machine_table(self.machine),)),
            self._trials_table(),
        )

    @override
    def to_data(self) -> dict[str, Any]:
        data = super().to_data()
        problems = [attrs.asdict(each) for each in self.problems]
        return {
            "headline": self.headline,
            "can_convert": self.can_convert,
            "able_backends": list(self.able_backends),
            "problems": problems,
            **data,
        }

    def _problems(self) -> Iterator[Problem]:
        for package in self.packages:
            if package.state is State.MISSING and not package.is_needed:
                continue
            if package.state is not State.READY:
                yield Problem(what=_complaint(package), advice=package.advice)
        if self.backend is not None and self.backend.advice:
            what = f"Keras would run on {self.backend}, but {self.backend.obstacle}"
            yield Problem(what=what, advice=self.backend.advice)
        if self.machine is not None:
            yield from _machine_problems(self.machine)
        for trial in self.trials:
            if not trial.is_good:
                yield Problem(what=f"{trial.name}: {trial.detail}", advice=trial.advice)

    def _packages_table(self) -> Table:
        rows = [
            (each.name, each.version or "-", each.purpose, _state_text(each))
            for each in self.packages
            if each.purpose or each.state is not State.READY
        ]
        left_out = len(self.packages) - len(rows)
        note = f"{left_out} more, which all of litert_ir needs, are as they should be."
        columns = ("package", "version", "needed for", "")
        return Table("Packages", columns, rows, note=note if left_out else "")

    def _strategies_table(self) -> Table:
        names = dict.fromkeys(each.strategy for each in self.strategies)
        backends = dict.fromkeys(each.backend for each in self.strategies)
        rows = [(name, *(self._abilities(name, backend) for backend in backends)) for name in names]
        heads = (f"Keras on {ConvertibleBackend(each).display_name}" for each in backends)
        untried = "" if self.trials else "This is what the strategies say; --deep tries it. "
        note = untried + ("" if self.backend is None else f"Keras would run on {self.backend}.")
        return Table("Strategies", ("strategy", *heads), rows, note=note)

    def _abilities(self, strategy: str, backend: str) -> str:
        own = [s for s in self.strategies if (s.strategy, s.backend) == (strategy, backend)]
        able = [each.file for each in own if each.is_able]
        if not able:
            return own[0].obstacle if own else ""
        reasons = (f"{each.file}: {each.obstacle}" for each in own if not each.is_able)
        return "\n".join((", ".join(able), *reasons))

    def _targets_table(self) -> Table:
        rows = [
            (each.kind, len(each.targets), each.obstacle or "can be compiled for")
            for each in self.targets
        ]
        columns = ("compile targets", Column("chips", numeric=True), "")
        return Table("", columns, rows, note="litert-ir targets lists them.")

    def _machine_table(self, machine: MachineState) -> Table:
        started = machine.child_start_s
        return facts(
            "Machine",
            [
                ("system", f"{machine.system}, {machine.architecture}"),
                ("Python", f"{machine.python}, {machine.executable}"),
                ("CPUs", machine.cpus),
                ("free memory", _bytes(machine.free_memory_bytes)),
                ("temporary files", machine.temporary_folder or machine.obstacle),
                ("free there", _bytes(machine.free_disk_bytes)),
                (
                    "child process",
                    machine.obstacle if started is None else f"starts in {started:.2f} s",
                ),
            ],
        )

    def _trials_table(self) -> Table:
        rows = [
            (each.name, "failed" if each.seconds is None else f"{each.seconds:.1f} s", each.detail)
            for each in self.trials
        ]
        return Table("Tried", ("trial", Column("time", numeric=True), ""), rows)


def _complaint(package: PackageState) -> str:
    match package.state:
        case State.MISSING:
            return f"{package.name} is not installed"
        case State.INCOMPLETE:
            return f"{package} is installed, but its module cannot be found"
        case _:
            return f"{package} is installed, where litert_ir is for {package.requirement}"


def _state_text(package: PackageState) -> str:
    if package.state is State.READY:
        return ""
    said = {
        State.MISSING: "not installed",
        State.INCOMPLETE: "incomplete",
        State.OTHER_VERSION: f"other than {package.requirement}",
    }[package.state]
    return said if package.is_needed else f"{said}: {package.advice}"


def _machine_problems(machine: MachineState) -> Iterator[Problem]:
    if machine.obstacle:
        yield Problem(what=machine.obstacle, advice=machine.advice)
    free = machine.free_disk_bytes
    if free is not None and free < _LITTLE_DISK:
        yield Problem(
            what=f"{bytes_text(free)} are free in {machine.temporary_folder}",
            advice="free space there, or let TMPDIR name another folder",
        )


def _bytes(count: int | None) -> str:
    return "" if count is None else bytes_text(count)
