"""Write the result of a pattern's example into its docstring."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

_INDENT = " " * 4
_WIDTH = 100 - 2 * len(_INDENT)
"""Columns of the source that a section of a docstring has."""
_TOGETHER = re.compile(r'"[^"]*"|(?:->|:|%\w+:) \S+|\S+ = (?:[^\s"]|"[^"]*")*(?: (?:x \S+|: \w+))?')
"""Text in quotes, numbers, a type with what is in front of it, and a name with its value."""
_NO_BREAK = "\N{NO-BREAK SPACE}"
_BEFORE, _AFTER = f"{_INDENT}Before:\n", f"{_INDENT}After:\n"


def laid_out(text: str, before: str) -> str:
    """Break the lines of a module's canonical text, and name its arguments as another one does.

    Args:
        text: The rewritten module, whose weights are no arguments any more.
        before: The other module, as it was written.
    """
    for index, name in enumerate(_argument_names(before)):
        text = re.sub(rf"%arg{index}\b", name, text)
    return "\n".join(line for long in text.splitlines() for line in _wrapped(long))


def _argument_names(text: str) -> Iterator[str]:
    signature = text.partition("->")[0]
    for argument in signature.split("%")[1:]:
        if "litert_ir.weight" not in argument:
            yield f"%{argument.partition(':')[0]}"


def _wrapped(line: str) -> list[str]:
    """A line in pieces that fit, broken only where it reads well."""
    indent = line[: len(line) - len(line.lstrip())]
    whole = _TOGETHER.sub(lambda found: found[0].replace(" ", _NO_BREAK), line)
    lines = textwrap.wrap(
        whole,
        _WIDTH,
        subsequent_indent=indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [each.replace(_NO_BREAK, " ") for each in lines]


def write_after(path: Path, function: str, after: str) -> None:
    """Write the section After of a function's docstring, which has a section Before.

    Args:
        path: The source file.
        function: The function's name, at the top of the module.
        after: The module's text, laid out.
    """
    source = path.read_text(encoding="utf-8")
    (found,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    )
    lines = source.splitlines(keepends=True)
    start, end = found.body[0].lineno - 1, found.body[0].end_lineno
    lines[start:end] = _with_after(lines[start:end], after)
    path.write_text("".join(lines), encoding="utf-8")


def _with_after(docstring: Sequence[str], after: str) -> list[str]:
    section = [_AFTER, *textwrap.indent(f"{after}\n", 2 * _INDENT).splitlines(keepends=True)]
    lines = list(docstring)
    if _AFTER in lines:
        start = lines.index(_AFTER)
        lines[start : _end_of_section(lines, start)] = section
    else:
        end = _end_of_section(lines, lines.index(_BEFORE))
        lines[end:end] = ["\n", *section]
    return lines


def _end_of_section(lines: Sequence[str], start: int) -> int:
    """Return the line after the indented lines below a section's name."""
    end = start + 1
    for at in range(start + 1, len(lines)):
        if lines[at].startswith(2 * _INDENT):
            end = at + 1
        elif lines[at].strip():
            break
    return end
