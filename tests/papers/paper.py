"""The papers: every README, its fenced blocks and its headings."""

from __future__ import annotations

import re
from pathlib import Path
from types import CodeType

import attrs

ROOT = Path(__file__).parents[2]
PAPERS: tuple[Path, ...] = (
    ROOT / "README.md",
    *sorted((ROOT / "litert_ir").rglob("README.md")),
    ROOT / "benchmarks" / "README.md",
    ROOT / "tests" / "README.md",
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


@attrs.frozen
class Block:
    """A fenced block.

    Attributes:
        paper: The file, as its readers name it: ``litert_ir/hub/README.md``.
        line: The line of its first line, from 1.
        text: What is between the fences.
    """

    paper: str
    line: int
    text: str

    @property
    def compiled(self) -> CodeType:
        """The code of a Python block, whose tracebacks show lines of the paper."""
        code: CodeType = compile("\n" * (self.line - 1) + self.text, ROOT / self.paper, "exec")
        return code


def name_of(paper: Path) -> str:
    """The paper as its readers name it."""
    return paper.relative_to(ROOT).as_posix()


def blocks(paper: Path, language: str) -> tuple[Block, ...]:
    """The fenced blocks of a language, in order."""
    text = paper.read_text(encoding="utf-8")
    return tuple(
        Block(name_of(paper), text.count("\n", 0, found.start()) + 2, found[2])
        for found in _BLOCK.finditer(text)
        if found[1] == language
    )
