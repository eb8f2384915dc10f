"""Rewrite patterns, and the sweeps that apply them until nothing changes."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import attrs

from litert_ir.errors import ConversionError
from litert_ir.stablehlo.mlir.interfaces import Module, Operation
from litert_ir.stablehlo.mlir.values import op_name
from litert_ir.stablehlo.mlir.walk import is_unused, operations, remove_unused
from litert_ir.stablehlo.rewrites.engine.examples import Example, example_in
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_MOST_SWEEPS = 50

Apply = Callable[[Operation, Rewriter], bool]
_NONE: Mapping[str, str] = MappingProxyType({})


@attrs.frozen
class Constraint:
    """The order of a pattern relative to another one.

    Attributes:
        other: The name of the other pattern.
        reason: The failure in the other order, in a sentence.
    """

    other: str
    reason: str


@attrs.frozen(kw_only=True)
class Pattern:
    """One small rewrite.

    Attributes:
        name: The rewrite as an imperative.
        roots: The operations that it may match, by name; custom calls by what they call.
        apply: Looks at such an operation, and replaces it where it matches; gives whether.
        documentation: Its docstring, which holds its `example`.
        after: The patterns that have to come earlier.
        before: The patterns that have to come later.
    """

    name: str
    roots: tuple[str, ...]
    apply: Apply = attrs.field(eq=False, repr=False)
    documentation: str = attrs.field(repr=False)
    after: tuple[Constraint, ...] = ()
    before: tuple[Constraint, ...] = ()

    @property
    def example(self) -> Example:
        """The module before it and after it that its docstring shows.

        Raises:
            PatternError: When the docstring shows none.
        """
        return example_in(self.documentation, self.name)


@attrs.frozen(kw_only=True)
class Stage:
    """Patterns that are applied together until none matches."""

    name: str
    patterns: tuple[Pattern, ...]


def pattern(
    *roots: str, after: Mapping[str, str] = _NONE, before: Mapping[str, str] = _NONE
) -> Callable[[Apply], Pattern]:
    """Make a `Pattern` of a documented function.

    Args:
        roots: The names of the operations that it matches.
        after: The patterns that have to come earlier in the stages, each with the reason.
        before: The patterns that have to come later, each with the reason.
    """

    def decorate(apply: Apply) -> Pattern:
        return Pattern(
            name=getattr(apply, "__name__", "").strip("_"),
            roots=roots,
            apply=apply,
            documentation=inspect.getdoc(apply) or "",
            after=tuple(itertools.starmap(Constraint, after.items())),
            before=tuple(itertools.starmap(Constraint, before.items())),
        )

    return decorate


def apply_patterns(module: Module, patterns: Sequence[Pattern], rewriter: Rewriter) -> None:
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
    raise ConversionError("The rewrite of the module does not terminate.", where=names)


def _apply_at(op: Operation, patterns: Sequence[Pattern], rewriter: Rewriter) -> None:
    """Apply patterns to an operation until it is replaced."""
    if is_unused(op):
        return
    rewriter.move_to(op)
    for item in patterns:
        if item.apply(op, rewriter) and is_unused(op):
            return
