"""Format foreign values for errors: short and printable, whatever they are."""

from __future__ import annotations

import reprlib

MOST_SHOWN = 400
"""The most characters: a faulty value may be a model's whole configuration."""

_MOST_BITS = 256


class _Shown(reprlib.Repr):
    """A formatter of some of the elements: nested references to one list multiply its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 12
        self.maxstring = self.maxlong = self.maxother = MOST_SHOWN

    def repr_int(self, value: int, _level: int) -> str:
        """Format an integer; Python refuses to write more than some thousand digits."""
        return (
            f"{value}"
            if value.bit_length() <= _MOST_BITS
            else f"an integer of {value.bit_length()} bits"
        )


_SHOWN = _Shown()


def shown(value: object) -> str:
    """Return the ``repr`` of any value, truncated if it is long.

    Example:
        >>> shown("int9"), shown(b"x" * 1000)[:5], len(shown(b"x" * 1000))
        ("'int9'", "b'xxx", 400)
    """
    try:
        text = _SHOWN.repr(value)
    except Exception as error:  # noqa: BLE001  (foreign methods may raise anything)
        return f"an object of type {type(value).__name__}, whose repr raises {type(error).__name__}"
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} ..."


def printable(text: str) -> str:
    r"""Escape lone surrogates, which strictly encoding streams reject.

    File names that are not UTF-8 contain them.

    Example:
        >>> printable("m\udcff.tflite")
        'm\\udcff.tflite'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def bytes_text(count: int) -> str:
    """Format a number of bytes in the largest binary unit that keeps it at 1 or more.

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
