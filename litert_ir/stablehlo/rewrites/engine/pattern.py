"""Rewrite patterns, and the sweeps that apply them until nothing changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from litert_ir.errors import ConversionError
from litert_ir.stablehlo.mlir.values import op_name
from litert_ir.stablehlo.mlir.walk import is_unused, operations, remove_unused
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_MOST_SWEEPS = 50

Apply = Callable[[Any, Rewriter], bool]


@attrs.frozen(kw_only=True)
class Pattern:
    """One small rewrite.

    Attributes:
        name: What it does.
        roots: The operations that it may match, by name; custom calls by what they call.
        apply: Looks at such an operation, and replaces it where it matches; gives whether.
        before_and_after: Its documentation.
    """

    name: str
    roots: tuple[str, ...]
    apply: Apply = attrs.field(eq=False, repr=False)
    before_and_after: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Stage:
    """Patterns that are applied together until none matches."""

    name: str
    patterns: tuple[Pattern, ...]


def pattern(*roots: str) -> Callable[[Apply], Pattern]:
    """Make a `Pattern` of a documented function.

    Args:
        roots: The names of the operations that it matches.
    """

    def decorate(apply: Apply) -> Pattern:
        name = getattr(apply, "__name__", "").strip("_")
        return Pattern(
            name=name, roots=roots, apply=apply, before_and_after=inspect.getdoc(apply) or ""
        )

    return decorate


def apply_patterns(module: Any, patterns: Sequence[Pattern], rewriter: Rewriter) -> None:
    """Sweep over all operations, in order, until no pattern matches any more.

    Raises:
        ConversionError: When patterns keep undoing each other.
    """
    by_root: dict[str, list[Pattern]] = {}
    for item in patterns:
        for root in item.roots:
            by_root.setdefault(root, []).append(item)
    for _ in range(_MOST_SWEEPS):
        rewriter.begin_sweep(module)
        for op in operations(module):
            applicable = by_root.get(op_name(op))
            if applicable:
                _apply_at(op, applicable, rewriter)
        if rewriter.changed:
            remove_unused(module)
        rewriter.forget()
        if not rewriter.changed:
            return
    names = ", ".join(item.name for item in patterns)
    raise ConversionError("The rewrite of the module does not come to an end.", where=names)


def _apply_at(op: Any, patterns: Sequence[Pattern], rewriter: Rewriter) -> None:
    """Apply patterns to an operation until it is replaced."""
    if is_unused(op):
        return
    rewriter.move_to(op)
    for item in patterns:
        if item.apply(op, rewriter) and is_unused(op):
            return
