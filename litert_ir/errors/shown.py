"""What errors show of values that somebody else made: short and printable, whatever they are."""

from __future__ import annotations

import reprlib

MOST_SHOWN = 400
"""Characters: a faulty value may be a model's whole configuration."""

_MOST_BITS = 256


class _Shown(reprlib.Repr):
    """Shows some of the elements: a list that holds another one twice, and so on, has many."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 12
        self.maxstring = self.maxlong = self.maxother = MOST_SHOWN

    def repr_int(self, value: int, _level: int) -> str:
        """A number; Python writes none of more than some thousand digits."""
        return (
            f"{value}"
            if value.bit_length() <= _MOST_BITS
            else f"an integer of {value.bit_length()} bits"
        )


_SHOWN = _Shown()


def shown(value: object) -> str:
    """The ``repr`` of any value, cut off where it is long.

    Example:
        >>> shown("int9"), shown(b"x" * 1000)[:5], len(shown(b"x" * 1000))
        ("'int9'", "b'xxx", 400)
    """
    try:
        text = _SHOWN.repr(value)
    except Exception as error:  # noqa: BLE001  (somebody else's methods may raise anything)
        return f"an object of type {type(value).__name__}, whose repr raises {type(error).__name__}"
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} ..."


def printable(text: str) -> str:
    r"""The text with lone surrogates escaped: no stream that encodes strictly writes those.

    Names of files that are not UTF-8 have them.

    Example:
        >>> printable("m\udcff.tflite")
        'm\\udcff.tflite'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def bytes_text(count: int) -> str:
    """A number of bytes in the largest binary unit that keeps it at 1 or more.

    Example:
        >>> bytes_text(3 * 1024**2 + 512 * 1024)
        '3.5 MiB'
    """
    size = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if round(size, 1) < 1024:
            return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.2f} GiB"
