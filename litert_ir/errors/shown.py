"""What errors show of values that somebody else made: short and printable, whatever they are."""

from __future__ import annotations

MOST_SHOWN = 400
"""Characters: a faulty value may be a model's whole configuration."""


def shown(value: object) -> str:
    """The ``repr`` of any value, cut off where it is long.

    Example:
        >>> shown("int9"), shown(b"x" * 1000)[:5], len(shown(b"x" * 1000))
        ("'int9'", "b'xxx", 404)
    """
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001  (somebody else's __repr__ may raise anything)
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
