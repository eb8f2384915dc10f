"""The examples of patterns: the MLIR of a module before a pattern and after it, in its docstring.

    Before:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          ...
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          ...
        }

    With: fold_weights, merge_reshapes

``With`` names other patterns that are applied together with the one that is shown.
"""

from __future__ import annotations

import re
import textwrap

import attrs

from litert_ir.errors import PatternError

_SECTION = re.compile(r"^(Before|After):\n((?:(?:[ ]{4}.*)?\n)+)", re.MULTILINE)
_WITH = re.compile(r"^With: (.*)$", re.MULTILINE)


@attrs.frozen(kw_only=True)
class Example:
    """The MLIR of a module before a pattern and after it.

    Attributes:
        before: Of one function ``main``.
        after: The pattern's result on it; "" where that is not written down yet.
        others: The names of the patterns that are applied together with it.
    """

    before: str
    after: str
    others: tuple[str, ...] = ()


def example_in(documentation: str, pattern: str) -> Example:
    """Read the example in a docstring.

    Args:
        documentation: The docstring, without indentation.
        pattern: The name of the pattern that it documents.

    Raises:
        PatternError: When it has no module before the pattern.
    """
    sections = {
        name: textwrap.dedent(text).strip() for name, text in _SECTION.findall(f"{documentation}\n")
    }
    if "Before" not in sections:
        raise PatternError(
            "The docstring of a pattern has no example.",
            where=pattern,
            expected="sections Before: and After:, each an indented function in MLIR",
            received=documentation.partition("\n")[0],
            advice=f"write Before, then run python -m {_SHOW} --update {pattern}",
        )
    others = _WITH.search(documentation)
    names = tuple(name.strip(" `.") for name in others[1].split(",")) if others else ()
    return Example(before=sections["Before"], after=sections.get("After", ""), others=names)


_SHOW = "litert_ir.stablehlo.rewrites.show"
