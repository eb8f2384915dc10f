"""Boolean constants between TensorFlow's MLIR and LiteRT's, which print long ones differently.

Of more than 100 elements a constant is printed in hexadecimal: TensorFlow's version packs
eight booleans into a byte, LiteRT's newer one spends a byte on each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

_HEX_BOOLEANS = re.compile(r'dense<"0x([0-9A-Fa-f]*)"> : tensor<((?:\d+x)+)i1>')


def unpacked(module: str) -> str:
    """TensorFlow's text as LiteRT reads it."""
    return _rewritten(module, _unpack)


def packed(module: str) -> str:
    """LiteRT's text as TensorFlow reads it."""
    return _rewritten(module, _pack)


def _rewritten(module: str, change: Callable[[bytes, int], bytes]) -> str:
    def replace(match: re.Match[str]) -> str:
        count = math.prod(int(size) for size in match[2].split("x") if size)
        data = change(bytes.fromhex(match[1]), count)
        return f'dense<"0x{data.hex().upper()}"> : tensor<{match[2]}i1>'

    return _HEX_BOOLEANS.sub(replace, module)


def _unpack(data: bytes, count: int) -> bytes:
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=count, bitorder="little")
    return bits.tobytes()


def _pack(data: bytes, _count: int) -> bytes:
    return np.packbits(np.frombuffer(data, np.uint8), bitorder="little").tobytes()
