"""Put a generated section into a Markdown file."""

from __future__ import annotations

from pathlib import Path

BEGIN = "<!-- python -m benchmarks --quantization --markdown -->\n"
END = "<!-- end -->"


def replaced(text: str, section: str, begin: str = BEGIN) -> str:
    r"""Replace the text between the two marks.

    Args:
        text: Markdown with each of the marks at the start of a line.
        section: The new section, without the marks.
        begin: The first mark, a whole line; the second one is the next `END` after it.

    Raises:
        ValueError: When the first mark is not there once, or the second one not after it.

    Example:
        >>> replaced(f"a\n{BEGIN}old\n{END}\nb", "new").splitlines()[2]
        'new'
    """
    before, found, rest = text.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end or begin in after:
        msg = (
            f"no place for the table: expected the line {begin.strip()} once and {END} after it, "
            f"received {text.count(begin)} of the first"
        )
        raise ValueError(msg)
    return f"{before}{begin}{section}\n{end}{after}"


def put(path: Path, section: str) -> None:
    """Replace the section of a file in place."""
    text = replaced(path.read_text(encoding="utf-8"), section)
    path.write_text(text, encoding="utf-8")


def check(path: Path) -> None:
    """Require, before any measuring, that a file has a place for the section.

    Raises:
        ValueError: When it has none, or does not exist.
    """
    if not path.is_file():
        msg = f"{path} does not exist"
        raise ValueError(msg)
    replaced(path.read_text(encoding="utf-8"), "")
