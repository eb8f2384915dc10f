"""List all targets, their requirements, and whether they are usable here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from litert_ir.aot.sdk import obstacle_to, requirements_of
from litert_ir.backends.litert.aot_compiler import chips_of
from litert_ir.errors import MissingDependencyError
from litert_ir.ir.targets import (
    WHERE,
    CompileTarget,
    CpuAbi,
    CpuTarget,
    Device,
    SocTarget,
    Vendor,
    devices_of,
    unknown_target,
)

_NOTHING = "nothing"


@attrs.frozen(kw_only=True)
class TargetRow:
    """One line of the list of targets.

    Attributes:
        target: Its name.
        kind: The CPU or chip.
        needs: The requirements of compiling for it.
        obstacle: The reason why it cannot be compiled for here; empty if it can.
    """

    target: str
    kind: str
    needs: str
    obstacle: str = ""

    @property
    def usable(self) -> bool:
        """Return whether this machine can compile for the target."""
        return not self.obstacle


def all_targets() -> tuple[CompileTarget, ...]:
    """List each CPU, then each vendor's chips as the installed `ai_edge_litert` knows them."""
    chips = (
        SocTarget(vendor, soc, device)
        for vendor in Vendor
        for soc in chips_of(vendor)
        for device in devices_of(vendor)
    )
    return (*map(CpuTarget, CpuAbi), *chips)


def target_rows() -> tuple[TargetRow, ...]:
    """Return one row for each target."""
    return tuple(_row(target) for target in all_targets())


def _row(target: CompileTarget) -> TargetRow:
    if isinstance(target, CpuTarget):
        return TargetRow(
            target=str(target), kind="CPU: the portable file, nothing is compiled", needs=_NOTHING
        )
    obstacle = obstacle_to(target)
    return TargetRow(
        target=str(target),
        kind="OpenVINO on the CPU" if target.device is Device.CPU else "NPU",
        needs=", ".join(needed.package for needed in requirements_of(target)),
        obstacle="" if obstacle is None else obstacle.reason,
    )


def require_known(targets: Iterable[CompileTarget]) -> None:
    """Require chips that the installed `ai_edge_litert` compiles for.

    Raises:
        OptionsError: When a chip is unknown, with the nearest known name.
        MissingDependencyError: When `ai_edge_litert` is not installed.
    """
    for target in targets:
        if isinstance(target, SocTarget) and target.soc not in chips_of(target.vendor):
            names = [f"{target.vendor.value}:{soc}" for soc in chips_of(target.vendor)]
            raise unknown_target("chip", f"{target.vendor.value}:{target.soc}", names)


def require_usable(targets: Sequence[CompileTarget]) -> None:
    """Require the packages that compiling for the targets needs.

    Raises:
        MissingDependencyError: With all missing packages, and how to install them.
    """
    found = [
        (target, obstacle)
        for target in targets
        if isinstance(target, SocTarget) and (obstacle := obstacle_to(target)) is not None
    ]
    if found:
        raise MissingDependencyError(
            "This machine cannot compile for all of these targets.",
            where=WHERE,
            expected="; ".join(dict.fromkeys(_needs(target) for target, _ in found)),
            received="; ".join(f"{target}: {obstacle.reason}" for target, obstacle in found),
            advice="; ".join(dict.fromkeys(obstacle.advice for _, obstacle in found)),
        )


def _needs(target: SocTarget) -> str:
    packages = " and ".join(needed.package for needed in requirements_of(target))
    return f"{packages} for {target.vendor.value}"
