"""Wrap texts at words, and only words that are too long at the separators in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

_SEPARATORS = frozenset("/\\._:,;=@&?+|)]}-")
"""Characters behind which a long name, path or address may be divided."""


def wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines of at most some characters; wrapped lines are indented as the first.

    Args:
        text: May have several lines.
        width: The most cells of a line of a terminal.

    Example:
        >>> wrapped("agrees with the model", 12), wrapped("see block_1/conv_2/kernel", 12)
        (['agrees with', 'the model'], ['see', 'block_1/', 'conv_2/', 'kernel'])
    """
    return [row for line in text.split("\n") for row in _wrapped_line(line, width)]


def longest_word(text: str) -> int:
    """Return the cells of the longest word."""
    return max((cell_len(word) for word in text.split()), default=0)


def longest_piece(text: str) -> int:
    """Return the cells of the longest part of a word that is never divided."""
    pieces = (piece for word in text.split() for piece in _pieces(word))
    return max(map(cell_len, pieces), default=0)


def widths_within(
    available: int, natural: Sequence[int], floors: Sequence[Sequence[int]]
) -> list[int]:
    """Return widths of columns that fit, the widest columns narrowed first.

    Args:
        available: The cells for all columns together.
        natural: The widths at which nothing is wrapped.
        floors: Widths below which columns are not narrowed, as long as that suffices: the first
            ones first.

    Example:
        >>> widths_within(10, [4, 20], [[4, 8], [1, 1]])
        [4, 6]
    """
    natural = [min(width, max(1, available)) for width in natural]
    widths = list(natural)
    for floor in (*floors, [1] * len(natural)):
        widths = _narrowed(available, natural, floor)
        if sum(widths) <= available:
            break
    return widths


def _narrowed(available: int, natural: Sequence[int], floor: Sequence[int]) -> list[int]:
    widths = list(natural)
    while sum(widths) > available:
        spare = [at for at, width in enumerate(widths) if width > floor[at]]
        if not spare:
            break
        widths[max(spare, key=lambda at: widths[at])] -= 1
    return widths


def _wrapped_line(line: str, width: int) -> Iterator[str]:
    if cell_len(line) <= width:
        yield line
        return
    spaces = len(line) - len(line.lstrip())
    indent = " " * max(0, min(spaces, width - longest_word(line)))
    row = ""
    for word in line.split():
        joined = f"{row} {word}" if row else indent + word
        if cell_len(joined) <= width:
            row = joined
            continue
        if row:
            yield row
        *full, row = _divided(word, width - len(indent))
        yield from (indent + part for part in full)
        row = indent + row
    if row:
        yield row


def _pieces(word: str) -> Iterator[str]:
    """Yield the parts of a word, each up to a separator."""
    start = 0
    for at in range(1, len(word)):
        if word[at - 1] in _SEPARATORS and word[at] not in _SEPARATORS:
            yield word[start:at]
            start = at
    yield word[start:]


def _divided(word: str, width: int) -> list[str]:
    """Divide a word at separators, and a piece that is too long anywhere."""
    rows = [""]
    for piece in _pieces(word):
        rest = piece
        if cell_len(rows[-1] + rest) > width and rows[-1]:
            rows.append("")
        while cell_len(rest) > width:
            rows[-1] = rest[:width]
            rest = rest[width:]
            rows.append("")
        rows[-1] += rest
    return rows
