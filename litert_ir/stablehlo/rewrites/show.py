"""Print the result of a pattern's example: ``python -m litert_ir.stablehlo.rewrites.show NAME``.

With ``--update``, the result is written into the pattern's docstring, so that a new example needs
only the module before the pattern.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path

from cyclopts import App

from litert_ir.errors import LiteRTIRError, PatternError
from litert_ir.stablehlo.rewrites import STAGES
from litert_ir.stablehlo.rewrites.engine.example_docstrings import laid_out, write_after
from litert_ir.stablehlo.rewrites.engine.example_modules import rewritten
from litert_ir.stablehlo.rewrites.engine.pattern import Pattern, Stage

app = App(name="show", version_flags=[], result_action="return_value")


def patterns_by_name() -> Mapping[str, Pattern]:
    """All registered patterns, by name."""
    return {pattern.name: pattern for stage in STAGES for pattern in stage.patterns}


def after(pattern: Pattern) -> str:
    """Apply a pattern, and those that its example names, to the example's module.

    Returns:
        What is made of it, in canonical form.

    Raises:
        PatternError: When there is no example, when no pattern has a name in it, when its module
            does not parse, or when what is made of it is malformed.
    """
    example, known = pattern.example, patterns_by_name()
    names = {pattern.name, *example.others}
    if unknown := sorted(names - set(known)):
        raise PatternError(
            "An example names a pattern that is in no stage.",
            where=pattern.name,
            expected="names of functions in litert_ir.stablehlo.rewrites.STAGES",
            received=", ".join(unknown),
        )
    return rewritten(
        example.before,
        [
            Stage(name=stage.name, patterns=tuple(p for p in stage.patterns if p.name in names))
            for stage in STAGES
        ],
        pattern.name,
    )


@app.default
def show(*names: str, update: bool = False) -> int:
    """Print the results of patterns on the modules in their docstrings.

    Args:
        names: The patterns' functions; without any, all patterns.
        update: Write it into the docstrings instead.
    """
    known, failures = patterns_by_name(), 0
    for name in names or tuple(known):
        try:
            _show(name, known, update=update)
        except LiteRTIRError as error:
            print(error, file=sys.stderr)
            failures += 1
    return min(failures, 1)


def _show(name: str, known: Mapping[str, Pattern], *, update: bool) -> None:
    if name not in known:
        raise PatternError("No pattern has this name.", received=name)
    pattern = known[name]
    text = laid_out(after(pattern), pattern.example.before)
    if update:
        write_after(Path(inspect.getfile(pattern.apply)), pattern.apply.__name__, text)
    else:
        print(text)


if __name__ == "__main__":
    sys.exit(app())
