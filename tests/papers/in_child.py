"""What runs in the child process for the tests of the papers: it loads LiteRT's MLIR."""

from __future__ import annotations

from typing import Any

from litert_ir.stablehlo import rewrites
from litert_ir.stablehlo.mlir import values as mlir_values
from litert_ir.stablehlo.rewrites.engine.example_modules import canonical, rewritten
from litert_ir.stablehlo.rewrites.engine.pattern import Pattern, Stage
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter


def stages() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The variable of each stage, its name, and the names of its patterns."""
    variables = {id(value): name for name, value in vars(rewrites).items()}
    return tuple(
        (variables[id(stage)], stage.name, tuple(each.name for each in stage.patterns))
        for stage in rewrites.STAGES
    )


def missing_of(rewriter: tuple[str, ...], values: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these are no attributes of a rewriter, or no functions of MLIR's values."""
    made = Rewriter({})
    return (
        *(name for name in rewriter if not hasattr(made, name)),
        *(name for name in values if not hasattr(mlir_values, name)),
    )


def examples_of(code: str) -> dict[str, tuple[str, str]]:
    """What each pattern that some code defines makes of its example, and what its docstring says.

    Returns:
        By the pattern's name, both modules in canonical form.
    """
    scope: dict[str, Any] = {"__name__": __name__}
    exec(compile(code, "<paper>", "exec"), scope)
    found = [value for value in scope.values() if isinstance(value, Pattern)]
    return {
        each.name: (
            rewritten(each.example.before, [Stage(name="", patterns=(each,))], each.name),
            canonical(each.example.after, each.name),
        )
        for each in found
    }
