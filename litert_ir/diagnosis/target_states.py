"""Find for which chips this machine compiles ahead of time."""

from __future__ import annotations

from collections import defaultdict

import attrs

from litert_ir.aot.catalogue import target_rows


@attrs.frozen(kw_only=True)
class TargetState:
    """Compile targets that share an obstacle, or that have none.

    Attributes:
        kind: The vendor with what runs the files, such as ``qualcomm, NPU``.
        targets: The names of the targets.
        obstacle: The reason that they cannot be compiled for here; "" where they can.
    """

    kind: str
    targets: tuple[str, ...]
    obstacle: str


def target_states() -> tuple[TargetState, ...]:
    """Group the targets of chips by vendor and obstacle; compilers' plugins are loaded.

    Raises:
        MissingDependencyError: When `ai_edge_litert` is not installed.
    """
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in target_rows():
        vendor, chip, _ = row.target.partition(":")
        if chip:
            groups[f"{vendor}, {row.kind}", row.obstacle].append(row.target)
    return tuple(
        TargetState(kind=kind, targets=tuple(names), obstacle=obstacle)
        for (kind, obstacle), names in groups.items()
    )
