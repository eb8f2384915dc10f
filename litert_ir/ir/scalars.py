"""The scalars that plans hold: text that UTF-8 encodes, integers of 64 bits, nothing converted."""

from __future__ import annotations

from typing import TypeVar

from litert_ir.errors.shown import shown

LARGEST_INTEGER = 2**63 - 1

T = TypeVar("T")


def exactly(value: object, cls: type[T]) -> T:
    """A JSON scalar as it stands; cattrs by itself would turn ``"false"`` into True.

    Raises:
        TypeError: When it is of another type.
        ValueError: When it is an integer of more than 64 bits, or text with lone surrogates.
    """
    if type(value) is not cls:
        raise TypeError(f"expected {cls.__name__}, received {shown(value)}")
    if isinstance(value, int) and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise ValueError(f"expected an integer of 64 bits, received one of {value.bit_length()}")
    if isinstance(value, str) and not is_encodable(value):
        raise ValueError(f"expected text that UTF-8 encodes, received {shown(value)}")
    return value


def is_encodable(text: str) -> bool:
    r"""Tell whether UTF-8, the encoding of files and terminals, can encode a text.

    Example:
        >>> is_encodable("größe"), is_encodable("\ud800")
        (True, False)
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
