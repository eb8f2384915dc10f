"""Boolean constants in TensorFlow's text, which packs eight of them into a byte.

Of more than 100 elements a constant is printed in hexadecimal: the MLIR of TensorFlow packs
booleans, the newer one of LiteRT and JAX spends a byte on each. LiteRT's bindings neither parse
the one form nor print it, so that this is done on the text, before and after them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

_OPENING = 'dense<"0x'
_CLOSING = '"> : tensor<'
_BOOLEAN = "xi1"

Change = Callable[[bytes, int], bytes]
"""Converts the bytes of a constant of so many elements."""


def unpacked(module: str) -> str:
    """Convert TensorFlow's text for LiteRT's parser; other text stays the same."""
    return _rewritten(module, _unpack)


def packed(module: str) -> str:
    """Convert LiteRT's text for TensorFlow's parser."""
    return _rewritten(module, _pack)


def _rewritten(module: str, change: Change) -> str:
    pieces, done = list[str](), 0
    opening = module.find(_OPENING)
    while opening >= 0:
        start = opening + len(_OPENING)
        end = module.index('"', start)
        sizes = _boolean_sizes(module, end)
        if sizes is not None:
            data = change(bytes.fromhex(module[start:end]), math.prod(sizes))
            pieces += [module[done:start], data.hex().upper()]
            done = end
        opening = module.find(_OPENING, end)
    return "".join([*pieces, module[done:]])


def _boolean_sizes(module: str, end: int) -> list[int] | None:
    """The sizes of a constant whose digits end here; None where it is not one of booleans."""
    if not module.startswith(_CLOSING, end):
        return None
    start = end + len(_CLOSING)
    kind = module[start : module.index(">", start)]
    return list(map(int, kind.split("x")[:-1])) if kind.endswith(_BOOLEAN) else None


def _unpack(data: bytes, count: int) -> bytes:
    if len(data) == count:
        return data
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=count, bitorder="little")
    return bits.tobytes()


def _pack(data: bytes, _count: int) -> bytes:
    return np.packbits(np.frombuffer(data, np.uint8), bitorder="little").tobytes()
