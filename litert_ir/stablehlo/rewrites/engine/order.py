"""Check that the order of the patterns meets their constraints.

Within a stage, patterns are tried in turn at each operation that several of them match; all that
a stage does is done before the next one. So a pattern that has to come after another one stands
behind it in each stage that has both, and where a stage lacks the other one, in a later stage.
"""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.errors import PatternError
from litert_ir.stablehlo.rewrites.engine.pattern import Constraint, Pattern, Stage

_STAGES = "litert_ir.stablehlo.rewrites.STAGES"


def in_order(*stages: Stage) -> tuple[Stage, ...]:
    """Put stages together.

    Raises:
        PatternError: When a pattern stands on the wrong side of one that it names, when that is
            in no stage, or when no operation matches both, so that their order says nothing.
    """
    for at, stage in enumerate(stages):
        for pattern in stage.patterns:
            for constraint in pattern.after:
                _check(pattern, constraint, stage, stages[:at], is_after=True)
            for constraint in pattern.before:
                _check(pattern, constraint, stage, stages[at + 1 :], is_after=False)
    return stages


def _check(
    pattern: Pattern,
    constraint: Constraint,
    stage: Stage,
    elsewhere: Sequence[Stage],
    *,
    is_after: bool,
) -> None:
    """Check a constraint of a pattern in a stage.

    Args:
        pattern: The pattern.
        constraint: One of its constraints.
        stage: The stage.
        elsewhere: The stages on the side where the other pattern has to be.
        is_after: Whether the pattern has to come after the other one.
    """
    names = [each.name for each in stage.patterns]
    if constraint.other not in names:
        if any(each.name == constraint.other for other in elsewhere for each in other.patterns):
            return
        raise _wrong(pattern, constraint, stage, is_after=is_after)
    other = stage.patterns[names.index(constraint.other)]
    if not set(pattern.roots) & set(other.roots):
        raise PatternError(
            "Two patterns of a stage match no operation in common: their order has no effect.",
            where=f"{pattern.name} and {other.name} of the stage {stage.name!r}",
            advice="leave the constraint out, or put the patterns into two stages",
        )
    if (names.index(pattern.name) > names.index(other.name)) != is_after:
        raise _wrong(pattern, constraint, stage, is_after=is_after)


def _wrong(
    pattern: Pattern, constraint: Constraint, stage: Stage, *, is_after: bool
) -> PatternError:
    side = "after" if is_after else "before"
    return PatternError(
        f"A pattern has to come {side} another one: {constraint.reason}",
        where=f"{pattern.name} in the stage {stage.name!r}",
        expected=f"{pattern.name} {side} {constraint.other}, in this stage or in another one",
        advice=f"change the order in {_STAGES}",
    )
